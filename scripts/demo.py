"""`make demo`: boxes on moving things, without a video and without a trained model.

It builds a small detector from OpenVINO operations, saves it in the folder it is given, and has `vinofleet run` find
the bright boxes of `synthetic://movers` with it. What it finds is told exactly by `producer.movers.places`.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from worker.lean_openvino import ov

if TYPE_CHECKING:
    from numpy.typing import NDArray

ops = ov.opset8

INPUT: Final = 256
"""Width and height of the model's input."""

BOX: Final = INPUT // 8
RING: Final = INPUT // 32
"""Pixels around a box that it must be brighter than."""

STRIDE: Final = 4
"""Pixels between windows; a found box is off by up to half of it. With 2 a frame takes five times as long."""

CONTRAST: Final = 100.0
"""Of 255: a box that is this much brighter than its ring has the score 0.5 ..."""
SOFTNESS: Final = 12.0
"""... and one that is this much more so has 0.73."""

NMS: Final = 0.2
SOURCE: Final = "synthetic://movers?frames=500&size=640x360&seed=1"


def detector() -> ov.Model:
    """Build it: contrast of each window with its ring, as scores of priors, through a DetectionOutput.

    Input `image` f32 [1,3,256,256], BGR 0..255; output `found` f32 [1,1,N,7], label 1.
    """
    image = ops.parameter([1, 3, INPUT, INPUT], np.float32, "image")
    image.output(0).set_names({"image"})
    grey = ops.reduce_mean(image, np.array([1]), keep_dims=True)
    outer = BOX + 2 * RING
    edges, whole = [0, 0, RING, RING], [1, 1, 0, 0]
    inside = _mean(ops.strided_slice(grey, edges, [-edge for edge in edges], [1] * 4, whole, whole), BOX)
    around = _mean(grey, outer)
    ring = _scaled(ops.subtract(_scaled(around, outer**2), _scaled(inside, BOX**2)), 1 / (outer**2 - BOX**2))
    score = ops.sigmoid(_scaled(ops.subtract(ops.subtract(inside, ring), np.float32(CONTRAST)), 1 / SOFTNESS))
    priors = _priors()
    count = priors.shape[-1] // 4
    flat = ops.reshape(score, np.array([count, 1]), special_zero=False)
    both = ops.concat([ops.subtract(np.float32(1), flat), flat], 1)
    classes = ops.reshape(both, np.array([1, -1]), special_zero=False)
    still = ops.constant(np.zeros((1, count * 4), np.float32))
    found = ops.detection_output(still, classes, ops.constant(priors), _attributes())
    found.output(0).set_names({"found"})
    return ov.Model([found], [image], "demo")


def _mean(node: ov.Node, side: int) -> ov.Node:
    return ops.avg_pool(node, [STRIDE, STRIDE], [0, 0], [0, 0], [side, side], exclude_pad=True)


def _scaled(node: ov.Node, factor: float) -> ov.Node:
    return ops.multiply(node, np.float32(factor))


def _priors() -> NDArray[np.float32]:
    """Return x1, y1, x2, y2 of each window and their variances, f32 [1,2,4*windows], of 0..1."""
    starts = np.arange(RING, INPUT - BOX - RING + 1, STRIDE)
    y, x = (axis.ravel() for axis in np.meshgrid(starts, starts, indexing="ij"))
    boxes = (np.stack([x, y, x + BOX, y + BOX], 1).ravel() / INPUT).astype(np.float32)
    return np.stack([boxes, np.full_like(boxes, 0.1)])[None]


def _attributes() -> dict[str, object]:
    return {
        "background_label_id": 0,
        "top_k": 200,
        "keep_top_k": [20],
        "variance_encoded_in_target": False,
        "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
        "share_location": True,
        "nms_threshold": NMS,
        "confidence_threshold": 0.3,
        "normalized": True,
    }


def main() -> None:
    """Make the model and become `vinofleet run`."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model.xml"
    ov.save_model(detector(), model, compress_to_fp16=False)
    print("No trained model comes with vinofleet yet: one that finds bright boxes is built from OpenVINO operations.")
    files = [f"--json={folder}/demo.jsonl", f"--output={folder}/demo.mp4"]
    files += [f"--report={folder}/report.{kind}" for kind in ("json", "html")]
    command = [sys.executable, "-m", "vinofleet", "run", SOURCE, "--model", str(model), "--labels", "box"]
    sys.stdout.flush()
    # S606: it is this very interpreter, and no shell is wanted.
    os.execv(sys.executable, [*command, "--label-base", "1", "--workers", "2", "--force", *files])  # noqa: S606


if __name__ == "__main__":
    main()
