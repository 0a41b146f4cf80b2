"""Pictures for training: a part of a frame, people pasted in, light, colour, blur and compression as cameras vary them.

Everything is drawn from the generator that is passed in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import cv2
import numpy as np

from tools.person.geometry import HEIGHT, WIDTH

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    from tools.person.cutouts import Cutout

WHOLE: Final = 0.3
"""How often the whole frame is shown, as it will be at work."""
INSIDE_MIN: Final = 0.5
"""Share of a person that must be in the picture to be asked for; less is "unsure"."""
SIDE_MIN: Final = 5.0
"""Pixels of the input: less is "unsure"."""
COVERED: Final = 0.55
"""Share of a box that a pasted person may cover before it is "unsure"."""


@dataclass(slots=True)
class Picture:
    """A picture in the making.

    Attributes:
        pixels: uint8 [H,W,3], BGR.
        people: f32 [M,5]: x1, y1, x2, y2 in pixels, and the score that is wanted.
        unsure: f32 [K,4]: boxes in which nobody is asked for and nobody is denied.
    """

    pixels: NDArray[np.uint8]
    people: NDArray[np.float32]
    unsure: NDArray[np.float32]


def paste(picture: Picture, cut: Cutout, rng: Generator) -> None:
    """Paste a person somewhere, as tall as a tenth to nine tenths of the picture; it may stand out at the sides."""
    height, width = picture.pixels.shape[:2]
    tall = height * float(np.exp(rng.uniform(np.log(0.1), np.log(0.9))))
    scale = tall / (cut.box[3] - cut.box[1])
    shape = tuple(max(2, round(side * scale)) for side in cut.alpha.shape[::-1])
    stretch = rng.uniform(0.85, 1.15)
    shape = (max(2, round(shape[0] * stretch)), shape[1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    person = np.asarray(cv2.resize(cut.picture, shape, interpolation=how), np.uint8)
    alpha = np.asarray(cv2.resize(cut.alpha, shape, interpolation=how), np.float32)
    box = cut.box * np.array([scale * stretch, scale] * 2, np.float32)
    if rng.random() < 0.5:
        person, alpha = person[:, ::-1], alpha[:, ::-1]
        box[[0, 2]] = shape[0] - box[[2, 0]]
    person = light(np.ascontiguousarray(person), rng)
    left = int(rng.uniform(-0.3 * shape[0], width - 0.7 * shape[0]))
    top = int(rng.uniform(-0.1 * shape[1], height - 0.8 * shape[1]))
    _blend(picture.pixels, person, alpha, left, top)
    box += np.array([left, top, left, top], np.float32)
    _cover(picture, box)
    picture.people = np.concatenate([picture.people, [[*box, cut.score]]]).astype(np.float32)


def _blend(
    pixels: NDArray[np.uint8], person: NDArray[np.uint8], alpha: NDArray[np.float32], left: int, top: int
) -> None:
    height, width = alpha.shape
    x1, y1 = max(0, left), max(0, top)
    x2, y2 = min(pixels.shape[1], left + width), min(pixels.shape[0], top + height)
    if x1 >= x2 or y1 >= y2:
        return
    part = np.s_[y1 - top : y2 - top, x1 - left : x2 - left]
    weight = alpha[part][..., None]
    under = pixels[y1:y2, x1:x2]
    under[:] = (under * (1 - weight) + person[part] * weight).astype(np.uint8)


def _cover(picture: Picture, box: NDArray[np.float32]) -> None:
    """Ask no longer for people whom the box hides."""
    people = picture.people
    width = np.clip(np.minimum(people[:, 2], box[2]) - np.maximum(people[:, 0], box[0]), 0, None)
    height = np.clip(np.minimum(people[:, 3], box[3]) - np.maximum(people[:, 1], box[1]), 0, None)
    area = (people[:, 2] - people[:, 0]) * (people[:, 3] - people[:, 1])
    hidden = width * height > COVERED * area
    picture.unsure = np.concatenate([picture.unsure, people[hidden, :4]])
    picture.people = people[~hidden]


def view(picture: Picture, rng: Generator) -> Picture:
    """Return the whole or a part of it, perhaps mirrored, at the network's size."""
    height, width = picture.pixels.shape[:2]
    if rng.random() < WHOLE:
        left, top, across, down = 0.0, 0.0, float(width), float(height)
    else:
        across = width * float(np.exp(rng.uniform(np.log(0.35), np.log(1.5))))
        down = across * height / width * float(np.exp(rng.uniform(-0.3, 0.3)))
        left, top = (
            rng.uniform(min(0, width - across), max(0, width - across)),
            rng.uniform(min(0, height - down), max(0, height - down)),
        )
    zoom = np.array([WIDTH / across, HEIGHT / down], np.float32)
    matrix = np.array([[zoom[0], 0, -left * zoom[0]], [0, zoom[1], -top * zoom[1]]], np.float32)
    if rng.random() < 0.5:
        matrix[0] = [-zoom[0], 0, WIDTH - 1 + left * zoom[0]]
    how = cv2.INTER_AREA if zoom.max() < 0.7 else cv2.INTER_LINEAR
    size = (WIDTH, HEIGHT)
    if how == cv2.INTER_AREA and left == top == 0 and across == width and down == height:
        pixels = cv2.resize(picture.pixels, size, interpolation=how if rng.random() < 0.3 else cv2.INTER_LINEAR)
        pixels = pixels[:, ::-1] if matrix[0, 0] < 0 else pixels
    else:
        fill = [int(x) for x in rng.integers(0, 256, 3)]
        pixels = cv2.warpAffine(picture.pixels, matrix, size, borderValue=fill)
    return _framed(
        Picture(np.ascontiguousarray(pixels), _moved(picture.people, matrix), _moved(picture.unsure, matrix))
    )


def _moved(boxes: NDArray[np.float32], matrix: NDArray[np.float32]) -> NDArray[np.float32]:
    x = boxes[:, [0, 2]] * matrix[0, 0] + matrix[0, 2]
    y = boxes[:, [1, 3]] * matrix[1, 1] + matrix[1, 2]
    x.sort(axis=1)
    return np.concatenate([x[:, :1], y[:, :1], x[:, 1:], y[:, 1:], boxes[:, 4:]], 1)


def _framed(picture: Picture) -> Picture:
    """Clip the boxes to the picture; people who are mostly outside or tiny become "unsure"."""
    people = picture.people
    area = (people[:, 2] - people[:, 0]) * (people[:, 3] - people[:, 1])
    people, unsure = _clipped(people), _clipped(picture.unsure)
    width, height = people[:, 2] - people[:, 0], people[:, 3] - people[:, 1]
    sure = (width * height > INSIDE_MIN * area) & (width >= SIDE_MIN) & (height >= SIDE_MIN)
    there = width * height > 0
    unsure = np.concatenate([unsure, people[there & ~sure, :4]])
    return Picture(picture.pixels, people[sure], unsure)


def _clipped(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    boxes = boxes.copy()
    boxes[:, [0, 2]] = boxes[:, [0, 2]].clip(0, WIDTH)
    boxes[:, [1, 3]] = boxes[:, [1, 3]].clip(0, HEIGHT)
    return boxes


def light(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Vary brightness, contrast, gamma and the balance of the colours."""
    ramp = np.arange(256, dtype=np.float32) / 255
    gain = np.exp(rng.uniform(-0.25, 0.25)) * np.exp(rng.uniform(-0.12, 0.12, 3))
    gamma, shift = np.exp(rng.uniform(-0.3, 0.3)), rng.uniform(-0.08, 0.08)
    table = (ramp[:, None] ** gamma * gain + shift).clip(0, 1) * 255
    return np.asarray(cv2.LUT(pixels, table.astype(np.uint8)[None]), np.uint8)


def camera(pixels: NDArray[np.uint8], rng: Generator) -> NDArray[np.uint8]:
    """Do what cameras and encoders do: light, saturation, blur, noise, compression."""
    pixels = light(pixels, rng)
    if rng.random() < 0.3:
        grey = cv2.cvtColor(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
        share = rng.uniform(0.3, 1.0)
        pixels = np.asarray(cv2.addWeighted(pixels, 1 - share, grey, share, 0), np.uint8)
    if rng.random() < 0.2:
        pixels = np.asarray(cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.4, 1.3)), np.uint8)
    if rng.random() < 0.2:
        noise = rng.normal(0, rng.uniform(2, 9), pixels.shape[:2]).astype(np.float32)
        pixels = (pixels + noise[..., None]).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])
        pixels = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return pixels
