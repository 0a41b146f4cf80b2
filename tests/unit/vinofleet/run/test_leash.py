"""A run ends with its reader."""

from __future__ import annotations

import os
import queue
import signal
import socket

import pytest

from vinofleet.run.leash import end_with_reader


@pytest.mark.parametrize("unread", [b"", b"?"])
def test_a_reader_that_is_gone_is_an_interrupt(monkeypatch: pytest.MonkeyPatch, unread: bytes) -> None:
    """As from outside; also where it left something unread."""
    sent: queue.SimpleQueue[tuple[int, int]] = queue.SimpleQueue()
    monkeypatch.setattr(os, "kill", lambda *arguments: sent.put(arguments))
    ours, theirs = socket.socketpair()
    with theirs:
        end_with_reader(theirs.fileno())
        theirs.sendall(unread)
        assert sent.empty()
        ours.close()
        assert sent.get(timeout=60) == (os.getpid(), signal.SIGTERM)
