"""One picture out of a finished run: the frame in which it found most and erred least, as it is in the video.

Relies on what outputs of one run guarantee: line n of the rows is about frame n of the video. What this file does not
know: how boxes are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av
import cv2
import numpy as np

from collector.paths import output_error
from collector.score import Matches, match
from common.truth import Truth

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Seen(NamedTuple):
    """What was found in one frame.

    Attributes:
        number: the frame's, from 0.
        matches: with those who are there.
        least: the score of the least sure detection; 0 without any.
    """

    number: int
    matches: Matches
    least: float


def best(lines: Iterable[bytes], truth: Truth) -> Seen:
    """Which frame shows the run at its best: most people found, fewest missed and made up, the least sure one surest.

    Args:
        lines: of --json, at least one; line n is about frame n.
        truth: who is in each frame.
    """
    return max((_seen(number, line, truth) for number, line in enumerate(lines)), key=_rank)


def save_frame(video: Path, number: int, picture: Path) -> None:
    """Write a frame of a video as a picture.

    Args:
        video: that has the frame.
        number: of the frame, from 0. All before it are decoded too, so that none is miscounted.
        picture: a .png, made or replaced.

    Raises:
        OutputError: it cannot be written.
    """
    with av.open(video) as container:
        frame = next(islice(container.decode(video=0), number, None))
    _, data = cv2.imencode(".png", frame.to_ndarray(format="bgr24"))
    try:
        picture.write_bytes(data.tobytes())
    except OSError as error:
        raise output_error("written", picture, error, passing=False) from error


def _seen(number: int, line: bytes, truth: Truth) -> Seen:
    found = _detections(line)
    least = float(found[:, 4].min()) if len(found) else 0.0
    return Seen(number, match(found, truth.boxes(number)), least)


def _detections(line: bytes) -> NDArray[np.float32]:
    """The detections of a row as float32 [N, 6], x1 y1 x2 y2 score class; the demo's model has one class."""
    rows = [[*each["box"], each["score"], 0] for each in json.loads(line).get("detections", ())]
    return np.array(rows, np.float32).reshape(-1, 6)


def _rank(seen: Seen) -> tuple[int, float]:
    people, found, false = seen.matches
    return 2 * found - people - false, seen.least
