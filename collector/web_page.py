"""The page of `--serve`: a figure a stream, each with its picture, name and counts.

The script asks for one picture after the other, each newer than the last, so that a browser gets as many as it has time
for, and never more connections than it opens. Without scripts the page has the streams of the moment, as multipart
pictures. Pure. What this file does not know: who asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final

from collector.shown import Figures

STYLE: Final = """\
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; max-width: 100rem; padding: 1rem; }
h1 { font-size: 1.25rem; margin: 0; }
#streams { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); }
figure { margin: 0; }
img { background: #000; display: block; height: auto; max-width: 100%; width: 100%; }
h2 { display: inline; font-size: 1rem; margin-right: .5rem; }
figcaption { font-variant-numeric: tabular-nums; }
"""

SCRIPT: Final = """\
"use strict";
const places = new Map();
const state = document.getElementById("state");

function place(name) {
  const figure = document.createElement("figure");
  const image = document.createElement("img");
  image.alt = "Live picture of stream " + name;
  const caption = document.createElement("figcaption");
  const title = document.createElement("h2");
  title.textContent = name;
  const counts = document.createElement("span");
  caption.append(title, counts);
  figure.append(image, caption);
  document.getElementById("streams").append(figure);
  const made = { figure, image, counts, gone: false };
  places.set(name, made);
  look(name, made);
}

async function look(name, made) {
  let number = 0;
  while (!made.gone) {
    try {
      const answer = await fetch("/snapshot/" + name + ".jpg?after=" + number);
      if (answer.status === 200) {
        number = Number(answer.headers.get("X-Picture"));
        const url = URL.createObjectURL(await answer.blob());
        made.image.src = url;
        await made.image.decode().finally(() => URL.revokeObjectURL(url));
      } else {
        await pause(500);
      }
    } catch (error) {
      await pause(1000);
    }
  }
}

function pause(ms) { return new Promise((go) => setTimeout(go, ms)); }

function text(stream) {
  const of = stream.expected ? " of " + stream.expected : "";
  const flaws = ["failed", "dropped"].filter((key) => stream[key]).map((key) => ", " + stream[key] + " " + key);
  const now = stream.state === "running" ? stream.fps.toFixed(1) + " FPS" : "ended " + stream.state;
  return now + ", " + stream.frames + of + " frames" + flaws.join("");
}

async function update() {
  try {
    const streams = (await (await fetch("/status.json")).json()).streams;
    for (const stream of streams) {
      if (!places.has(stream.stream)) place(stream.stream);
      places.get(stream.stream).counts.textContent = text(stream);
    }
    const names = new Set(streams.map((stream) => stream.stream));
    for (const [name, made] of places) {
      if (!names.has(name)) { made.gone = true; made.figure.remove(); places.delete(name); }
    }
    state.textContent = streams.length ? "" : "waiting for the first stream";
  } catch (error) {
    state.textContent = "the run has ended, or cannot be reached";
  }
  setTimeout(update, 1000);
}

update();
"""


def page(streams: Sequence[Figures]) -> str:
    """The document; `streams` are shown where there are no scripts."""
    figures = "".join(_figure(each) for each in streams)
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>vinofleet</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/style.css">
<script src="/page.js" defer></script>
</head>
<body>
<header><h1>vinofleet</h1><p id="state" role="status"></p></header>
<main id="streams"><noscript>{figures}</noscript></main>
</body>
</html>
"""


def _figure(stream: Figures) -> str:
    name = escape(stream.stream)
    frames = stream.ok + stream.failed + stream.dropped
    picture = f'<img src="/stream/{name}.mjpg" alt="Live picture of stream {name}">'
    return f"<figure>{picture}<figcaption><h2>{name}</h2>{frames} frames</figcaption></figure>"
