"""One stream's originals on their way in: which picture comes next, and the pieces of it that are here.

Guarantees that pictures are taken in the order of their frames, each once; that memory grows with the bytes that came
and never with a claim; and that no picture grows past the size which its first piece named. What this file does not
know: sessions, where pictures are kept, and what a JPEG file is.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from common.messages import Picture, ShmOfferFields


class Intake:
    """The pictures of one stream, which wants none until `expect`.

    Attributes:
        next: the first frame whose picture is not here; None where none is waited for.
        offer, token: the producer's segment and what was read from it; b"" where it is not shared.
        held: bytes that are here and belong to frames that were not written.
        told: the first frame whose picture is not here, as the producer was last told.
        seen_at: when that was.
    """

    __slots__ = ("_form", "_pieces", "_whole", "held", "next", "offer", "seen_at", "token", "told")

    def __init__(self) -> None:
        self.next: int | None = None
        self.offer: ShmOfferFields | None = None
        self.token = b""
        self.held = 0
        self.told: int | None = None
        self.seen_at = -float("inf")
        self._pieces: Final = bytearray()
        self._form = (0, 0, 0)
        self._whole: Final[deque[tuple[int, int]]] = deque()
        """Frames and bytes of whole pictures that came in pieces and were not written, in order."""

    def __repr__(self) -> str:
        return f"Intake(next {self.next}, {self.offset} bytes of it, holds {self.held})"

    @property
    def offset(self) -> int:
        """Bytes of picture `next` that are here."""
        return len(self._pieces)

    @property
    def untold(self) -> int:
        """Pictures that are here, of which the producer was not told."""
        return 0 if self.next is None or self.told is None else self.next - self.told

    def expect(self, first: int) -> None:
        """Want pictures from frame `first` on; what was here of these is void."""
        self.agree(None, b"")
        self.next = first
        while self._whole and self._whole[-1][0] >= first:
            self.held -= self._whole.pop()[1]

    def forgo(self) -> None:
        """Want none any more."""
        self.rewind()
        self.next = None

    def agree(self, offer: ShmOfferFields | None, token: bytes) -> None:
        """Take pictures from the slots of this segment, if there is a token, and otherwise as they are sent."""
        self.rewind()
        self.offer, self.token = offer, token

    @property
    def slots(self) -> int:
        """Pictures in the segment that is shared; 0 where none is."""
        return self.offer[3] if self.offer is not None and self.token else 0

    def rewind(self) -> None:
        """Forget the pieces of a picture that is not whole."""
        self.held -= len(self._pieces)
        self._pieces.clear()

    def skip(self) -> None:
        """Go on to the next frame: this one's picture is elsewhere, or there is none."""
        assert self.next is not None, self
        self.rewind()
        self.next += 1

    def fits(self, piece: Picture, nbytes: int) -> bool:
        """Whether `nbytes` from its offset on can be a piece of picture `next`, of which the first has the say."""
        form = piece.size, piece.width, piece.height
        return 0 < nbytes <= piece.size - piece.offset and (not self._pieces or form == self._form)

    def add(self, piece: Picture, payload: memoryview) -> bytes | None:
        """Take the next piece, which fits; return the picture's bytes if it is the last one, and go on."""
        assert self.next is not None, self
        self._form = piece.size, piece.width, piece.height
        self._pieces.extend(payload)
        self.held += payload.nbytes
        if len(self._pieces) < piece.size:
            return None
        data = bytes(self._pieces)
        self._pieces.clear()
        self._whole.append((self.next, len(data)))
        self.next += 1
        return data

    def written(self, upto: int) -> None:
        """Learn that pictures of frames below `upto` are not needed any more."""
        while self._whole and self._whole[0][0] < upto:
            self.held -= self._whole.popleft()[1]

    def check(self) -> None:
        """Assert the invariant: what is held is accounted for, and lies before `next`."""
        assert self.held == len(self._pieces) + sum(size for _, size in self._whole), self
        assert self.next is not None or not self._pieces, self
        assert self.next is None or all(seq < self.next for seq, _ in self._whole), self
