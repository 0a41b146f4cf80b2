"""Who asks is answered, at a cost and of a size that no asker can raise."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from common import limits
from common.actions import Send
from common.inquiries import UNKNOWN, Inquiries, Standing, bounded
from common.messages import PROTOCOL, Ask, Told


class Desk:
    """An `Inquiries` whose documents are counted."""

    def __init__(self) -> None:
        self.inquiries = Inquiries("work")
        self.made: list[str] = []

    def ask(self, peer: bytes, now: float, worker: str = "", number: int = 7) -> list[Send]:
        """Ask over a connection."""
        return self.inquiries.answer(peer, Ask(PROTOCOL, number, worker), now, self._describe)

    def _describe(self, worker: str) -> bytes:
        self.made.append(worker)
        return b"%d" % len(self.made)


def test_a_question_is_answered_with_its_number() -> None:
    """So that whoever asks again knows which answer is the last."""
    assert Desk().ask(b"p", 1.0, number=9) == [Send("work", b"p", Told(9), b"1")]


def test_all_who_ask_at_the_same_time_get_the_same_answer() -> None:
    """It is made once; a moment later it is made anew."""
    desk = Desk()
    said = [desk.ask(peer, 1.0 + number / 1000) for number, peer in enumerate([b"p", b"q", b"r"])]
    assert [send.payload for sends in said for send in sends] == [b"1", b"1", b"1"]
    assert [send.payload for send in desk.ask(b"p", 1.0 + limits.STATUS_EVERY_S)] == [b"2"]


def test_a_connection_is_answered_once_in_a_while() -> None:
    """Who floods is not heard, and others are."""
    desk = Desk()
    assert [len(desk.ask(b"p", 1.0 + number / 1000)) for number in range(100)] == [1] + [0] * 99
    assert desk.ask(b"q", 1.1)
    assert desk.made == [""]


def test_no_more_than_so_many_connections_are_answered_in_that_time() -> None:
    """Nothing is kept of the others."""
    desk = Desk()
    answered = sum(len(desk.ask(b"%d" % number, 1.0, worker="w")) for number in range(10 * limits.ASKERS_MAX))
    assert answered == len(desk.made) == limits.ASKERS_MAX
    assert desk.ask(b"another", 1.0 + limits.STATUS_EVERY_S)


def test_an_answer_about_a_worker_is_its_own() -> None:
    """Who asks for all is not told of one."""
    desk = Desk()
    assert [
        send.payload for peer, worker in ((b"p", "a"), (b"q", ""), (b"r", "b")) for send in desk.ask(peer, 1.0, worker)
    ] == [
        b"1",
        b"2",
        b"3",
    ]
    assert desk.made == ["a", "", "b"]


def test_who_is_running_and_waits_for_nobody_is_ready() -> None:
    """And nobody else."""
    standings = [
        Standing("producer", bytes(16), UNKNOWN, 1.0, phase, waits_for)
        for phase in ("running", "draining")
        for waits_for in ((), ("worker",))
    ]
    assert [standing.document("")["ready"] for standing in standings] == [True, False, False, False]


ROWS = st.lists(
    st.dictionaries(st.sampled_from(("name", "text")), st.text(max_size=300)), max_size=limits.STATUS_ROWS_MAX
)


@given(ROWS, ROWS, st.integers(0, 900))
def test_whatever_there_is_to_tell_fits(
    streams: list[dict[str, str]], workers: list[dict[str, str]], more: int
) -> None:
    """The first of each list are told, and how many are not."""
    encoded = bounded(
        {"role": "producer", "streams": streams, "workers": workers},
        {"streams": len(streams) + more, "workers": len(workers)},
    )
    assert len(encoded) <= limits.STATUS_MAX_BYTES
    document: dict[str, Any] = json.loads(encoded)
    assert document["streams"] == streams[: len(document["streams"])]
    assert document["left_out"] == {
        "streams": len(streams) + more - len(document["streams"]),
        "workers": len(workers) - len(document["workers"]),
    }


def test_what_does_not_fit_is_halved_until_it_does() -> None:
    """128 entries of 4 kB are 16."""
    entries = [{"name": "n" * 4000} for _ in range(128)]
    document = json.loads(bounded({"workers": entries}, {"workers": 1000}))
    assert len(document["workers"]) == 16
    assert document["left_out"] == {"workers": 984}
