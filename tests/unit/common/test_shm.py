"""Tests of common.shm: real memory, real processes."""

from __future__ import annotations

import json
import mmap
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from common import shm
from common.errors import UsageError
from common.shm import Attachment, Segment, ShmOffer, attach, segment_size

linux = pytest.mark.skipif(sys.platform != "linux", reason="memfd is Linux's")
DEADLINE_S = 20.0
ROOT = Path(shm.__file__).parents[1]

OWNER = """
import json, sys
from dataclasses import asdict
from common.shm import Segment
segment = Segment.create(4, 1000)
segment.pixels(2)[:] = 42
print(json.dumps(asdict(segment.offer())), flush=True)
sys.stdin.read()
"""

PEER = """
import json, sys
from common.shm import ShmOffer, attach
attachment = attach(ShmOffer(**json.loads(sys.argv[1])))
assert not isinstance(attachment, str), attachment
attachment.mark(1, session=7, attempt=5)
print(attachment.token.hex(), int(attachment.pixels(1).sum()), flush=True)
"""


@pytest.fixture
def segment() -> Iterator[Segment]:
    """Three slots of 1000 bytes."""
    one = Segment.create(3, 1000)
    yield one
    one.close()


def shared(segment: Segment) -> tuple[ShmOffer, Attachment]:
    """Attach to a segment of this very process."""
    offer = segment.offer()
    assert offer is not None
    attachment = attach(offer)
    assert isinstance(attachment, Attachment), attachment
    return offer, attachment


def python(code: str, *args: str) -> subprocess.Popen[str]:
    """Start another process of this interpreter that sees the package."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_slots_are_zeroed_apart_and_aligned(segment: Segment) -> None:
    """Each slot has its own bytes, on a cache line."""
    for slot in range(3):
        pixels = segment.pixels(slot)
        assert pixels.shape == (1000,)
        assert pixels.dtype == np.uint8
        assert pixels.ctypes.data % 64 == 0
        assert pixels.flags.c_contiguous
        assert not pixels.any()
    segment.pixels(1)[:] = 255
    assert not segment.pixels(0).any()
    assert not segment.pixels(2).any()
    assert not any(segment.mark_of(slot, 2**64 - 1, 2**64 - 1) for slot in range(3))


@linux
def test_a_peer_reads_what_the_owner_writes(segment: Segment) -> None:
    """Both see the same memory and the same token."""
    _, attachment = shared(segment)
    assert attachment.token == segment.token
    assert len(segment.token) == 16
    segment.pixels(2)[:] = 9
    assert (attachment.pixels(2) == 9).all()
    assert (attachment.slots, attachment.slot_bytes) == (3, 1000)


@linux
def test_a_mark_names_session_and_attempt(segment: Segment) -> None:
    """The owner knows which attempt of which worker had begun, for the last four attempts."""
    _, attachment = shared(segment)
    for attempt in range(4):
        attachment.mark(1, session=2**64 - 1, attempt=attempt)
    assert all(segment.mark_of(1, 2**64 - 1, attempt) for attempt in range(4))
    attachment.mark(1, session=5, attempt=4)
    assert segment.mark_of(1, 5, 4)
    assert not segment.mark_of(1, 2**64 - 1, 0)
    assert not segment.mark_of(1, 6, 4)
    assert not segment.mark_of(0, 5, 4)
    assert not segment.pixels(1).any()
    segment.clear_marks([1])
    assert not segment.mark_of(1, 5, 4)


@linux
def test_marks_and_slots_out_of_range_are_refused(segment: Segment) -> None:
    """A slot number from a peer is checked, and session 0 would look like no mark."""
    _, attachment = shared(segment)
    for slot in (-1, 3):
        with pytest.raises(IndexError):
            attachment.pixels(slot)
        with pytest.raises(IndexError):
            attachment.mark(slot, session=1, attempt=0)
    with pytest.raises(ValueError, match="session 0"):
        attachment.mark(0, session=0, attempt=0)


@linux
def test_another_process_attaches_and_marks(segment: Segment) -> None:
    """The way a worker does it: open, map, prove it with the token, mark, read."""
    segment.pixels(1)[:] = 2
    offer = segment.offer()
    assert offer is not None
    with python(PEER, json.dumps(asdict(offer))) as peer:
        out, _ = peer.communicate(timeout=DEADLINE_S)
    assert out.split() == [segment.token.hex(), "2000"]
    assert segment.mark_of(1, 7, 5)


@linux
def test_a_killed_owner_leaves_nothing_behind_and_its_readers_alive() -> None:
    """After SIGKILL the mapping still reads, /dev/shm is as it was, and nobody can attach any more."""
    before = set(os.listdir("/dev/shm"))  # noqa: PTH208, S108 - names are all that is asked for
    with python(OWNER) as owner:
        assert owner.stdout is not None
        offer = ShmOffer(**json.loads(owner.stdout.readline()))
        attachment = attach(offer)
        assert isinstance(attachment, Attachment), attachment
        owner.send_signal(signal.SIGKILL)
        assert owner.wait(DEADLINE_S) == -signal.SIGKILL
    assert (attachment.pixels(2) == 42).all()
    attachment.mark(3, session=1, attempt=1)
    assert isinstance(attach(offer), str)
    assert not {name for name in set(os.listdir("/dev/shm")) - before if "vinofleet" in name}  # noqa: PTH208, S108


@linux
def test_nobody_can_shrink_or_grow_it(segment: Segment) -> None:
    """A reader never meets SIGBUS, as the kernel refuses to truncate."""
    offer, _ = shared(segment)
    fd = os.open(f"/proc/{offer.pid}/fd/{offer.fd}", os.O_RDWR)
    try:
        for size in (0, offer.size - 1, offer.size + 1):
            with pytest.raises(PermissionError):
                os.ftruncate(fd, size)
    finally:
        os.close(fd)


@linux
def test_an_offer_that_contradicts_itself_or_the_file_is_not_mapped(segment: Segment) -> None:
    """Sizes are checked against each other and against the file before anything is mapped."""
    offer, _ = shared(segment)
    wrong = [
        replace(offer, size=offer.size + 4096),
        replace(offer, slots=0),
        replace(offer, slot_bytes=-1),
        replace(offer, slots=300, size=segment_size(300, 1000)),
        replace(offer, pid=2**30),
        replace(offer, fd=-1),
        replace(offer, pid=-1),
    ]
    for claim in wrong:
        assert isinstance(attach(claim), str), claim


@linux
def test_a_descriptor_that_is_no_sealed_memory_is_not_mapped(tmp_path: Path) -> None:
    """A plain file, a device, a pipe or a memfd that could shrink is refused, whatever the offer says."""
    size = segment_size(1, 100)
    plain = tmp_path / "plain"
    plain.write_bytes(bytes(size))
    reader, writer = os.pipe()
    loose = os.memfd_create("loose", os.MFD_ALLOW_SEALING)
    os.ftruncate(loose, size)
    descriptors = [os.open(plain, os.O_RDWR), os.open("/dev/zero", os.O_RDWR), reader, writer, loose]
    try:
        for fd in descriptors:
            assert isinstance(attach(ShmOffer(os.getpid(), fd, size, 1, 100)), str), fd
    finally:
        for fd in descriptors:
            os.close(fd)


@linux
def test_memory_of_another_layout_is_not_used() -> None:
    """A sealed memfd without the magic and version is refused."""
    size = segment_size(1, 100)
    memory, fd = shm._reserve(size)
    assert fd is not None
    try:
        assert attach(ShmOffer(os.getpid(), fd, size, 1, 100)) == "the memory is no segment of this version"
    finally:
        os.close(fd)
        memory.close()


@linux
def test_views_outlive_their_segment() -> None:
    """Closing while somebody still reads is no error, and the reader keeps its bytes."""
    segment = Segment.create(2, 100)
    offer, attachment = shared(segment)
    pixels = segment.pixels(0)
    pixels[:] = 3
    view = attachment.pixels(0)
    segment.close()
    segment.close()
    assert segment.offer() is None
    del segment, attachment
    assert (pixels == 3).all()
    assert (view == 3).all()
    assert isinstance(attach(offer), str)


@linux
def test_memory_goes_with_the_last_view() -> None:
    """Nothing keeps a segment mapped that nobody uses."""

    def mapped() -> int:
        return Path("/proc/self/maps").read_text().count("memfd:vinofleet")

    before = mapped()
    segment = Segment.create(2, 100)
    pixels = segment.pixels(0)
    segment.close()
    del segment
    assert mapped() == before + 1
    del pixels
    assert mapped() == before


def test_without_memfd_it_is_private_memory_and_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where memory cannot be shared frames go inline, from slots that work the same."""
    monkeypatch.setattr(shm, "_memfd", lambda: None)
    segment = Segment.create(2, 100)
    assert segment.offer() is None
    segment.pixels(1)[:] = 1
    assert segment.pixels(1).sum() == 100
    assert not segment.mark_of(1, 1, 1)
    assert repr(segment) == "Segment(2 x 100 bytes, private)"
    segment.close()


@linux
def test_an_interpreter_without_the_name_still_makes_a_memfd(monkeypatch: pytest.MonkeyPatch) -> None:
    """Interpreters built against an old C library reach the call through it."""
    monkeypatch.delattr(os, "memfd_create")
    segment = Segment.create(1, 100)
    _, attachment = shared(segment)
    assert attachment.token == segment.token
    segment.close()


def test_memory_that_is_not_there_is_an_error_for_people() -> None:
    """Asking for too much names the amount and the remedy."""
    with pytest.raises(UsageError, match="--window"):
        Segment.create(2**40, 2**20)
    with pytest.raises(ValueError, match="0 slots"):
        Segment.create(0, 1)


def test_a_segment_is_whole_pages() -> None:
    """The size is the header, the slots and what fills the last page."""
    assert segment_size(1, 1) == 8192
    assert segment_size(64, 393_216) == 4096 + 64 * (393_216 + 128)
    assert segment_size(64, 393_216) % mmap.ALLOCATIONGRANULARITY in range(0, mmap.ALLOCATIONGRANULARITY, 4096)
