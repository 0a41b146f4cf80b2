"""One stream's pictures on their way to a collector that draws: what it has, what was sent, what must be encoded.

Guarantees: pieces go out in the order of frames and bytes; whatever is not seen can be sent again, from a
picture's first byte on; no more than `ENCODED_AHEAD` encoded pictures are kept.
What this file does not know: messages, time, memory, other streams, and how a picture is encoded.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final, NamedTuple, TypeAlias

from common import limits

Place: TypeAlias = tuple[int, int]
"""seq, offset: every picture below seq, and the first `offset` bytes of that one."""

ENCODED_AHEAD: Final = 2
"""Pictures of a stream that are encoded, or being encoded, and not seen: one is sent while the next is encoded."""


class Piece(NamedTuple):
    """What is sent next: a picture in its slot, or `data` from `offset` on, of `size` bytes in all; 0 says "gone"."""

    seq: int
    offset: int
    size: int
    data: bytes | None


class PictureLine:
    """The pictures of one stream, from the first frame that the collector wants.

    Args:
        first: that frame.
        is_gone: whether nobody has the picture of a frame, any more and for ever; asked from `seen` on.

    Attributes:
        seen: what the collector has.
        sent: what was sent; never behind `seen`.
        ahead_bytes: what counts as under way between the two.
        is_inline: whether pictures are sent; otherwise they lie in shared memory, and only their slots are named.
        is_given_up: whether pictures that are not encoded are said to be gone.
    """

    def __init__(self, first: int, is_gone: Callable[[int], bool]) -> None:
        self._is_gone: Final = is_gone
        self.seen: Place = (first, 0)
        self.sent: Place = (first, 0)
        self.ahead_bytes = 0
        self.is_inline = True
        self.is_given_up = False
        self._ahead: Final[deque[tuple[Place, int]]] = deque()
        self._encoded: Final[dict[int, bytes]] = {}
        self._encoding: Final[set[int]] = set()

    def __repr__(self) -> str:
        way = "inline" if self.is_inline else "shm"
        return f"PictureLine({way}, seen {self.seen}, sent {self.sent}, {self.ahead_bytes} bytes ahead)"

    def restart(self, first: int, *, is_inline: bool) -> None:
        """Go on from a picture of which the collector has nothing, whatever it had before."""
        self.rewind()
        self.is_inline = is_inline
        self.seen = self.sent = (first, 0)
        in_hand = sorted(seq for seq in {*self._encoded, *self._encoding} if seq >= first)
        kept = set(self._next_ones(in_hand[-1] + 1)) if in_hand and is_inline else set()
        self._forget(lambda seq: seq in kept)

    def rewind(self) -> None:
        """Send again what was not seen, from a picture's first byte: a late word may have told of bytes that are gone.

        What the collector has of it, it says when these come, and they are left out from there on.
        """
        self.seen = self.sent = (self.seen[0], 0)
        self._ahead.clear()
        self.ahead_bytes = 0

    def hear(self, place: Place, captured: int) -> bool:
        """Take the collector's word on what it has; whether it is news, and possible."""
        seq, offset = place
        if seq > captured:
            return False
        if offset >= len(self._encoded.get(seq, b"")):  # as far as is known here, nobody sent that much of it
            offset = 0
        if (seq, offset) <= self.seen:
            return False
        self._advance((seq, offset))
        return True

    def settle(self, upto: int) -> bool:
        """Note that frames below `upto` are written, so that nobody needs their pictures; whether that is news."""
        if (upto, 0) <= self.seen:
            return False
        self._advance((upto, 0))
        return True

    def give_up(self) -> None:
        """Encode no more; what is encoded is still sent."""
        self.is_given_up = True
        self._encoding.clear()

    def to_encode(self, captured: int) -> list[int]:
        """Take the frames whose pictures are to be encoded now; each is answered by `encoded`."""
        if self.is_given_up or not self.is_inline:
            return []
        wanted = [seq for seq in self._next_ones(captured) if not self._is_in_hand(seq)]
        self._encoding.update(wanted)
        return wanted

    def encoded(self, seq: int, data: bytes) -> bool:
        """Take an encoded picture, empty where that was impossible; whether anybody waits for it."""
        if seq not in self._encoding:
            return False
        self._encoding.remove(seq)
        self._encoded[seq] = data
        return True

    def next(self, captured: int) -> Piece | None:
        """Take the piece to be sent now, of PICTURE_CHUNK_BYTES at most; None while there is none."""
        seq, offset = self.sent
        if seq >= captured:
            return None
        if not self.is_inline or self._is_gone(seq):
            return self._take(Piece(seq, 0, 0, None), (seq + 1, 0))
        data = self._encoded.get(seq)
        if data is None and not self.is_given_up:
            return None
        if not data:
            return self._take(Piece(seq, 0, 0, None), (seq + 1, 0))
        piece = Piece(seq, offset, len(data), data[offset : offset + limits.PICTURE_CHUNK_BYTES])
        end = offset + limits.PICTURE_CHUNK_BYTES
        return self._take(piece, (seq, end) if end < len(data) else (seq + 1, 0))

    def check(self) -> None:
        """Assert the invariants."""
        assert self.sent >= self.seen, self
        assert self.ahead_bytes == sum(size for _, size in self._ahead), self
        assert all(self.seen < end <= self.sent for end, _ in self._ahead), self
        in_hand = [*self._encoded, *self._encoding]
        assert not in_hand or set(in_hand) <= set(self._next_ones(max(in_hand) + 1)), (self, in_hand)

    def _take(self, piece: Piece, end: Place) -> Piece:
        # The least that counts bounds how many messages are under way, where they are small.
        size = max(limits.HEADER_MAX_BYTES, len(piece.data or b""))
        self.sent = end
        self._ahead.append((end, size))
        self.ahead_bytes += size
        return piece

    def _advance(self, place: Place) -> None:
        self.seen = place
        self.sent = max(self.sent, place)
        while self._ahead and self._ahead[0][0] <= place:
            self.ahead_bytes -= self._ahead.popleft()[1]
        self._forget(lambda seq: seq >= place[0])

    def _next_ones(self, end: int) -> Iterator[int]:
        """The first frames from `seen` on, below `end`, whose pictures are to be encoded."""
        return islice((seq for seq in range(self.seen[0], end) if not self._is_gone(seq)), ENCODED_AHEAD)

    def _is_in_hand(self, seq: int) -> bool:
        return seq in self._encoded or seq in self._encoding

    def _forget(self, keep: Callable[[int], bool]) -> None:
        """Let go of what is encoded, and of what is being encoded, for frames that are not to be kept."""
        for seq in [seq for seq in self._encoded if not keep(seq)]:
            del self._encoded[seq]
        self._encoding.intersection_update({seq for seq in self._encoding if keep(seq)})
