"""A model of a few bytes, made in code, whose detections tell what reached it: no asset is needed."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import openvino as ov
from openvino import opset13 as ops

from common.families import Layout
from common.job import Color, InputSpec, JobDocument, ModelFile, OutputSpec, Pixels

WIDTH, HEIGHT = 16, 8
FRAME_SIZE = (255, 255)
"""With this frame, x1, y1 and x2 of the one detection are the means of the model's input channels 0, 1 and 2."""
FAILS = 255
"""A mean of channel 0 with which the inference itself fails (a reshape to a size that the data has not)."""


def write_model(
    folder: Path, *, layout: Layout = "NCHW", shape: tuple[int, ...] | None = None, name: str = "tiny"
) -> tuple[ModelFile, ...]:
    """Write an IR: input `image`; output `found`, one detection of label 1, then the end row and two of zeros."""
    nchw = layout == "NCHW"
    image = ops.parameter(
        list(shape or ((1, 3, HEIGHT, WIDTH) if nchw else (1, HEIGHT, WIDTH, 3))), np.float32, "image"
    )
    image.output(0).set_names({"image"})
    means = ops.reduce_mean(image, _sides(*((0, 2, 3) if nchw else (0, 1, 2))), keep_dims=False)
    row = [_row(0, 1, 0.9), ops.divide(means, _row(255)), _row(0.5)]
    rest = _row(-1, *[0] * 20)
    found = ops.reshape(ops.concat([*row, rest], axis=0), _shape(means), special_zero=False)
    found.output(0).set_names({"found"})
    path = folder / f"{name}.xml"
    ov.save_model(ov.Model([found], [image], name), path, compress_to_fp16=False)
    return tuple(_file(each) for each in (path, path.with_suffix(".bin")))


def tiny_job(files: tuple[ModelFile, ...], pixels: Pixels = "bgr", color: Color = "BGR") -> JobDocument:
    """Return a job for `write_model`'s model, at f32; the threshold is 0.5 and label 1 is class 0."""
    return JobDocument(
        engine="openvino",
        model="tiny",
        files=files,
        input=InputSpec("image", WIDTH, HEIGHT, pixels, color, "stretch"),
        output=OutputSpec("ssd", "found", 1, (), 0.5),
        precision="f32",
    )


def _row(*values: float) -> ov.Node:
    return ops.constant(np.array(values, np.float32))


def _shape(means: ov.Node) -> ov.Node:
    """Compute [1, 1, 4, 7] in the graph, or [1, 1, 4, 8] when channel 0 is as bright as FAILS."""
    first = ops.slice(means, _sides(0), _sides(1), _sides(1))
    surplus = ops.convert(ops.floor(ops.divide(first, _row(FAILS - 0.5))), "i64")
    sides = [_sides(1, 1, 4), ops.add(_sides(7), surplus)]
    return ops.concat(sides, axis=0)


def _sides(*values: int) -> ov.Node:
    return ops.constant(np.array(values, np.int64))


def _file(path: Path) -> ModelFile:
    content = path.read_bytes()
    return ModelFile(path.name, len(content), hashlib.sha256(content).hexdigest())
