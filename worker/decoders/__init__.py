"""From a model's output to detections: one file a family, and this table of them.

A new family enters with one file here and one rule in common/families.py; nothing else names a decoder.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, Protocol

from common.errors import ModelError
from common.job import OutputSpec
from worker.decoders import ssd

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Decoder(Protocol):
    """A pure function from a model's outputs to detections; deterministic, called from any thread."""

    def __call__(
        self, outputs: Mapping[str, NDArray[np.float32]], spec: OutputSpec, frame_size: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return float32 [N, 6], C-contiguous, rows x1 y1 x2 y2 score class; N is at most DETECTIONS_MAX.

        Args:
            outputs: arrays by tensor name; they are reused after the call, so the result holds no view of them.
            spec: which output to read, the threshold, the label that stands for class 0.
            frame_size: width and height of the original frame, the pixels that boxes are in.
        """


_DECODERS: Final[Mapping[str, Decoder]] = {"ssd": ssd.decode}


def decoder_for(name: str) -> Decoder:
    """Return the decoder of that name.

    Raises:
        ModelError: there is none; the job was written by a newer vinofleet.
    """
    try:
        return _DECODERS[name]
    except KeyError as error:
        known = ", ".join(sorted(_DECODERS))
        raise ModelError(f"decoder '{name}' is unknown here ({known})", "run the same vinofleet everywhere") from error
