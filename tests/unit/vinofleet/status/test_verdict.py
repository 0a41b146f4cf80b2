"""What answers come to, by exit code, and the line that says why."""

from __future__ import annotations

import pytest

from common.exits import Exit
from common.inquiries import Document
from tests.unit.vinofleet.status import documents
from vinofleet.status.answer import Answer
from vinofleet.status.verdict import verdict, why_not

READY = documents.producer()
UNSTAFFED = documents.producer(staffed=False)


def judge(*found: Document | None, worker: str = "", live: bool = False) -> tuple[Exit, str]:
    """The verdict over these answers."""
    answers = [Answer("tcp://127.0.0.1:9" if one is None else one["address"], one) for one in found]
    return tuple(verdict(answers, worker, 2.0, live=live))  # type: ignore[return-value]


def test_who_is_ready_is_well() -> None:
    """One, or all of them."""
    assert judge(READY) == judge(READY, documents.collector()) == (Exit.OK, "")


def test_who_is_not_ready_says_what_it_lacks() -> None:
    """With a code of its own; being alive is enough where that is asked."""
    text = "producer tcp://127.0.0.1:5555 is not ready: it waits for a worker that is ready"
    assert judge(documents.collector(), UNSTAFFED) == (Exit.NOT_READY, text)
    assert judge(documents.collector(), UNSTAFFED, live=True) == (Exit.OK, "")


@pytest.mark.parametrize(
    ("document", "words"),
    [
        (documents.collector(fed=False), "it waits for a producer"),
        (documents.collector(state="full"), "it waits for room on a disk"),
        (documents.collector(state="slow", fed=False), "it waits for a producer and an output that takes its rows"),
        ({**READY, "phase": "draining"}, "it is draining"),
        ({**READY, "waits_for": ["something new"]}, "it waits for something new"),
    ],
)
def test_each_lack_has_words(document: Document, words: str) -> None:
    """Also one that a later version has."""
    assert why_not(document) == words


@pytest.mark.parametrize("live", [False, True])
def test_who_does_not_answer_is_not_alive(*, live: bool) -> None:
    """Whoever else does."""
    text = "nobody answers at tcp://127.0.0.1:9 within 2 s: start it, or check the address"
    assert judge(UNSTAFFED, None, live=live) == (Exit.TIMEOUT, text)


def test_who_speaks_another_protocol_refuses() -> None:
    """In its own words."""
    found = verdict([Answer("tcp://127.0.0.1:9", refusal="this producer speaks protocol 5")], "", 2.0, live=True)
    assert found == (Exit.REFUSED, "tcp://127.0.0.1:9 does not answer: this producer speaks protocol 5")


def test_a_worker_is_ready_where_its_producer_says_so() -> None:
    """A collector knows only that it is there."""
    assert judge(documents.producer(worker="w"), worker="w") == (Exit.OK, "")
    assert judge(documents.collector(worker="w"), worker="w") == (Exit.OK, "")
    loading = documents.producer(worker="w")
    loading["workers"][0]["state"] = "loading"
    found = judge(documents.collector(worker="w"), loading, worker="w")
    assert found == (Exit.NOT_READY, "worker w is not ready: it is loading")
    assert judge(loading, worker="w", live=True) == (Exit.OK, "")
    assert judge(loading, documents.producer(worker="w"), worker="w") == (Exit.OK, "")


def test_a_worker_that_nobody_knows_is_not_alive() -> None:
    """Though its producer is."""
    code, text = judge(documents.producer(worker="v"), worker="v", live=True)
    assert code is Exit.TIMEOUT
    assert text == "worker v is not connected to tcp://127.0.0.1:5555: start it, or check its name"
