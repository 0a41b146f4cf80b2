"""What a person sees of an answer."""

from __future__ import annotations

from tests.unit.vinofleet.status import documents
from vinofleet.status.answer import Answer
from vinofleet.status.lines import answer_lines


def shown(document: dict[str, object]) -> str:
    """The lines as one text."""
    return "\n".join(answer_lines(Answer(str(document["address"]), document)))


def test_a_producer_in_words() -> None:
    """Whether it is ready, what is under way, and who does it."""
    text = shown(documents.producer())
    assert text.splitlines()[0] == "producer tcp://127.0.0.1:5555"
    assert "  ready; up 0.2 s, pid 0 on , vinofleet" in text
    assert "captured 6, settled 0: 2 queued, 4 leased" in text
    assert "6/100" in text
    assert "4/4" in text


def test_a_producer_that_lacks_somebody_says_so_first() -> None:
    """That is what people look for."""
    text = shown(documents.producer(staffed=False))
    assert "not ready: it waits for a worker that is ready" in text
    assert "worker  " not in text


def test_a_line_that_would_be_too_long_is_two() -> None:
    """What it waits for and which process it is are worth more than a line."""
    document = documents.producer(staffed=False)
    text = shown(document | {"version": "0.1.0", "up_s": 1390.0, "host": "a-machine-of-some-name"})
    lines = text.splitlines()[1:3]
    assert lines == [
        "  not ready: it waits for a worker that is ready",
        "  up 23 min 10 s, pid 0 on a-machine-of-some-name, vinofleet 0.1.0",
    ]


def test_a_collector_in_words() -> None:
    """With a disk that is full."""
    text = shown(documents.collector(state="full"))
    assert "not ready: it waits for room on a disk" in text
    assert "the disk has been full for 0.2 s" in text
    assert "written 0: 2 to be written, 1 not in order yet" in text
    assert "cam" in text


def test_outputs_are_named() -> None:
    """As the user did."""
    document = documents.collector()
    document["outputs"] = ["out.jsonl", "out.mp4"]
    assert "  writes out.jsonl, out.mp4" in shown(document)


def test_who_does_not_answer_is_one_line() -> None:
    """As is who refuses."""
    assert answer_lines(Answer("tcp://127.0.0.1:9")) == ["tcp://127.0.0.1:9: nobody answers"]
    assert answer_lines(Answer("tcp://127.0.0.1:9", refusal="no")) == ["tcp://127.0.0.1:9: no"]
