"""When a slot's memory may be written again: after every transport that was given it has let go.

A zero-copy send reads the slot until its receipt is done, which may be after the frame was settled through another
worker. What this file does not know: memory, sockets, and when a frame is settled.
"""

from __future__ import annotations

from collections.abc import Iterable

from common.transport import Receipt


class Lending:
    """Slots that are to be lent, and the sends that still read them."""

    def __init__(self) -> None:
        self._sends: dict[int, list[Receipt]] = {}
        self._waiting: dict[int, str] = {}

    def __repr__(self) -> str:
        return f"Lending({len(self._waiting)} slots wait for {sum(map(len, self._sends.values()))} sends)"

    def sent(self, slot: int, receipt: Receipt) -> None:
        """Note that a send reads the slot until its receipt is done."""
        if not receipt.done():
            unfinished = [earlier for earlier in self._sends.get(slot, []) if not earlier.done()]
            self._sends[slot] = [*unfinished, receipt]

    def lend(self, stream: str, slots: Iterable[int]) -> None:
        """Ask for slots to be lent to a stream; `ready` gives them out."""
        self._waiting.update(dict.fromkeys(slots, stream))

    def ready(self) -> dict[str, list[int]]:
        """Take the slots that nothing reads any more, by stream."""
        free: dict[str, list[int]] = {}
        for slot, stream in self._waiting.items():
            if self._is_free(slot):
                free.setdefault(stream, []).append(slot)
        for slots in free.values():
            for slot in slots:
                del self._waiting[slot]
                self._sends.pop(slot, None)
        return free

    def _is_free(self, slot: int) -> bool:
        return all(receipt.done() for receipt in self._sends.get(slot, ()))
