"""Where originals wait for their frame's turn: in their producer's memory, or as JPEG files."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from fractions import Fraction

import cv2
import numpy as np
import pytest

from collector.actions import Attach, Keep
from collector.picture_store import PictureStore
from common.picture import picture_bytes, picture_size
from common.rows import StreamHeader
from common.shm import Attachment, Segment

HEADER = StreamHeader("a", 63, 47, Fraction(1, 25), Fraction(25))
SIZE = picture_size(63, 47)
ROWS, COLUMNS = SIZE[1] * 3 // 2, SIZE[0]


class Store:
    """A store with the stream `a`, and a count of what could not be decoded."""

    def __init__(self) -> None:
        self.damaged = 0
        self.store = PictureStore(self.note)
        self.store.begin(HEADER, 0)

    def note(self) -> None:
        """Count."""
        self.damaged += 1

    def keep(self, seq: int, data: bytes | None = None, *, slot: int = -1) -> None:
        """Keep a picture of a frame of 126x94, as is or in a slot."""
        self.store.keep(Keep("a", seq, 126, 94, slot, data))


@pytest.fixture
def made() -> Store:
    """See `Store`."""
    return Store()


@pytest.fixture
def segment() -> Iterator[Segment]:
    """Two pictures of a producer."""
    with_slots = Segment.create(2, picture_bytes(63, 47))
    yield with_slots
    with_slots.close()


def file(width: int = SIZE[0], height: int = SIZE[1], *options: int) -> bytes:
    """A picture that is blue on the left and red on the right."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2, 0] = pixels[:, width // 2 :, 2] = 200
    data: bytes = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, 90, *options])[1].tobytes()
    return data


def attach(store: PictureStore, segment: Segment) -> Attachment:
    """Map what the segment offers."""
    offer = segment.offer()
    assert offer is not None
    found = store.attach(Attach("a", 1, (offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes)))
    assert isinstance(found, Attachment)
    return found


def test_a_file_is_decoded_to_planes(made: Store) -> None:
    """Y, Cb and Cr of the stream's picture size in limited range, once."""
    made.keep(0, file())
    picture = made.store.take("a", 0)
    assert picture is not None
    assert (picture.width, picture.height, picture.i420.shape) == (126, 94, (ROWS, COLUMNS))
    blue, red = 16 + 0.098 * 200, 16 + 0.257 * 200
    luma = picture.i420[: SIZE[1]]
    assert luma[:, :20].mean() == pytest.approx(blue, abs=2)
    assert luma[:, -20:].mean() == pytest.approx(red, abs=2)
    cb = picture.i420[SIZE[1] :].reshape(2, -1, SIZE[0] // 2)[0]
    assert cb[:, :10].mean() == pytest.approx(128 + 0.439 * 200, abs=2)
    assert made.store.take("a", 0) is None
    assert made.damaged == 0


@pytest.mark.parametrize(
    "data",
    [b"\xff\xd8 nothing", file()[:400], file(640, 480), file(*SIZE, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)],
    ids=["no file", "torn", "larger", "many scans"],
)
def test_what_cannot_be_decoded_is_told(made: Store, data: bytes) -> None:
    """Its frame is drawn without."""
    made.keep(0, data)
    assert made.store.take("a", 0) is None
    assert made.damaged == 1


def test_turned_by_nobody(made: Store) -> None:
    """An orientation in the file's metadata says nothing here: pictures are sent as a person sees them."""
    data = file()
    turned = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    exif = b"Exif\0\0" + turned
    made.keep(0, data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    picture = made.store.take("a", 0)
    assert picture is not None
    assert picture.i420.shape == (ROWS, COLUMNS)


def test_a_slot_is_read_where_it_lies(made: Store, segment: Segment) -> None:
    """Without a copy, in the rows of a picture."""
    found = attach(made.store, segment)
    assert found.token == segment.token
    made.keep(0, slot=1)
    segment.pixels(1)[:] = np.arange(segment.slot_bytes) % 251
    picture = made.store.take("a", 0)
    assert picture is not None
    assert picture.i420.shape == (ROWS, COLUMNS)
    assert (picture.i420.reshape(-1) == segment.pixels(1)).all()
    segment.pixels(1)[:] = 7
    assert (picture.i420 == 7).all()


def test_memory_outlives_the_next_producer_s(made: Store, segment: Segment) -> None:
    """What was emitted is drawn from where it was; what was not is void."""
    attach(made.store, segment)
    segment.pixels(0)[:] = 5
    made.keep(0, slot=0)
    made.keep(1, slot=1)
    made.store.begin(HEADER, 1)
    segment.close()
    assert made.store.take("a", 1) is None
    picture = made.store.take("a", 0)
    assert picture is not None
    assert (picture.i420 == 5).all()


def test_a_segment_out_of_reach_is_a_phrase(made: Store, segment: Segment) -> None:
    """For people; an earlier one is in use no more."""
    attach(made.store, segment)
    assert "contradicts itself" in str(made.store.attach(Attach("a", 1, (1, 3, 4096, 4, 24))))
    with pytest.raises(AssertionError):
        made.keep(0, slot=0)


def test_written_and_ended_frames_need_no_pictures(made: Store) -> None:
    """Whether or not anybody drew them."""
    for seq in range(4):
        made.keep(seq, file())
    made.store.written({"a": 2})
    assert len(made.store) == 2
    assert made.store.take("a", 1) is None
    assert made.store.take("a", 2) is not None
    made.store.forget("a")
    assert len(made.store) == 0
    assert made.store.take("a", 3) is made.store.take("b", 0) is None


def test_two_threads_share_it(made: Store) -> None:
    """One keeps, the other takes and forgets: each picture is given out once at most, none is lost."""
    frames, data, taken = 200, file(), list[int]()
    kept = threading.Semaphore(0)

    def draw() -> None:
        for seq in range(frames):
            assert kept.acquire(timeout=10)
            if made.store.take("a", seq) is not None:
                taken.append(seq)
            made.store.written({"a": seq + 1})

    sinks = threading.Thread(target=draw)
    sinks.start()
    for seq in range(frames):
        made.keep(seq, data)
        kept.release()
    sinks.join()
    assert taken == list(range(frames))
    assert len(made.store) == 0
