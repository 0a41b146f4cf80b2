"""The report as one page: no script, no request to anywhere, legible in light and dark and on a telephone.

Guarantees that all text of peers, files and the command line is escaped (`markup.py`), and forbids the browser to run
or fetch anything besides. Knows only what the report says. Does NOT know how it came about.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, Final

from collector.charts import bar, sparkline
from collector.markup import Html, el, join
from collector.page_curves import group_points, latency_curves, throughput_curve
from collector.quantities import (
    NOTHING,
    bytes_text,
    count_text,
    duration_text,
    figure_text,
    fps_text,
    ms_text,
    share_text,
)
from collector.report import Report, conserved
from collector.score_report import ratios, score_line

CURVE_MIN: Final = 3
"""Groups of points; fewer are no curve, and the figures above say as much."""

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'"
"""Content Security Policy: the second wall behind escaping."""

WORK: Final = {
    "decode": "producer: reads and decodes a frame",
    "prepare": "producer: scales and converts it to the model's input",
    "picture": "producer: keeps the original for drawing",
    "infer": "worker: inference",
    "draw": "collector: boxes and text on the original",
    "encode": "collector: video and pictures",
}
WAITING: Final = {
    "dispatch": "producer: for a worker",
    "worker_wait": "worker: for a free request",
    "reorder": "collector: for the frames before it",
}
"""What a stage is, in the order in which a frame meets them. Waiting is longer by orders of magnitude where a window
is full, so that it has a scale of its own."""

TRANSPORTS: Final = {"shm": "shared memory", "inline": "inline", "mixed": "shared memory and inline", "": "none came"}


def report_page(report: Report) -> str:
    """The page of a report, an HTML5 document."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", **{"http-equiv": "Content-Security-Policy", "content": POLICY}),
        el("meta", name="viewport", content="width=device-width, initial-scale=1"),
        el("title", f"vinofleet report, {_started(report)}"),
        el("style", _style()),
    )
    sections = [_opening(report), _tiles(report), _curves(report), _workers(report), _stages(report)]
    sections += [_streams(report), _oddities(report), _run(report)]
    return f"<!DOCTYPE html>\n{el('html', head, el('body', el('main', *sections)), lang='en')}\n"


def _style() -> Html:
    """The page's style sheet; it lies beside this file and holds no data."""
    return Html(files("collector").joinpath("report_page.css").read_text(encoding="utf-8"))


def _opening(report: Report) -> Html:
    verdict = _verdict(report)
    frames = report["frames"]
    adds_up = conserved(report)
    sums = f"captured {count_text(frames['captured'])} {'=' if adds_up else '≠'} "
    sums += " + ".join(f"{name} {count_text(frames[name])}" for name in ("ok", "failed", "dropped"))
    return el(
        "header",
        el("h1", "Run ", el("span", verdict, class_=verdict if verdict != "without streams" else "open")),
        el("p", f"{_started(report)}, {duration_text(report['seconds'])}", class_="soft"),
        el("p", sums, class_="soft" if adds_up else "wrong"),
        *([] if report["score"] is None else [el("p", score_line(report["score"]))]),
    )


def _started(report: Report) -> str:
    """The time of day as people write it, with its offset."""
    started: str = report["started"]
    return started.replace("T", " ")


def _verdict(report: Report) -> str:
    endings = {stream["ending"] or "open" for stream in report["streams"]}
    order = ("open", "interrupted", "incomplete", "complete")
    return next((ending for ending in order if ending in endings), "without streams")


def _tiles(report: Report) -> Html:
    frames, latency = report["frames"], report["latency_ms"]
    tiles = [
        ("Frames ok", count_text(frames["ok"]), f"of {count_text(frames['captured'])} captured"),
        ("Throughput", fps_text(report["fps"]), "first frame to last"),
        ("Latency, p50", ms_text(latency["p50"]), f"p95 {ms_text(latency['p95'])}"),
        ("Not ok", count_text(frames["failed"] + frames["dropped"]), _not_ok(frames)),
        ("Workers", count_text(len(report["workers"])), TRANSPORTS[report["transport"]]),
        ("Streams", count_text(len(report["streams"])), f"{count_text(report['redispatched'])} frames sent again"),
    ]
    made = [el("div", el("small", name), el("b", value), el("small", note)) for name, value, note in tiles]
    return el("div", *made, class_="tiles")


def _not_ok(frames: dict[str, int]) -> str:
    return f"failed {count_text(frames['failed'])}, dropped {count_text(frames['dropped'])}"


def _curves(report: Report) -> Html:
    groups = group_points(report["timeline"])
    if len(groups) < CURVE_MIN:
        return el("p", "Too short for curves." if groups else "No frame was emitted.", class_="soft")
    return el("section", el("h2", "Over time"), throughput_curve(groups), latency_curves(groups))


def _workers(report: Report) -> Html:
    workers = report["workers"]
    if not workers:
        return Html()
    groups = group_points(report["timeline"])
    rates = {w["name"]: [group.rate_of(w["name"]) for group in groups] for w in workers}
    top = max((rate for values in rates.values() for rate in values), default=0.0)
    most = max(w["share"] for w in workers) or 1.0
    rows = [
        [
            join(w["name"], el("small", f"{w['device']}, {w['transport'] or 'no transport known'}")),
            join(bar(w["share"] / most)),
            share_text(w["share"]),
            count_text(w["frames"]),
            fps_text(w["fps"]),
            ms_text(w["stages_ms"].get("infer", {}).get("p50")),
            sparkline(rates[w["name"]], top, f"frames of {w['name']} over time") if any(rates[w["name"]]) else NOTHING,
        ]
        for w in sorted(workers, key=lambda worker: (-worker["frames"], worker["name"]))
    ]
    head = ["Worker", "Share", "", "Frames", "Rate", "Inference, p50", "Over time"]
    note = f"Over time: full height is {figure_text(top)} FPS of one worker." if top else ""
    return el("section", el("h2", "Workers"), _table(head, rows, left={1, 6}), el("p", note, class_="soft"))


def _stages(report: Report) -> Html:
    stages = report["stages_ms"]
    if not stages:
        return Html()
    work = [*(name for name in WORK if name in stages), *(name for name in stages if name not in {**WORK, **WAITING})]
    note = "Full: p50, faint: p95. Each is measured on one process's clock; they do not add up to the latency."
    return el(
        "section",
        el("h2", "Stages of a frame"),
        _stage_table("Work", work, stages),
        _stage_table("Waiting", [name for name in WAITING if name in stages], stages),
        el("p", note, class_="soft"),
    )


def _stage_table(title: str, names: Sequence[str], stages: Mapping[str, Mapping[str, float | None]]) -> Html:
    if not names:
        return Html()
    top = max(stages[name]["p95"] or 0.0 for name in names) or 1.0
    rows = [
        [
            join(name, el("small", {**WORK, **WAITING}.get(name, ""))),
            join(bar((stages[name]["p50"] or 0.0) / top, (stages[name]["p95"] or 0.0) / top)),
            *(ms_text(stages[name][figure]) for figure in ("p50", "p95", "p99", "max")),
        ]
        for name in names
    ]
    return _table([title, "Time", "p50", "p95", "p99", "max"], rows, left={1}, style="stages")


def _streams(report: Report) -> Html:
    if not report["streams"]:
        return Html()
    head = ["Stream", "Ending", "Captured", "Ok", "Failed", "Dropped", "Rate", "Latency p50", "p95", "max"]
    rows = [_stream_row(stream) for stream in report["streams"]]
    return el("section", el("h2", "Streams"), _table(head, rows, left={1}))


def _stream_row(stream: dict[str, Any]) -> list[str]:
    ending = stream["ending"] or "open"
    reason = stream["reason"] if stream["reason"] != ending else ""
    resumed = f"resumed at frame {count_text(stream['resumed_at'])}" if stream["resumed_at"] else ""
    score = "" if stream["score"] is None else ratios(stream["score"])
    notes = [el("small", note) for note in (resumed, score) if note]
    counts = [count_text(stream["frames"][name]) for name in ("captured", "ok", "failed", "dropped")]
    return [
        join(stream["name"], el("small", stream["source"]), *notes),
        join(el("span", ending, class_=ending), *([el("small", reason)] if reason else [])),
        *counts,
        fps_text(stream["fps"]),
        *(ms_text(stream["latency_ms"][name]) for name in ("p50", "p95", "max")),
    ]


_REPEATS: Final = (
    ("sent again", "redispatched"),
    ("hedged", "hedged"),
    ("never answered by a worker", "unanswered"),
    ("results that came too late", "duplicates"),
)


def _oddities(report: Report) -> Html:
    """What a person should look at: frames that are not ok, and what was turned away."""
    lines = [(reason, count) for reason, count in report["reasons"].items()]
    lines += [(f"turned away: {reason}", count) for reason, count in report["refused"].items()]
    lines += [(name, report[key]) for name, key in _REPEATS if report[key]]
    if not lines:
        return Html()
    rows = [[name, count_text(count)] for name, count in lines]
    return el("section", el("h2", "Worth a look"), _table(["What", "Count"], rows, left=set()))


def _run(report: Report) -> Html:
    machine = report["machine"]
    cores = f"{machine['usable_cores'] or NOTHING} of {machine['logical_cores'] or NOTHING} cores"
    facts = [
        ("Command", el("code", *(el("span", shlex.quote(word)) for word in report["command"]))),
        ("Outputs", ", ".join(report["outputs"]) or "none"),
        ("Machine", f"{machine['cpu'] or NOTHING}, {cores}, {bytes_text(machine['memory_bytes'])}"),
        ("System", machine["platform"]),
        ("Versions", ", ".join(f"{name} {version or NOTHING}" for name, version in report["versions"].items())),
    ]
    pairs = [part for name, value in facts for part in (el("dt", name), el("dd", value))]
    return el("section", el("h2", "Collector's machine"), el("dl", *pairs))


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], left: set[int], style: str = "") -> Html:
    """A table that scrolls sideways where the page is narrower; columns in `left` are flush left."""

    def cells(tag: str, row: Sequence[str]) -> Html:
        made = [el(tag, cell, class_="left") if index in left else el(tag, cell) for index, cell in enumerate(row)]
        return el("tr", *made)

    body = [cells("td", row) for row in rows]
    table = el("table", el("thead", cells("th", head)), el("tbody", *body))
    return el("div", table, class_=f"table {style}".rstrip())
