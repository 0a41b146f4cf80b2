"""Tests of producer.decoder: processes that say what they are told to, and one that is the real thing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from common.errors import InputError
from common.shm import Segment
from producer.child_words import Broken, Ended, Opened, Skipped
from producer.decoder import Decoder, Picture, Request, opened

REQUEST: Final = Request("remote", "http://nowhere", "s")
LONG_S: Final = 60.0
OWN: Final = Path("/proc/self/fd")
OPENED: Final = {"opened": [64, 48, [1, 25], [25, 1], 10, False, True]}

SCRIPT: Final = """
import socket, sys, os, signal
theirs = socket.socket(fileno=int(sys.argv[1]))
def say(words): theirs.sendall(words)
def heard(): return lines.readline()
lines = theirs.makefile("rb")
heard()
{}
"""
"""What every such process begins with: it hears its request."""

Starter = Callable[..., Decoder]


@pytest.fixture
def starts() -> Iterator[Starter]:
    """Starts a process that runs these lines; it is closed in the end."""
    with ExitStack() as left:

        def start(*lines: str) -> Decoder:
            command = [sys.executable, "-S", "-c", SCRIPT.format("\n".join(lines))]
            return left.enter_context(closing(Decoder(REQUEST, command)))

        yield start


def line(**words: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """The statement by which a process says something."""
    told = json.dumps(words).encode() + b"\n"
    return f"say({told!r})"


def test_words_come_in_order(starts: Starter) -> None:
    """However they are cut into pieces; at its end it is broken, again and again."""
    decoder = starts(line(**OPENED), "say(b'{\"skip')", "say(b'ped\": []}\\n')", line(ended=["complete", ""]))
    heard = [decoder.hear(LONG_S) for _ in range(5)]
    assert [type(one) for one in heard] == [Opened, Skipped, Ended, Broken, Broken]
    assert heard[-1] == Broken("its decoder has ended")


def test_silence_is_none(starts: Starter) -> None:
    """After the time-out, also in the middle of a word; and closing leaves nothing of it."""
    decoder = starts("say(b'{\"skip')", "signal.pause()")
    assert decoder.hear(0.05) is None
    assert decoder.hear(0.05) is None
    with pytest.raises(InputError, match=r"door gave no picture for 0\.05 s"):
        opened(decoder, 0.05, "door")
    decoder.close()
    assert isinstance(decoder.hear(None), Broken)


def test_a_death_has_a_name(starts: Starter) -> None:
    """So that a crash of a codec can be told from an end."""
    assert starts("os.kill(os.getpid(), signal.SIGSEGV)").hear(LONG_S) == Broken("its decoder died (SIGSEGV)")


@pytest.mark.parametrize(
    "words",
    [
        line(frame=[0, 0, 64, 48, 0]),  # there is no ring
        line(ring=[0, 1, 1, 4096, 1, 1]),  # which is not there
        "say(b'\\n')",
        "say(b'x' * 100_000)",
    ],
)
def test_nonsense_ends_it(starts: Starter, words: str) -> None:
    """It is killed, or what it offers is refused; whoever hears is told in words."""
    decoder = starts(words, "signal.pause()")
    heard = decoder.hear(LONG_S)
    assert isinstance(heard, Broken)
    assert "means nothing" in heard.reason or "cannot be read" in heard.reason


def test_what_could_not_be_opened_is_said(starts: Starter) -> None:
    """In its own words."""
    with pytest.raises(InputError, match="it is not there: look for it"):
        opened(starts(line(broken=["it is not there", "look for it"])), LONG_S, "door")


def test_pixels_follow_where_memory_is_not_shared(starts: Starter) -> None:
    """As many bytes as the frame has."""
    decoder = starts(line(frame=[-1, 7, 4, 2, 900]), f"say(bytes(range({4 * 2 * 3 // 2})))", line(skipped=[]))
    heard = decoder.hear(LONG_S)
    assert isinstance(heard, Picture)
    assert heard.pixels.tolist() == list(range(12))
    assert heard[:4] == (7, 4, 2, 900)
    assert decoder.hear(LONG_S) == Skipped()


def test_a_slot_is_free_when_nobody_has_its_frame(starts: Starter) -> None:
    """All are when the ring is mapped; then each with the last reference to its frame, whatever else is held."""
    ring = Segment.create(2, 12)
    offer = ring.offer()
    if offer is None:
        pytest.skip("this system cannot share memory by descriptor")
    ring.pixels(1)[:] = 9
    decoder = starts(
        line(ring=[6, offer.pid, offer.fd, offer.size, offer.slots, offer.slot_bytes]),
        line(frame=[7, 0, 4, 2, 0]),
        "freed = [heard() for _ in range(3)]",
        "say(b'{\"broken\": [\"' + b' '.join(freed).replace(b'\\n', b'').replace(b'\"', b'') + b'\", \"\"]}\\n')",
    )
    heard = decoder.hear(LONG_S)
    assert isinstance(heard, Picture)
    view = heard.pixels.reshape(2, 6)
    assert np.all(view == 9)
    del view, heard
    ring.close()
    assert decoder.hear(LONG_S) == Broken("{free: 6} {free: 7} {free: 7}")


@pytest.mark.skipif(not OWN.is_dir(), reason="there is no /proc to count descriptors in")
def test_no_process_can_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without room for one is not a defect, and no descriptor is left."""

    def refuse(*_: object, **__: object) -> None:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr("subprocess.Popen", refuse)
    before = list(OWN.iterdir())
    with pytest.raises(InputError, match="no process can be started"):
        Decoder(REQUEST)
    assert len(list(OWN.iterdir())) == len(before)
