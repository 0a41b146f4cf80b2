"""What a user asks of a producer, and how it is read: labels, names, the number of frames in flight, the policy.

What this file does not know: click, models, sockets.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final, Literal, TypeAlias

from common import limits
from common.errors import UsageError
from common.job import Color, Pixels
from common.params import Goal
from common.schema import is_name
from producer.inline import Sending
from producer.policy import Keep, Policy
from producer.sources import default_stream_names
from producer.view import Region
from producer.wish import Wish

PATIENCE_DEFAULT_MS: Final = 60
"""Where nobody waits for a frame: the four or five that two cores detect meanwhile in 1080p share what each wake-up
costs; docs/decisions/0037-batches.md."""

_POLICY: Final = re.compile(r"lossless|freshest|max-age=([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s)?")


Wire: TypeAlias = Literal["i420", "bgr", "jpeg", "auto"]
"""What travels to workers that share no memory; the first two also say what lies in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProducerOptions:
    """The options of `vinofleet producer`, by their names there; None is "not given"."""

    source: tuple[str, ...]
    model: str
    bind: str
    collector: str
    advertise: str | None
    stream: tuple[str, ...]
    threshold: float
    labels: str | None
    label_base: int | None
    precision: str
    wire: Wire | None
    jpeg_quality: int
    color: Color | None
    goal: Goal
    window: int | None
    transport: str
    live: bool
    policy: str
    patience: int | None
    open_timeout: float
    read_timeout: float
    flip: str | None
    roi: Region | None
    start: float
    end: float | None
    skip_first_frames: int
    every: int
    fps: Fraction | None
    loop: bool
    frames: int | None
    resume: bool
    timeout: float | None
    insecure: bool
    address_file: Path | None

    @property
    def pixels(self) -> Pixels | None:
        """What the job wants in memory; None for what fits its model."""
        return "i420" if self.wire == "jpeg" else None if self.wire == "auto" else self.wire

    def sending(self, pixels: Pixels) -> Sending:
        """How frames go to workers that share no memory; planes alone become JPEG files."""
        return self.wire if self.wire in {"jpeg", "auto"} and pixels == "i420" else "raw"

    @property
    def wish(self) -> Wish:
        """What of each source is captured.

        Raises:
            UsageError: that is nothing.
        """
        return Wish(
            roi=self.roi,
            flip=self.flip,
            start=self.start,
            end=self.end,
            skip=self.skip_first_frames,
            every=self.every,
            fps=self.fps,
            frames=self.frames,
            loop=self.loop,
            live=self.live,
        )


def read_labels(text: str | None) -> tuple[str, ...] | None:
    """The names of classes: a file with one a line, or the names themselves with commas between; None if not given.

    Raises:
        UsageError: it looks like a file and cannot be read.
    """
    if text is None:
        return None
    path = Path(text)
    if not path.is_file() and "," in text:
        return tuple(label.strip() for label in text.split(","))
    if not path.exists() and not path.suffix and len(path.parts) == 1:
        return (text.strip(),)
    try:
        return tuple(line.strip() for line in path.read_text(encoding="utf-8").rstrip().splitlines())
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        remedy = "name a file with one label a line, or give the labels as a,b,c"
        raise UsageError(f"labels cannot be read from {path} ({reason})", remedy) from error


def stream_names(sources: Sequence[str], names: Sequence[str]) -> list[str]:
    """The streams' names: as given, one for each source, or made from the sources.

    Raises:
        UsageError: another number of names than of sources, a name twice, or one that is not allowed.
    """
    if not names:
        return default_stream_names(sources)
    if len(names) != len(sources):
        raise UsageError(f"{len(names)} names for {len(sources)} sources", "give --stream once for each source")
    for name in names:
        if not is_name(name):
            text = f"{name!r} is no stream name"
            raise UsageError(text, f"use 1 to {limits.NAME_MAX_CHARS} letters, digits, dots, dashes and underscores")
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise UsageError(f"two streams have the same name {twice}", "give each its own --stream")
    return list(names)


def window_frames(asked: int | None, frame_bytes: int) -> int:
    """How many frames may be in flight over all streams: as asked, or as many as are useful and fit into memory."""
    if asked is not None:
        return asked
    return max(1, min(limits.WINDOW_DEFAULT_FRAMES, limits.WINDOW_DEFAULT_BYTES // frame_bytes))


def patience_ms(asked: int | None, *, urgent: bool) -> int:
    """How many milliseconds news of a frame may wait for company: as asked, or none where somebody waits for it."""
    if asked is not None:
        return asked
    return 0 if urgent else PATIENCE_DEFAULT_MS


def read_policy(text: str, *, live: bool) -> Policy:
    """What becomes of frames that nobody has time for: `lossless`, `freshest`, or `max-age=` with seconds, s or ms.

    Raises:
        UsageError: it is none of these, or would drop frames of a source that waits for whoever has time.
    """
    found = _POLICY.fullmatch(text)
    if found is None:
        raise UsageError(f"--policy {text} is unknown", "write lossless, freshest, or max-age=0.5 (or 500ms)")
    if not found[1]:
        policy = Policy(Keep(text))
    else:
        policy = Policy(Keep.MAX_AGE, float(found[1]) / (1000 if found[2] == "ms" else 1))
    if policy.max_age_s == 0:
        raise UsageError("--policy max-age=0 would drop every frame", "give it the seconds that a frame may wait")
    if policy.drops and not live:
        raise UsageError(
            f"--policy {text} is for sources that do not wait", "add --live to play them at their own rate"
        )
    return policy
