"""What is asked, shown and judged; against producers and collectors that are one socket each."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import jsonschema
import pytest

from common.exits import Exit
from common.inquiries import Document
from common.messages import Ask, Refuse, Told
from common.wire import decode, encode
from common.zmq_transport import ZmqTransport
from tests.unit.vinofleet.status import documents
from vinofleet.schema import schema_text
from vinofleet.status import app
from vinofleet.status.app import StatusError, StatusOptions, show_status
from vinofleet.status.asker import Asker

PATIENCE_S = 20.0


class Somebody:
    """Listens at an address, and answers every other question, after one that is no answer."""

    def __init__(self, document: Document | None, refusal: str = "") -> None:
        self._document = document
        self._refusal = refusal
        self._transport = ZmqTransport()
        self._endpoint = self._transport.bind("tcp://127.0.0.1:*", max_message_bytes=5000, queue_messages=10)
        self.address = self._endpoint.address
        self.asked: list[Ask] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self) -> None:
        """Leave."""
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            self._transport.wait(0.02)
            while (inbound := self._endpoint.receive()) is not None:
                question = decode(inbound.header)
                assert isinstance(question, Ask)
                self.asked.append(question)
                if len(self.asked) % 2:
                    self._endpoint.send(inbound.peer, b"no message")
                    self._endpoint.send(inbound.peer, encode(Told(question.number)), b"{}")
                    self._endpoint.send(inbound.peer, encode(Told(question.number + 1)), self._payload())
                elif self._refusal:
                    self._endpoint.send(inbound.peer, encode(Refuse(0, "protocol", self._refusal)))
                else:
                    self._endpoint.send(inbound.peer, encode(Told(question.number)), self._payload())
        self._transport.close()

    def _payload(self) -> bytes:
        return json.dumps({key: item for key, item in (self._document or {}).items() if key != "address"}).encode()


@pytest.fixture
def people() -> Iterator[list[Somebody]]:
    """Whoever listens; all leave in the end."""
    here: list[Somebody] = []
    yield here
    for one in here:
        one.close()


def options(*targets: str, **others: Any) -> StatusOptions:  # noqa: ANN401 - options are of many kinds
    """Those of the command."""
    given: dict[str, Any] = {"worker": "", "live": False, "timeout": PATIENCE_S, "as_json": False, "watch": False}
    return StatusOptions(target=targets, **{**given, **others})


def test_everybody_is_asked_until_they_answer(people: list[Somebody], capsys: pytest.CaptureFixture[str]) -> None:
    """What is no answer, or one to an earlier question, is passed over."""
    people += [Somebody(documents.producer()), Somebody(documents.collector())]
    assert show_status(options(*(one.address for one in people))) is Exit.OK
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        f"producer {people[0].address}",
        f"collector {people[1].address}",
    ]


def test_json_is_what_the_schema_says(people: list[Somebody], capsys: pytest.CaptureFixture[str]) -> None:
    """One object a line, also for who does not answer; the code says so."""
    people.append(Somebody(documents.producer(staffed=False)))
    nowhere = "ipc://@vinofleet-nobody-listens-here"
    with pytest.raises(StatusError, match="nobody answers at ipc") as left:
        show_status(options(people[0].address, nowhere, as_json=True, timeout=1.0))
    assert left.value.exit_code is Exit.TIMEOUT
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for document in told:
        jsonschema.validate(document, json.loads(schema_text("status")))
    assert [(one["address"], one["role"]) for one in told] == [(people[0].address, "producer"), (nowhere, None)]


def test_what_is_shown_comes_before_the_verdict(people: list[Somebody], capsys: pytest.CaptureFixture[str]) -> None:
    """Who is not ready has been seen."""
    people.append(Somebody(documents.producer(staffed=False)))
    with pytest.raises(StatusError) as left:
        show_status(options(people[0].address))
    assert left.value.exit_code is Exit.NOT_READY
    assert "not ready: it waits for a worker" in capsys.readouterr().out
    assert show_status(options(people[0].address, live=True)) is Exit.OK


def test_a_refusal_is_passed_on(people: list[Somebody]) -> None:
    """A peer of another protocol says which it speaks."""
    people.append(Somebody(None, refusal="this producer speaks protocol 9"))
    with pytest.raises(StatusError, match="protocol 9") as left:
        show_status(options(people[0].address))
    assert left.value.exit_code is Exit.REFUSED


def test_the_worker_that_is_wanted_is_asked_for(people: list[Somebody]) -> None:
    """Whoever is asked need not tell of the others."""
    people.append(Somebody(documents.producer(worker="w")))
    assert show_status(options(people[0].address, worker="w")) is Exit.OK
    assert {question.worker for question in people[0].asked} == {"w"}


def test_nobody_to_ask_is_nobody_who_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """On this machine, or among what a process has started."""
    monkeypatch.setattr(app, "running_roles", list)
    with pytest.raises(StatusError, match="nobody of this user runs") as left:
        show_status(options())
    assert left.value.exit_code is Exit.TIMEOUT
    monkeypatch.setattr(app, "roles_of", lambda _: [])
    with pytest.raises(StatusError, match="process 17 listens nowhere"):
        show_status(options("17"))


def test_who_is_not_asked_any_more_is_let_go(people: list[Somebody]) -> None:
    """Who watches a machine for days sees many fleets; each connection costs a file."""
    people += [Somebody(documents.producer()), Somebody(documents.collector())]
    with closing(Asker()) as asker:
        for one in people:
            (answer,) = asker.ask([one.address], PATIENCE_S)
            assert answer.document is not None
            assert repr(asker) == f"Asker({[one.address]})"


class Watched:
    """Ends watching after so many rounds."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def wait(self, seconds: float) -> None:
        """Stand for the pause."""
        assert 0 <= seconds <= app.EVERY_S
        self.rounds -= 1
        if not self.rounds:
            raise KeyboardInterrupt


@pytest.mark.parametrize(("as_json", "tty"), [(False, False), (False, True), (True, True)])
def test_watching_goes_on_until_ctrl_c(
    people: list[Somebody],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    as_json: bool,
    tty: bool,
) -> None:
    """In place on a terminal, in blocks elsewhere, one object a line for programs; and that is no failure."""
    people.append(Somebody(documents.producer()))
    monkeypatch.setattr("vinofleet.status.app._pause", Watched(3).wait)
    monkeypatch.setattr("sys.stdout.isatty", lambda: tty)
    assert show_status(options(people[0].address, as_json=as_json, watch=True)) is Exit.OK
    text = capsys.readouterr().out
    if as_json:
        assert [json.loads(line)["role"] for line in text.splitlines()] == ["producer"] * 3
    else:
        assert text.count(f"producer {people[0].address}") == 3
        assert text.count("\x1b[H") == (3 if tty else 0)
