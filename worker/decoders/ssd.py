"""Decode OpenVINO's DetectionOutput: SSD and its relatives, with suppression done in the graph.

Format: [1, 1, N, 7] rows `[image_id, label, score, xmin, ymin, xmax, ymax]`, coordinates 0..1 of the frame. The first
row with image_id < 0 ends the list; **the rows after it are zero-filled and look like image 0, label 0**.
https://docs.openvino.ai/2025/documentation/openvino-ir-format/operation-sets/operation-specs/detection/detectionoutput-8.html

Guarantees: the same output gives the same bytes; no row that is not finite leaves this file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from common import limits
from common.job import OutputSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray


def decode(
    outputs: Mapping[str, NDArray[np.float32]], spec: OutputSpec, frame_size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return float32 [N, 6] rows x1 y1 x2 y2 score class, in the model's order; see `worker.decoders.Decoder`.

    Boxes are not clamped to the frame. A label below `spec.label_base` is the background class of models that count
    from 1, so its row is dropped. Of more than DETECTIONS_MAX detections the best by score are kept (ties: the first).
    """
    rows = _before_end(outputs[spec.name].reshape(-1, 7))
    rows = rows[rows[:, 2] >= spec.threshold]
    width, height = frame_size
    found = np.empty((len(rows), 6), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # what overflows is no box: the next line drops it
        np.multiply(rows[:, 3:], np.array((width, height, width, height), np.float32), out=found[:, :4])
        found[:, 4] = rows[:, 2]
        np.subtract(rows[:, 1], spec.label_base, out=found[:, 5])
    sound = np.isfinite(found).all(axis=1) & (found[:, 5] >= 0)
    return _best(found if sound.all() else found[sound])


def _before_end(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Cut at the first image_id that is not 0 or more (a NaN ends the list as well)."""
    live = rows[:, 0] >= 0
    return rows if live.all() else rows[: int(live.argmin())]


def _best(found: NDArray[np.float32]) -> NDArray[np.float32]:
    if len(found) <= limits.DETECTIONS_MAX:
        return found
    best = np.argsort(-found[:, 4], kind="stable")[: limits.DETECTIONS_MAX]
    return found[np.sort(best)]
