"""A detector of a few operations that nobody trained: it ends in DetectionOutput, with 3 classes for 2 priors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops


def write_detector(folder: Path, info: dict[str, Any] | None = None, background: int = 0) -> Path:
    """Write `tiny.xml`, which begins with a scaling, with this model_info and this class for the background."""
    image = ops.parameter([1, 3, 8, 16], np.float32, "image")
    image.output(0).set_names({"image"})
    scaled = ops.multiply(image, ops.constant(np.float32(0.5)))
    mean = ops.reduce_mean(scaled, ops.constant(np.array([1, 2, 3], np.int64)), keep_dims=False)
    boxes, scores, priors = (
        ops.broadcast(mean, ops.constant(np.array(sides, np.int64))) for sides in ((1, 8), (1, 6), (1, 2, 8))
    )
    attributes = {
        "background_label_id": background,
        "keep_top_k": [2],
        "nms_threshold": 0.5,
        "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
        "normalized": True,
    }
    found = ops.detection_output(boxes, scores, priors, attributes)
    found.output(0).set_names({"found"})
    model = ov.Model([found], [image], "tiny")
    for key, value in (info or {}).items():
        model.set_rt_info(value, ["model_info", key])
    path = folder / "tiny.xml"
    ov.save_model(model, path, compress_to_fp16=False)
    return path
