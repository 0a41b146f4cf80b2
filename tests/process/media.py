"""Clips and a model that are made in code, so that tests with real inference need no assets."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import openvino as ov
from openvino import opset13 as ops

from common.street_scene import Scene
from producer.street import StreetPainter


def clip(path: Path, frames: int = 50, size: tuple[int, int] = (64, 48)) -> Path:
    """Write a video of noise."""
    with av.open(path, "w") as container:
        stream = container.add_stream("mpeg4" if path.suffix == ".avi" else "libx264", rate=25, options={"g": "10"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            noise = np.random.default_rng(number).integers(0, 255, (size[1] * 3 // 2, size[0]), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(noise, "yuv420p")))
        container.mux(stream.encode())
    return path


def street_clip(path: Path, frames: int, size: tuple[int, int] = (640, 360)) -> Path:
    """Write a video of people in a street."""
    street = StreetPainter(Scene(4, *size, Fraction(25), 1))
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(street.bgr(number), "bgr24")))
        container.mux(stream.encode())
    return path


def model(folder: Path, shape: tuple[int, ...] = (1, 3, 8, 16), found: tuple[int, ...] = (1, 1, 2, 7)) -> Path:
    """Write a model that takes `shape` and says `found`."""
    image = ops.parameter(list(shape), np.float32, "image")
    image.output(0).set_names({"image"})
    zeros = ops.constant(np.zeros(found, np.float32))
    result = ops.add(zeros, ops.reduce_mean(image, np.arange(len(shape)), keep_dims=False))
    result.output(0).set_names({"found"})
    ov.save_model(ov.Model([result], [image], "m"), folder / "m.xml", compress_to_fp16=False)
    return folder / "m.xml"
