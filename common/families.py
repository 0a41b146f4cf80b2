"""Which models are understood: pure rules over the shapes and types of a model's inputs and outputs.

Guarantees: a model is either recognised, with everything a job needs to know of it, or refused by a text that names
what was found. The producer asks when it inspects a model, a worker when it loads one, so both always agree.

A new family of detectors enters with one rule in `_RULES` here and one decoder file in worker/decoders.

What this file does not know: files, OpenVINO, how a family's output is decoded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from common import limits
from common.errors import ModelError

Layout = Literal["NCHW", "NHWC"]

DYNAMIC: Final = -1
"""A dimension that the model leaves open."""

_COLOR_PLANES: Final = 3
_IMAGE_RANK: Final = 4


@dataclass(frozen=True, slots=True)
class Port:
    """One input or output of a model, as its file declares it.

    Attributes:
        name: the tensor's name; may be empty.
        shape: dimensions, `DYNAMIC` where open; empty for a scalar and for a model that fixes no rank.
        element_type: OpenVINO's name of the type, such as `f32`.
    """

    name: str
    shape: tuple[int, ...]
    element_type: str

    def __str__(self) -> str:
        return f"'{self.name}' {self.form}"

    @property
    def form(self) -> str:
        """Type and shape for people, such as `f32[?,3,512,512]`."""
        sides = ",".join("?" if side == DYNAMIC else str(side) for side in self.shape)
        return f"{self.element_type}[{sides}]"


@dataclass(frozen=True, slots=True)
class ImageInput:
    """The one image that a model takes.

    Attributes:
        name: the input tensor.
        width, height: pixels.
        layout: where the colour planes stand.
    """

    name: str
    width: int
    height: int
    layout: Layout


@dataclass(frozen=True, slots=True)
class Detections:
    """The output that holds the detections.

    Attributes:
        decoder: a name in worker/decoders.
        output: the output tensor.
    """

    decoder: str
    output: str


def image_input(inputs: Sequence[Port]) -> ImageInput:
    """Recognise a single image, [1,3,H,W] or [1,H,W,3]; the batch may be open, height and width may not.

    Raises:
        ModelError: any other set of inputs.
    """
    found = _listed(inputs)
    if len(inputs) != 1:
        raise ModelError(f"the model has {len(inputs)} inputs ({found})", "use a model whose only input is one image")
    shape = inputs[0].shape
    layout = _layout(shape)
    if layout is None or shape[0] not in {1, DYNAMIC}:
        raise ModelError(f"input {found} is no image", "use a model with an input of [1,3,H,W] or [1,H,W,3]")
    height, width = shape[2:] if layout == "NCHW" else shape[1:3]
    if DYNAMIC in {height, width}:
        raise ModelError(f"input {found} leaves its size open", "export the model with a fixed height and width")
    if not (0 < height <= limits.SIDE_MAX_PIXELS and 0 < width <= limits.SIDE_MAX_PIXELS):
        raise ModelError(f"input {found} is outside 1..{limits.SIDE_MAX_PIXELS} pixels a side", "use another model")
    return ImageInput(inputs[0].name, width, height, layout)


def detections(outputs: Sequence[Port]) -> Detections:
    """Recognise the one output that a decoder reads; outputs that none reads are ignored.

    Raises:
        ModelError: no output is understood, or more than one is.
    """
    matches = [Detections(decoder, port.name) for port in outputs for decoder, fits in _RULES if fits(port)]
    if len(matches) == 1:
        return matches[0]
    found = _listed(outputs)
    if matches:
        raise ModelError(f"the model has {len(matches)} outputs of detections ({found})", "use a model with one")
    noun, verb = ("output", "is") if len(outputs) == 1 else ("outputs", "are")
    raise ModelError(f"{noun} {found} {verb} no [1,1,N,7] SSD output", "use a model that ends in DetectionOutput")


def _listed(ports: Sequence[Port]) -> str:
    return ", ".join(map(str, ports)) or "none"


def _layout(shape: tuple[int, ...]) -> Layout | None:
    """Tell the layout by the place of the 3: planes first wins where an image is 3 pixels wide."""
    if len(shape) != _IMAGE_RANK:
        return None
    if shape[1] == _COLOR_PLANES:
        return "NCHW"
    return "NHWC" if shape[3] == _COLOR_PLANES else None


def _is_ssd(port: Port) -> bool:
    """Tell OpenVINO's DetectionOutput: [1,1,N,7], floating point; batch and N may be open.

    https://docs.openvino.ai/2025/documentation/openvino-ir-format/operation-sets/operation-specs/detection/detectionoutput-8.html
    """
    match port.shape:
        case (1 | -1, 1 | -1, _, 7):
            return port.element_type in {"f32", "f16"}
        case _:
            return False


_RULES: Final[tuple[tuple[str, Callable[[Port], bool]], ...]] = (("ssd", _is_ssd),)
"""Decoder names and the outputs they read."""

DECODERS: Final = frozenset(name for name, _ in _RULES)
"""Every decoder that a recognised model may ask for."""
