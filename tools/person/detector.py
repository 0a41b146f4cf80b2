"""A detector that is asked picture by picture, outside the fleet. Without PyTorch.

Rows are read by the worker's own decoder, so that a model is judged by what vinofleet makes of its output.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import cv2
import numpy as np
import openvino as ov

from common.job import OutputSpec
from worker.decoders.ssd import decode

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

Precision = Literal["f32", "default"]
"""What is computed in: float32, or what OpenVINO takes of itself on this processor."""

ONE_THREAD: Final = {"INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}


class Detector:
    """A model of the SSD family whose class 0 is a person; takes BGR 0..255, stretched to its input."""

    def __init__(self, model: Path, precision: Precision, config: dict[str, int] | None = None) -> None:
        """Compile a model.

        Args:
            model: its .xml file.
            precision: of the arithmetic.
            config: more for the CPU plugin.
        """
        hint = {"INFERENCE_PRECISION_HINT": "f32"} if precision == "f32" else {}
        self._compiled = ov.Core().compile_model(model, "CPU", {**hint, **(config or {})})
        self._height, self._width = list(self._compiled.input(0).shape)[2:]

    @property
    def precision(self) -> str:
        """What is really computed in, in OpenVINO's words."""
        return str(self._compiled.get_property("INFERENCE_PRECISION_HINT").get_type_name())

    def prepared(self, picture: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Return the model's input, f32 [1,3,H,W], of a picture, uint8 [H,W,3]."""
        scaled = cv2.resize(picture, (self._width, self._height))
        return np.ascontiguousarray(scaled.transpose(2, 0, 1)[None], np.float32)

    def infer(self, image: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the raw output [1,1,N,7] of a prepared picture; its memory is used again by the next call."""
        output: NDArray[np.float32] = self._compiled(image, share_inputs=True, share_outputs=True)[0]
        return output

    def people(self, picture: NDArray[np.uint8], threshold: float) -> NDArray[np.float32]:
        """Return float32 [N,6] rows x1 y1 x2 y2 score class, in pixels of the picture, scores >= threshold."""
        spec = OutputSpec("ssd", "rows", 0, ("person",), threshold)
        height, width = picture.shape[:2]
        found = decode({"rows": self.infer(self.prepared(picture))}, spec, (width, height))
        people: NDArray[np.float32] = found[found[:, 5] == 0]
        return people
