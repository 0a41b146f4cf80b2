"""The tap: every row that was flushed reaches the reader, and nobody else is held up by one that is gone."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from collector.picture import Picture
from collector.tap import ANNOTATED, ORIGINAL, TapSink
from common.rows import Row, Status, StreamHeader
from common.tap import ROWS
from vinofleet.api.receiver import accept, receive

HEADER = StreamHeader("a", 4, 2, Fraction(1, 10), Fraction(10))
FOUND = np.array([[0, 1, 2, 3, 0.5, 0]], np.float32)
PLANES = np.full((3, 4), 128, np.uint8)


@pytest.fixture
def control() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The reader's end, and the fleet's."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def opened(control: socket.socket, pictures: str | None = None) -> TapSink:
    """The tap of a collector process, with its stream open."""
    sink = TapSink(control.dup().detach(), pictures)
    sink.create()
    sink.open(HEADER, 1, ("person",))
    return sink


def ends(sink: TapSink) -> None:
    """The process ends."""
    sink.close()
    sink._control.close()


def give(sink: TapSink, *frames: int) -> None:
    """Rows, flushed."""
    for frame in frames:
        sink.take(Row("a", frame, frame, Status.OK, "", FOUND), PLANES)
    sink.flush()


def forget(report: dict[str, Any]) -> None:
    """Nobody wants it here."""
    del report


def test_rows_come_once_from_collectors_one_after_another(control: tuple[socket.socket, socket.socket]) -> None:
    """What a second one sends again is left out; a torn message comes again; the report comes last."""
    ours, theirs = control
    reports: list[object] = []
    first = opened(theirs)
    give(first, 5, 6, 7)
    assert first._rows is not None
    first._rows.send(b"\x10\0\0\0")
    ends(first)
    second = opened(theirs)
    give(second, 6, 7, 8)
    second.report({"frames": 4})
    ends(second)
    theirs.close()
    found = list(receive(ours, reports.append))
    assert [result.frame for result in found] == [5, 6, 7, 8]
    assert (found[0].pts, found[0].detections[0].label, reports) == (0.5, "person", [{"frames": 4}])


@pytest.mark.parametrize("pictures", [ORIGINAL, ANNOTATED])
def test_a_picture_is_that_of_its_row(control: tuple[socket.socket, socket.socket], pictures: str) -> None:
    """The original, where that is wanted and there is one; else the canvas."""
    ours, theirs = control
    sink = opened(theirs, pictures)
    sink.see(Row("a", 0, 0, Status.OK), Picture(4, 2, np.full((3, 4), 235, np.uint8)))
    give(sink, 0)
    sink.see(Row("a", 1, 1, Status.OK), None)
    give(sink, 1)
    ends(sink)
    theirs.close()
    shapes = [None if each.picture is None else each.picture.shape for each in receive(ours, forget)]
    assert shapes == [(2, 4, 3), None if pictures == ORIGINAL else (2, 4, 3)]


def test_a_reader_that_takes_its_time_is_waited_for(
    control: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And said to be, so that it is not taken for a disk that hangs."""
    monkeypatch.setattr("collector.tap.NAP_S", 0.01)
    ours, theirs = control
    sink = opened(theirs)
    waited = threading.Event()
    sink.on_waiting = waited.set
    writer = threading.Thread(target=give, args=(sink, *range(5000)))
    writer.start()
    assert waited.wait(60)
    assert writer.is_alive()
    received = receive(ours, forget)
    assert [next(received).frame for _ in range(5000)] == list(range(5000))
    writer.join()
    ends(sink)
    received.close()


def test_a_reader_that_is_gone_is_no_failure(control: tuple[socket.socket, socket.socket]) -> None:
    """Before the rows, and before the report."""
    ours, theirs = control
    sink = opened(theirs)
    handed = accept(ours)
    assert handed is not None
    assert handed[0] == ROWS
    assert not os.get_inheritable(handed[1])  # a program's other children have no part in it
    socket.socket(fileno=handed[1]).close()
    give(sink, *range(10))
    ours.close()
    sink.report({})
    ends(sink)
