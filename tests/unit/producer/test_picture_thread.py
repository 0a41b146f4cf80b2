"""Memory for originals, and their files, from a thread."""

from __future__ import annotations

from queue import SimpleQueue

import pytest

from common import limits, shm
from producer.actions import MakePictures
from producer.picture_memory import PictureMemory
from producer.picture_thread import PictureEncoded, PictureEvent, PicturesMade, PictureThread

DEADLINE_S = 30.0
WANTED = MakePictures("a", 4, 2, 64, 48)


def test_pictures_are_encoded_in_the_order_asked_for() -> None:
    """From the slot of each."""
    events: SimpleQueue[PictureEvent] = SimpleQueue()
    thread = PictureThread(events.put)
    thread.make(WANTED)
    made = events.get(timeout=DEADLINE_S)
    assert isinstance(made, PicturesMade)
    assert made.stream == "a"
    assert isinstance(made.memory, PictureMemory)
    made.memory.pixels(5)[:] = 90
    thread.encode("a", 1, made.memory, 5)
    thread.encode("a", 0, made.memory, 4)
    encoded = [events.get(timeout=DEADLINE_S) for _ in range(2)]
    assert [event[:2] for event in encoded] == [("a", 1), ("a", 0)]
    files = [event.data for event in encoded if isinstance(event, PictureEncoded) and not event.error]
    assert [file[:2] for file in files] == [b"\xff\xd8"] * 2
    assert files[0] != files[1]
    thread.close()


def test_memory_that_is_not_there_is_said_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be done about it."""
    monkeypatch.setattr(shm, "_available_bytes", lambda: 1000)
    events: SimpleQueue[PictureEvent] = SimpleQueue()
    thread = PictureThread(events.put)
    thread.make(WANTED)
    text = "its pictures cannot be kept, 0 MB for 2 frames in flight cannot be reserved: give a smaller --window"
    assert events.get(timeout=DEADLINE_S) == PicturesMade("a", text)
    thread.close()


@pytest.mark.parametrize("error", [MemoryError(), ImportError("libGL.so.1: cannot open shared object file")])
def test_whatever_fails_is_answered(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread lives on, and people are told."""

    def fail(*_: object) -> None:
        raise error

    memory = PictureMemory(WANTED)
    monkeypatch.setattr(PictureMemory, "pixels", fail)
    monkeypatch.setattr("producer.picture_memory.Segment.create", fail)
    events: SimpleQueue[PictureEvent] = SimpleQueue()
    thread = PictureThread(events.put)
    thread.encode("a", 3, memory, 4)
    thread.make(WANTED)
    text = f"({type(error).__name__}: {error})"
    assert events.get(timeout=DEADLINE_S) == PictureEncoded("a", 3, b"", f"encoding failed {text}")
    assert events.get(timeout=DEADLINE_S) == PicturesMade("a", f"its pictures cannot be kept {text}")
    thread.close()


def test_a_picture_that_cannot_be_encoded_is_answered_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """Or its frame would wait for it for ever."""
    monkeypatch.setattr(limits, "PICTURE_MAX_BYTES", 100)
    events: SimpleQueue[PictureEvent] = SimpleQueue()
    thread = PictureThread(events.put)
    thread.encode("a", 3, PictureMemory(WANTED), 4)
    error = "no JPEG of up to 100 bytes can be made of it"
    assert events.get(timeout=DEADLINE_S) == PictureEncoded("a", 3, b"", error)
    thread.close()
