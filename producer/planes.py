"""From a decoded frame to the model's pixels: planes resized straight into the slot, no full-size copy.

Guarantees, for every pixel format that libav decodes: stretch to the size wanted with cv2's INTER_LINEAR, upright as
a person sees it, BT.601 limited range (i420) or B, G, R (bgr).

- Planar Y'CbCr of 8 to 16 bits and any subsampling: each plane is resized from the decoder's own memory. Range, matrix
  and orientation are put right afterwards, on the small planes.
- Everything else (R'G'B', grey, palette, packed, big-endian, bottom-up): swscale makes it yuv420p first, at full size.
- Of a region each plane is cut before it is resized, and nothing is copied for it.
- bgr is converted from the small i420: 0.12 ms at 512x512, where converting a 1080p original takes 0.93 ms.

Alpha is ignored. Chroma siting is ignored, as by swscale's fast paths (at most half a chroma sample of the original).

What this file does not know: files, streams, timestamps; where planes lie in memory (`producer.layout`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

import cv2
import numpy as np
from av import VideoFormat
from av.sidedata.sidedata import SideDataContainer

from producer.colour import Conversion, conversion
from producer.layout import FLIPS, Planes, cut, fill
from producer.orientation import UPRIGHT, Orientation, orientation_of
from producer.view import WHOLE

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    from common.job import InputSpec
    from producer.view import Region, View

    Plane = NDArray[np.uint8] | NDArray[np.uint16]

_FULL_RANGE: Final = 2
"""AVCOL_RANGE_JPEG."""

_BLOCK: Final = 64
"""Pixels of a side that every subsampling divides."""

_NEUTRAL: Final = 128
"""The chroma value without colour."""

_TURNS: Final = {
    1: Orientation(transpose=True, mirror_y=True),
    2: Orientation(mirror_x=True, mirror_y=True),
    3: Orientation(transpose=True, mirror_x=True),
}
"""By quarter turns against the clock."""


def render(
    frame: VideoFrame, spec: InputSpec, out: NDArray[np.uint8], view: View = WHOLE, turn: Orientation | None = None
) -> None:
    """Fill `out` with what `view` shows of `frame`, as `spec` wants it.

    Args:
        frame: as decoded; not changed.
        spec: see `common.job.InputSpec`; i420 needs even sides, bgr takes any.
        out: uint8, flat, C-contiguous, `spec.nbytes` long; written in place.
        view: its region lies inside the frame as a person sees it.
        turn: what makes it upright; None for what the frame itself says.

    Raises:
        ValueError: `out` is not such an array.
    """
    fill(spec, out, lambda small: _write(frame, small, view, orientation(frame) if turn is None else turn))


def orientation(frame: VideoFrame) -> Orientation:
    """How `frame` is to be turned to be upright, from its own display matrix.

    Not by `frame.side_data`: PyAV keeps it with the frame that it refers to, and only the garbage collector ends such a
    circle. Each frame then took new memory, until the next collection: 770 page faults and 2 CPU ms a 1080p frame.
    """
    try:
        matrix = SideDataContainer(frame).get("DISPLAYMATRIX")  # type: ignore[call-arg]  # PyAV's stub has no __init__
    except ValueError:  # PyAV does not know every kind of side data, Exif for one; then it tells of none
        return _TURNS.get(round(frame.rotation / 90) % 4, UPRIGHT)
    return UPRIGHT if matrix is None else orientation_of(bytes(cast("memoryview", matrix)))


def _write(frame: VideoFrame, small: Planes, view: View, turn: Orientation) -> None:
    """Write what is seen of a frame into planes of an even size."""
    region = None if view.region is None else turn.stored(view.region, frame.width, frame.height)
    turn = turn.mirrored(view.mirror_x, view.mirror_y)
    if not _is_planar(frame):
        frame = _planar(frame)
    shift = frame.format.components[0].bits - 8
    for index, plane in enumerate(small):
        whole = _plane(frame, index)
        _fit(whole if region is None else _cut(whole, region, frame.format, index), shift, turn, plane)
    full_range = frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj")
    change = conversion(int(frame.colorspace), full_range)
    if change is not None:
        _convert(change, *small)


def _planar(frame: VideoFrame) -> VideoFrame:
    """The same picture as 8-bit planes.

    Y'CbCr keeps its matrix and range, which swscale would change with two roundings (mean error 3 against 1.4), and
    its chroma lines: from packed 4:2:2 of an odd height, swscale leaves the last line of a yuv420p unwritten.
    """
    form = frame.format
    if len(form.components) < 3 or form.is_rgb or form.has_palette:  # noqa: PLR2004 - Y, Cb and Cr
        return frame.reformat(format="yuv420p", dst_colorspace="ITU601", dst_color_range="MPEG", threads=1)
    halved = form.chroma_height(frame.height) < frame.height
    return frame.reformat(format="yuv420p" if halved else "yuv422p", threads=1)


def _is_planar(frame: VideoFrame) -> bool:
    return _is_planar_format(frame.format.name) and all(plane.line_size > 0 for plane in frame.planes)


@lru_cache(maxsize=64)
def _is_planar_format(name: str) -> bool:
    """Whether planes 0, 1 and 2 are Y, Cb and Cr, each sample 8 bits or the low bits of a native 16."""
    form = VideoFormat(name)
    parts = form.components
    return (
        not (form.is_rgb or form.is_big_endian or form.is_bit_stream)
        and [part.plane for part in parts[:3]] == [0, 1, 2]
        and "msb" not in name  # yuv444p10msble and its like keep their samples in the high bits
    )


def _plane(frame: VideoFrame, index: int) -> Plane:
    """A view of the decoder's plane, without the padding of its lines."""
    plane = frame.planes[index]
    samples = np.uint8 if frame.format.components[0].bits == 8 else np.uint16  # noqa: PLR2004 - bits of a byte
    lines = np.frombuffer(cast("memoryview", plane), samples).reshape(plane.height, -1)
    return cast("Plane", lines[:, : plane.width])


def _cut(plane: Plane, region: Region, form: VideoFormat, index: int) -> Plane:
    """A region of a plane, again in the decoder's own memory."""
    across, down = (form.chroma_width(_BLOCK), form.chroma_height(_BLOCK)) if index else (_BLOCK, _BLOCK)
    return cut(cast("NDArray[np.uint8]", plane), region, _BLOCK // across, _BLOCK // down)


def _fit(source: Plane, shift: int, turn: Orientation, out: NDArray[np.uint8]) -> None:
    """Resize a plane into `out`, `shift` bits narrower, turned."""
    if shift == 0 and turn == UPRIGHT:
        cv2.resize(source, (out.shape[1], out.shape[0]), dst=out, interpolation=cv2.INTER_LINEAR)
        return
    small = cv2.resize(source, turn.displayed(out.shape[1], out.shape[0]), interpolation=cv2.INTER_LINEAR)
    if shift:
        small = cv2.convertScaleAbs(small, alpha=2.0**-shift)
    if turn.transpose:
        small = cv2.transpose(small)
    flip = FLIPS[turn.mirror_x, turn.mirror_y]
    if flip is None:
        np.copyto(out, small)
    else:
        cv2.flip(small, flip, dst=out)


def _convert(change: Conversion, luma: NDArray[np.uint8], cb: NDArray[np.uint8], cr: NDArray[np.uint8]) -> None:
    """Apply a colour conversion to small planes, in place (see `Conversion` for the formula)."""
    if change.is_range_only:
        cv2.convertScaleAbs(luma, dst=luma, alpha=change.luma_gain, beta=change.luma_bias)
    else:
        leak = cv2.resize(_mix(cb, cr, change.leak), (luma.shape[1], luma.shape[0]))
        cv2.addWeighted(luma, change.luma_gain, leak, 1.0, change.luma_bias - _NEUTRAL, dst=luma)
    # Both are computed before either is stored: each needs the other's old value.
    new_cb, new_cr = _mix(cb, cr, change.cb), _mix(cb, cr, change.cr)
    np.copyto(cb, new_cb)
    np.copyto(cr, new_cr)


def _mix(cb: NDArray[np.uint8], cr: NDArray[np.uint8], gains: tuple[float, float]) -> NDArray[np.uint8]:
    """A weighted sum of chroma around the neutral value."""
    mixed = cv2.addWeighted(cb, gains[0], cr, gains[1], _NEUTRAL * (1.0 - gains[0] - gains[1]))
    return cast("NDArray[np.uint8]", mixed)
