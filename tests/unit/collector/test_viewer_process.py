"""A viewer's process that does not do what it should; those that do are in tests/process."""

from __future__ import annotations

import queue
import threading
from pathlib import Path

import numpy as np
import pytest

from collector import viewer_process
from collector.seat import Seat, Taken
from collector.shown import Shown
from collector.viewer_process import ViewerProcess
from collector.viewers import Viewers
from common.actions import Notice
from common.errors import NetworkError, OutputError
from common.rows import Row, Status, StreamHeader

PATIENCE_S = 60.0
PREAMBLE = """
import socket, sys
from collector.viewer_link import message, receive
link = socket.socket(fileno=int(sys.argv[1]))
"""


@pytest.fixture
def child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ViewerProcess:
    """A viewer whose process runs `child.py`, which the test writes."""
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(viewer_process.__file__).parents[1]}")
    monkeypatch.setattr(viewer_process, "HUNG_S", 1.0)
    return ViewerProcess(
        what="the test",
        module="child",
        interval_s=0.0,
        watches_all=True,
        no_start=OutputError("no start", "leave it out"),
    )


def begin(child: ViewerProcess, folder: Path, program: str) -> None:
    """Run a program in its place."""
    (folder / "child.py").write_text(PREAMBLE + program)
    child.begin()


def test_a_child_that_ends_before_it_is_up_is_refused(child: ViewerProcess, tmp_path: Path) -> None:
    """With the words for it."""
    begin(child, tmp_path, "sys.exit(3)")
    with pytest.raises(OutputError, match="no start: leave it out"):
        child.is_up(PATIENCE_S)
    child.close()


def test_a_child_may_say_why_it_cannot_be(child: ViewerProcess, tmp_path: Path) -> None:
    """And which exit code that is."""
    begin(child, tmp_path, "link.sendall(message('failed', 'taken', 'name another', 'NETWORK'))")
    with pytest.raises(NetworkError, match="taken: name another"):
        child.is_up(PATIENCE_S)
    child.close()


@pytest.mark.parametrize("said", ["b'nonsense' * 9", "message('watch', [[]])", "message('up', 7)"])
def test_a_child_that_says_nonsense_is_ended(child: ViewerProcess, tmp_path: Path, said: str) -> None:
    """It reads what strangers send; and whoever waits for it need not wait any longer."""
    begin(child, tmp_path, f"link.sendall({said})\nwhile True: link.recv(1) or sys.exit(0)")
    with pytest.raises(OutputError, match="its process said what means nothing"):
        child.is_up(PATIENCE_S)
    child.close()


def test_a_child_that_takes_nothing_is_given_up(child: ViewerProcess, tmp_path: Path) -> None:
    """After a while, and with one warning; its process is gone."""
    begin(child, tmp_path, "link.sendall(message('up', 'here'))\nwhile receive(link, 1 << 24): pass")
    assert child.is_up(PATIENCE_S)
    assert child.place == "here"
    lost: queue.Queue[Notice] = queue.Queue()
    viewers = Viewers([child], lost.put)
    viewers.start()
    header = StreamHeader("a", 64, 48, 1, 1)  # type: ignore[arg-type] # fractions, both
    viewers.begin(header, {})
    viewers.show(Row("a", 0, 0, Status.OK), lambda: np.zeros((72, 64), np.uint8))
    assert "has not taken a picture for 1 s" in lost.get(timeout=PATIENCE_S).text
    viewers.close()
    assert lost.empty()
    assert child._child is not None
    assert child._child.poll() is not None


def test_a_child_that_ends_between_two_pictures_is_missed_at_the_next(
    child: ViewerProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once: nobody waits for a picture to be taken that nobody can take."""
    monkeypatch.setattr(viewer_process, "HUNG_S", 10 * PATIENCE_S)
    begin(child, tmp_path, "link.sendall(message('up', ''))")
    assert child.is_up(PATIENCE_S)

    class SeatOfOneGone(Seat):
        def take(self, within_s: float) -> Taken:
            """Give a picture when its process has ended, and that was heard."""
            assert child._over.wait(PATIENCE_S), within_s
            return Taken(Shown("a", 5, 64, 48, np.zeros((72, 64), np.uint8)), None)

    failures: queue.Queue[str] = queue.Queue()

    def attend() -> None:
        try:
            child.attend(SeatOfOneGone(0.0, watches_all=True))
        except OutputError as error:
            failures.put(str(error))

    threading.Thread(target=attend, daemon=True).start()
    assert failures.get(timeout=PATIENCE_S) == "its process ended with exit code 0"
    child.close()


def test_a_picture_arrives_whole(child: ViewerProcess, tmp_path: Path) -> None:
    """Larger than what a socket holds."""
    program = """
link.sendall(message('up', ''))
while (heard := receive(link, 1 << 24)) is not None:
    word, fields, pixels = heard
    assert (word, fields[:2], sum(pixels)) == ('picture', ['a', 5], 1080 * 3 // 2 * 1920 * 7)
    link.sendall(message('closed'))
"""
    begin(child, tmp_path, program)
    assert child.is_up(PATIENCE_S)
    seat = Seat(0.0, watches_all=True)
    seat.put(Shown("a", 5, 1920, 1080, np.full((1620, 1920), 7, np.uint8)), 0.0)
    child.attend(seat)  # until it says that it was closed
    child.close()
