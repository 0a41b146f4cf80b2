"""One picture out of a finished run: the frame on which most was found, as it is in the video.

Relies on what outputs of one run guarantee: line n of the rows is about frame n of the video. What this file does not
know: how boxes are drawn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import av
import cv2

from collector.paths import output_error


def fullest(lines: Iterable[bytes]) -> tuple[int, int]:
    """Which frame has the most detections, and how many; of several the one whose least sure one is surest.

    Args:
        lines: of --json, at least one.
    """
    best = max(enumerate(map(_scores, lines)), key=lambda numbered: _rank(numbered[1]))
    return best[0], len(best[1])


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


def _scores(line: bytes) -> list[float]:
    return [detection["score"] for detection in json.loads(line).get("detections", ())]


def _rank(scores: list[float]) -> tuple[int, float]:
    return len(scores), min(scores, default=0.0)
