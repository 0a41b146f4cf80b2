"""The memory of one stream's originals: a segment of its own beside that of the model's inputs, slot for slot.

Apart because it is of another size a stream, and is reserved only where a collector draws. Nothing here is needed
without one.
What this file does not know: when a picture is written, read or wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from common.job import InputSpec
from common.shm import Segment

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from common.messages import ShmOfferFields
    from producer.actions import MakePictures


class PictureMemory:
    """Pictures of the slots from `wanted.first` on.

    Args:
        wanted: how many, and of what size.

    Attributes:
        spec: what is written into a slot: I420 of the stream's picture size.
        token: what a collector that attached sends back.

    Raises:
        UsageError: there is not that much memory.
    """

    def __init__(self, wanted: MakePictures) -> None:
        self.spec: Final = InputSpec("", wanted.width, wanted.height, "i420", "BGR", "stretch")
        self._first: Final = wanted.first
        self._segment: Final = Segment.create(wanted.slots, self.spec.nbytes)
        self.token: Final = self._segment.token

    def __repr__(self) -> str:
        return f"PictureMemory({self.spec.width}x{self.spec.height} from slot {self._first}, {self._segment})"

    def offer(self) -> ShmOfferFields | None:
        """How a collector opens it; None where the system cannot share it."""
        offer = self._segment.offer()
        return None if offer is None else (offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes)

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """The picture of a slot of the stream: uint8 [spec.nbytes], planar, valid while referenced."""
        return self._segment.pixels(slot - self._first)

    def close(self) -> None:
        """Stop offering; what is mapped stays until its last view goes."""
        self._segment.close()
