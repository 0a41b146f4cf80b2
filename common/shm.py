"""Frames in shared memory: a ring of slots that its producer owns and peers on the same machine read in place.

The memory is a memfd: it has no name, so nothing is left behind by SIGKILL; it lives while anybody maps it, so a
reader never loses what it reads; and it is sealed against shrinking, so no peer can turn a read into SIGBUS. Peers open
it as /proc/PID/fd/FD and prove that they did by sending the token back. Whoever cannot (another machine, container,
user or system) takes frames inline: nothing here is needed for a run to work.

| bytes from the start | what |
|---|---|
| 0 .. 8 | magic `VFLEETSM` |
| 8 .. 12 | layout version, u32, native order like everything here: both sides are one machine |
| 12 .. 16 | zero |
| 16 .. 32 | token, 16 random bytes |
| 32 .. 4096 | zero |
| 4096 + i * stride | slot i; stride = 128 + slot_bytes, rounded up to 64 |
| .. + 16 * (attempt % 4) | marker cell: session u64, attempt u64; "this worker has begun this attempt" |
| .. + 64 .. 128 | zero |
| .. + 128 | pixels, slot_bytes of them, aligned to 64 |

Every size comes from the offer, which is checked against the file; nothing is believed because the memory says so.
What this file does not know: frames, shapes, when a slot may be reused, who is told of an offer.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import secrets
import stat
import struct
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from common.errors import UsageError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC: Final = b"VFLEETSM"
VERSION: Final = 1
TOKEN_BYTES: Final = 16
PAGE_BYTES: Final = 4096
SLOT_HEADER_BYTES: Final = 128
MARKER_CELLS: Final = 4
ALIGNMENT: Final = 64
"""A cache line, and what OpenVINO aligns its own tensors to."""

_UNMARKED: Final = bytes(16 * MARKER_CELLS)

_HEAD: Final = struct.Struct(f"=8sI4x{TOKEN_BYTES}s")

# From <linux/fcntl.h> and <linux/memfd.h>, part of the kernel's ABI. An interpreter built against an old C library
# lacks the names, and runs on kernels that have the calls all the same.
_MFD_CLOEXEC: Final = 1
_MFD_ALLOW_SEALING: Final = 2
_F_ADD_SEALS: Final = 1033
_F_GET_SEALS: Final = 1034
_F_SEAL_SEAL: Final = 1
_F_SEAL_SHRINK: Final = 2
_F_SEAL_GROW: Final = 4


@dataclass(frozen=True, slots=True)
class ShmOffer:
    """Where a segment is, for peers who might share it.

    Attributes:
        pid, fd: of the owner, as it sees itself.
        size: bytes of the whole segment.
        slots, slot_bytes: its layout.
    """

    pid: int
    fd: int
    size: int
    slots: int
    slot_bytes: int


class _Slots:
    """The views of a mapped segment. They keep it mapped: memory goes when the last view of it goes."""

    def __init__(self, memory: mmap.mmap, slots: int, slot_bytes: int) -> None:
        stride = _stride(slot_bytes)
        self._stride: Final = stride
        self._bytes: Final = memoryview(memory)
        self.token: Final = _HEAD.unpack_from(memory)[2]
        self.cells: NDArray[np.uint64] = np.ndarray(
            (slots, MARKER_CELLS, 2), np.uint64, memory, PAGE_BYTES, (stride, 16, 8)
        )
        self.pixels: NDArray[np.uint8] = np.ndarray(
            (slots, slot_bytes), np.uint8, memory, PAGE_BYTES + SLOT_HEADER_BYTES, (stride, 1)
        )

    def clear(self, slot: int) -> None:
        """Empty a slot's cells, without letting go of the interpreter, for which all decoders may be waiting."""
        first = PAGE_BYTES + slot * self._stride
        self._bytes[first : first + len(_UNMARKED)] = _UNMARKED


class Segment:
    """Slots for frames in flight, shared where the system can share them; made by `Segment.create`.

    Attributes:
        token: what a peer that attached sends back.
        slots, slot_bytes: as created.
    """

    def __init__(self, memory: mmap.mmap, fd: int | None, slots: int, slot_bytes: int) -> None:
        self.slots: Final = slots
        self.slot_bytes: Final = slot_bytes
        self._fd = fd
        self._views = _Slots(memory, slots, slot_bytes)
        self.token: Final[bytes] = self._views.token

    def __repr__(self) -> str:
        kind = "private" if self._fd is None else f"memfd {self._fd}"
        return f"Segment({self.slots} x {self.slot_bytes} bytes, {kind})"

    @classmethod
    def create(cls, slots: int, slot_bytes: int) -> Segment:
        """Reserve memory for `slots` frames of `slot_bytes` bytes each, zeroed.

        Raises:
            UsageError: there is not that much memory.
            ValueError: a size is not positive.
        """
        if slots < 1 or slot_bytes < 1:
            raise ValueError(f"{slots} slots of {slot_bytes} bytes")
        size = segment_size(slots, slot_bytes)
        refusal = f"{size / 1e6:.0f} MB for {slots} frames in flight cannot be reserved", "give a smaller --window"
        if size > _available_bytes():
            raise UsageError(*refusal)
        try:
            memory, fd = _reserve(size)
        except OSError as error:
            raise UsageError(*refusal) from error
        _HEAD.pack_into(memory, 0, MAGIC, VERSION, secrets.token_bytes(TOKEN_BYTES))
        return cls(memory, fd, slots, slot_bytes)

    def offer(self) -> ShmOffer | None:
        """Say where peers find the segment; None where it cannot be shared."""
        if self._fd is None:
            return None
        return ShmOffer(os.getpid(), self._fd, segment_size(self.slots, self.slot_bytes), self.slots, self.slot_bytes)

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """Return the slot's pixels to write: uint8 [slot_bytes], aligned to 64 bytes, valid while referenced."""
        view: NDArray[np.uint8] = self._views.pixels[slot]
        return view

    def mark_of(self, slot: int, session: int, attempt: int) -> bool:
        """Say whether a worker marked that it had begun this attempt in this slot."""
        cell = self._views.cells[slot, attempt % MARKER_CELLS]
        return int(cell[0]) == session and int(cell[1]) == attempt

    def clear_marks(self, slots: Sequence[int]) -> None:
        """Forget the marks of slots, before other frames with attempts of their own get them."""
        for slot in slots:
            self._views.clear(slot)

    def close(self) -> None:
        """Stop offering: nobody can attach any more; mapped memory stays until the last view of it goes."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class Attachment:
    """A peer's view of a producer's segment; made by `attach`.

    Attributes:
        token: to be sent back to the producer, which knows by it that both mean the same memory.
        slots, slot_bytes: as offered.
    """

    def __init__(self, memory: mmap.mmap, offer: ShmOffer) -> None:
        self.slots: Final = offer.slots
        self.slot_bytes: Final = offer.slot_bytes
        self._views = _Slots(memory, offer.slots, offer.slot_bytes)
        self.token: Final[bytes] = self._views.token

    def __repr__(self) -> str:
        return f"Attachment({self.slots} x {self.slot_bytes} bytes)"

    def pixels(self, slot: int) -> NDArray[np.uint8]:
        """Return the slot's pixels to read: uint8 [slot_bytes], aligned to 64 bytes, valid while referenced.

        Writable because marks are written to the same mapping; pixels must not be. Their content changes once the frame
        is settled, so what is computed late is a duplicate at worst.

        Raises:
            IndexError: the segment has no such slot.
        """
        view: NDArray[np.uint8] = self._views.pixels[_index(slot, self.slots)]
        return view

    def mark(self, slot: int, session: int, attempt: int) -> None:
        """Tell the producer, for the case that this process dies at once, that this attempt has begun.

        Args:
            slot: where the frame is.
            session: 1 .. 2**64 - 1; 0 is what an unmarked cell holds.
            attempt: 0 .. 2**64 - 1.

        Raises:
            IndexError: the segment has no such slot.
            ValueError: the session is 0.
        """
        if not session:
            raise ValueError("session 0 cannot mark")
        cell = self._views.cells[_index(slot, self.slots), attempt % MARKER_CELLS]
        # Session last, so that a death between the stores leaves no mark rather than a false one.
        cell[0] = 0
        cell[1] = attempt
        cell[0] = session


def attach(offer: ShmOffer) -> Attachment | str:
    """Map a producer's segment, if this process can.

    Args:
        offer: from a peer; nothing in it is believed.

    Returns:
        The attachment, or why there is none, as a phrase for people.
    """
    if sys.platform != "linux":
        return "this system has no memfd"
    if offer.slots < 1 or offer.slot_bytes < 1 or offer.size != segment_size(offer.slots, offer.slot_bytes):
        return "the offer contradicts itself"
    path = f"/proc/{offer.pid:d}/fd/{offer.fd:d}"
    try:
        # Before it is opened: opening a device or a fifo has effects of its own.
        if not stat.S_ISREG(os.stat(path).st_mode):  # noqa: PTH116 - a path that exists nowhere
            return "the descriptor is no memory file"
        fd = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        return f"the producer's memory is out of reach ({error.strerror})"
    try:
        return _map(fd, offer)
    finally:
        os.close(fd)


def segment_size(slots: int, slot_bytes: int) -> int:
    """Return the bytes of a whole segment, a multiple of the page."""
    used = PAGE_BYTES + slots * _stride(slot_bytes)
    return -(-used // PAGE_BYTES) * PAGE_BYTES


def _stride(slot_bytes: int) -> int:
    return -(-(SLOT_HEADER_BYTES + slot_bytes) // ALIGNMENT) * ALIGNMENT


def _index(slot: int, slots: int) -> int:
    if not 0 <= slot < slots:
        raise IndexError(f"slot {slot} of {slots}")
    return slot


def _reserve(size: int) -> tuple[mmap.mmap, int | None]:
    """Map `size` zeroed bytes: shareable and committed, or private where there is no memfd."""
    fd = _memfd()
    if sys.platform != "linux" or fd is None:
        return mmap.mmap(-1, size), None
    import fcntl  # noqa: PLC0415 - Windows has none

    try:
        # Reserved now, so that a full machine is an error here and not SIGBUS at some later pixel.
        os.posix_fallocate(fd, 0, size)
        # Not mapped with MAP_POPULATE: a slot's first use costs 0.35 ms more (393 kB), once; populating costs as much.
        fcntl.fcntl(fd, _F_ADD_SEALS, _F_SEAL_SHRINK | _F_SEAL_GROW | _F_SEAL_SEAL)
        return mmap.mmap(fd, size), fd
    except BaseException:
        os.close(fd)
        raise


def _available_bytes() -> int:
    """Return what can be reserved, as far as the system says.

    To be asked first: reserving more than there is does not fail, it has the kernel kill somebody for memory.
    """
    found = [sys.maxsize]
    with suppress(OSError, ValueError, IndexError):
        found.append(int(Path("/proc/meminfo").read_text().split("MemAvailable:")[1].split()[0]) * 1024)
    with suppress(OSError, ValueError, IndexError):  # a container's own limit, its reclaimable cache not counted
        group = Path("/sys/fs/cgroup")
        cache = int((group / "memory.stat").read_text().split("\ninactive_file ")[1].split()[0])
        used = int((group / "memory.current").read_text()) - cache
        found.append(int((group / "memory.max").read_text()) - used)
    return min(found)


def _memfd() -> int | None:
    """Create an empty memfd that can be sealed; None where the system has none."""
    if sys.platform != "linux":
        return None
    with suppress(OSError, AttributeError):
        if hasattr(os, "memfd_create"):
            return os.memfd_create("vinofleet", _MFD_CLOEXEC | _MFD_ALLOW_SEALING)
        fd = int(ctypes.CDLL(None).memfd_create(b"vinofleet", _MFD_CLOEXEC | _MFD_ALLOW_SEALING))
        return fd if fd >= 0 else None
    return None


def _map(fd: int, offer: ShmOffer) -> Attachment | str:
    import fcntl  # noqa: PLC0415 - Windows has none

    state = os.fstat(fd)
    if not stat.S_ISREG(state.st_mode) or state.st_size != offer.size:
        return "the descriptor has another size than the offer"
    try:
        if not fcntl.fcntl(fd, _F_GET_SEALS) & _F_SEAL_SHRINK:
            return "the memory could be shrunk under its readers"
        memory = mmap.mmap(fd, offer.size)
    except OSError as error:
        return f"the descriptor is no memory file ({error.strerror})"
    magic, version, _ = _HEAD.unpack_from(memory)
    if (magic, version) != (MAGIC, VERSION):
        return "the memory is no segment of this version"
    return Attachment(memory, offer)
