"""A detector of a few operations that nobody trained: it ends in DetectionOutput, with 3 classes for 2 priors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
from openvino import opset13 as ops


def detections(image: ov.Node, background: int = 0) -> ov.Node:
    """Return a DetectionOutput of 3 classes for 2 priors, made of an image of whatever size."""
    mean = ops.reduce_mean(image, _sides(1, 2, 3), keep_dims=False)
    boxes, scores, priors = (ops.broadcast(mean, _sides(*sides)) for sides in ((1, 8), (1, 6), (1, 2, 8)))
    attributes = {
        "background_label_id": background,
        "keep_top_k": [2],
        "nms_threshold": 0.5,
        "code_type": "caffe.PriorBoxParameter.CENTER_SIZE",
        "normalized": True,
    }
    return ops.detection_output(boxes, scores, priors, attributes)


def write_detector(folder: Path, info: dict[str, Any] | None = None, background: int = 0) -> Path:
    """Write `tiny.xml`, which begins with a scaling, with this model_info and this class for the background."""
    image = ops.parameter([1, 3, 8, 16], np.float32, "image")
    image.output(0).set_names({"image"})
    found = detections(ops.multiply(image, ops.constant(np.float32(0.5))), background)
    found.output(0).set_names({"found"})
    model = ov.Model([found], [image], "tiny")
    for key, value in (info or {}).items():
        model.set_rt_info(value, ["model_info", key])
    path = folder / "tiny.xml"
    ov.save_model(model, path, compress_to_fp16=False)
    return path


def _sides(*values: int) -> ov.Node:
    return ops.constant(np.array(values, np.int64))
