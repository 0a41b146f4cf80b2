"""The model as one process uses it: a frame resized and turned into what the model takes, boxes out of what it says.

What this file does not know: in which order frames are inferred, and who draws.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import cv2
import numpy as np

from common.job import JobDocument
from vinofleet.compare.modes import Hint
from worker.decoders import decoder_for
from worker.engine import EngineInfo, EngineOptions
from worker.openvino_model import engine_info, load_plain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from worker.lean_openvino import ov

    Frame = NDArray[np.uint8]


class Detector:
    """A job's model, compiled as its file has it.

    Args:
        job: what is to be found, how.
        graph: the model's file.
        device: an OpenVINO device.
        hint: what the device is tuned for.

    Raises:
        ModelError: the model cannot be used.
        DeviceError: the device cannot.

    Attributes:
        compiled: what requests are made of.
    """

    def __init__(self, job: JobDocument, graph: Path, device: str, hint: Hint) -> None:
        self.compiled, self._image = load_plain(job, graph, EngineOptions(device=device, hint=hint))
        self._device: Final = device
        self._rgb: Final = job.input.color == "RGB"
        self._type: Final[type] = self.compiled.input(0).get_element_type().to_dtype()
        self._spec: Final = job.output
        self._decode: Final = decoder_for(job.output.decoder)

    def prepare(self, frame: Frame) -> NDArray[Any]:
        """Resize a frame (uint8 [H, W, 3], B, G, R), in the model's colours, layout and type, with a batch of one."""
        image = self._image
        resized: NDArray[Any] = cv2.resize(frame, (image.width, image.height))
        if self._rgb:
            resized = cv2.cvtColor(resized, cv2.COLOR_BGR2RGB)
        if image.layout == "NCHW":
            resized = resized.transpose((2, 0, 1))
        return np.expand_dims(resized, axis=0).astype(self._type)

    def found(self, request: ov.InferRequest, frame: Frame) -> NDArray[np.float32]:
        """What a request has found: float32 [N, 6], rows x1 y1 x2 y2 score class, in pixels of the frame."""
        output = np.asarray(request.get_tensor(self._spec.name).data, np.float32)
        height, width = frame.shape[:2]
        return self._decode({self._spec.name: output}, self._spec, (width, height))

    def info(self, requests: int) -> EngineInfo:
        """What runs, as far as the device tells."""
        return engine_info(self.compiled, self._device, requests)
