"""Answers as roles give them, made by their cores."""

from __future__ import annotations

import json

from common import limits
from common.actions import Send
from common.inquiries import Document
from common.messages import PROTOCOL, Ask
from tests.unit.collector import playbook as collecting
from tests.unit.producer import playbook as producing


def producer(address: str = "tcp://127.0.0.1:5555", worker: str = "", *, staffed: bool = True) -> Document:
    """One with frames under way, and a worker or none."""
    play = producing.opened()
    if staffed:
        play.join()
    play.capture(6)
    play.now += limits.STATUS_EVERY_S
    (send,) = play.worker(b"asker", Ask(PROTOCOL, 1, worker))
    return _read(send, address)


def collector(
    address: str = "tcp://127.0.0.1:5556", worker: str = "", *, fed: bool = True, state: str = "ok"
) -> Document:
    """One with a producer and a stream, or without; its outputs are in this state."""
    play = collecting.Play()
    if fed:
        play.open_stream(play.producer("cam"))
    play.worker("w").results(0, 1, 4)
    play.core.stalled(state, play.now)
    play.now += limits.STATUS_EVERY_S
    return _read(collecting.only(Send, play.receive(b"asker", Ask(PROTOCOL, 1, worker))), address)


def _read(send: object, address: str) -> Document:
    assert isinstance(send, Send)
    assert isinstance(send.payload, bytes)
    return {"address": address, **json.loads(send.payload)}
