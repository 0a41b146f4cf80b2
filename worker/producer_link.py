"""One producer as the worker sees it: its session, its job, its shared memory, and what it was told last.

What this file does not know: other producers, engines' phases, frames.
"""

from __future__ import annotations

from common import limits
from common.actions import Send
from common.address import advertised
from common.errors import ModelError
from common.exits import Exit
from common.job import JobDocument, parse_job
from common.jpeg import GREY, HEAD_MAX_BYTES, jpeg_size
from common.messages import RAW, Credit, Done, Fault, Hello, ShmOfferFields, Welcome, WorkItem
from worker.link import Link


class ProducerLink(Link):
    """The link to one producer.

    Args:
        name: of the link.
        address: where the producer is.
        hello: what to say.
        now: seconds.

    Attributes:
        job: what it wants computed; None while there is no session.
        collector: the link that takes its results; empty where it named none.
        token: what was read from its segment; empty where that is not shared.
        patience_s: how long news of its frames may wait for company.
        ended: the exit code that this link contributes, None while it may still bring work.
        reason: why it ended, for people.
    """

    def __init__(self, name: str, address: str, hello: Hello, now: float) -> None:
        super().__init__("producer", name, address, hello, now)
        self.job: JobDocument | None = None
        self.collector = ""
        self.token = b""
        self.patience_s = 0.0
        self.ended: Exit | None = None
        self.reason = ""
        self._input_bytes = 0
        self._slots = 0
        self._announced: tuple[str, int, bytes] | None = None
        self._credit_at = now
        self._unsaid: list[Done | Fault] = []
        self._retry_at = float("inf")

    @property
    def is_open(self) -> bool:
        """Whether there is a session whose job is known."""
        return self.job is not None and self.dialer.session.is_open

    @property
    def digest(self) -> bytes:
        """Its job's digest, empty while there is none."""
        return self.job.digest if self.job is not None else b""

    def admitted(self, job: JobDocument, collector: str, patience_s: float = 0.0) -> None:
        """Begin a session."""
        self.close()
        self.answered()
        self.job, self.collector, self.patience_s = job, collector, patience_s
        self._input_bytes = job.input.nbytes

    def close(self) -> None:
        """Forget what belonged to a session."""
        self.job, self.collector, self.token = None, "", b""
        self._slots = 0
        self._announced = None
        self._unsaid.clear()
        self._retry_at = float("inf")

    def fits(self, offer: ShmOfferFields) -> bool:
        """Say whether the job's frames fit into an offered segment; if so its slots may be named from now on."""
        _, _, _, slots, slot_bytes = offer
        if slot_bytes < self._input_bytes:
            return False
        self._slots = slots
        return True

    def fault(self, work: WorkItem, payload: memoryview | None) -> str:
        """Say what is wrong with a frame; empty where it can be inferred."""
        if work.slot < 0:
            return "" if payload is not None and self._holds(work.form, payload) else "work_size"
        if payload is not None:
            return "work_payload"
        return "" if self.token and work.slot < self._slots else "work_slot"

    def _holds(self, form: int, payload: memoryview) -> bool:
        """Whether inline pixels are the job's, as far as that can be told before they are decoded."""
        if form == RAW:
            return payload.nbytes == self._input_bytes
        assert self.job is not None, self
        spec = self.job.input
        head = bytes(payload[:HEAD_MAX_BYTES])
        return spec.pixels == "i420" and jpeg_size(head, GREY) == (spec.width, spec.height * 3 // 2)

    def announce(self, state: str, capacity: int, held: int, now: float) -> list[Send]:
        """Return the credit to send: when it changed, and each `HEARTBEAT_S`."""
        news = (state, capacity, self.token)
        if news == self._announced and now < self._credit_at:
            return []
        self._announced = news
        self._credit_at = now + limits.HEARTBEAT_S
        return [self.dialer.send(Credit(self.dialer.id, state, capacity, held, self.token), now)]

    def is_sated(self, held: int) -> bool:
        """Whether so many frames are all that it was asked for."""
        return self._announced is not None and held >= self._announced[1]

    def not_said(self, message: Done | Fault, now: float) -> float:
        """Keep what the producer must know until its queue has room; return when to say it again."""
        if message.session == self.dialer.id:
            self._unsaid.append(message)
            self._retry_at = now + limits.HELLO_RETRY_S
        return self._retry_at

    def say_again(self, now: float) -> list[Send]:
        """Return what could not be said before, when it is time to try."""
        if now < self._retry_at:
            return []
        unsaid, self._unsaid, self._retry_at = self._unsaid, [], float("inf")
        return [self.dialer.send(message, now) for message in unsaid]

    def deadline(self) -> float:
        """When this link next wants a look."""
        due = super().deadline()
        return min(due, self._credit_at, self._retry_at) if self.is_open else due

    def check(self) -> None:
        """Assert the invariants: nothing outlives the session, nothing is said after the end."""
        assert self.job is None or self.dialer.is_open, self
        assert self.job is not None or not (self.token or self.collector or self._unsaid), self
        assert self.ended is None or not self.dialer.is_open, self
        assert self._announced is None or self._announced[1] <= limits.CREDITS_MAX, self


def read_welcome(welcome: Welcome, payload: memoryview | None, reached: str) -> tuple[JobDocument, str]:
    """Return the job that a producer offers, and where its collector is from here (empty where it names none).

    Args:
        welcome: the message.
        payload: the job document.
        reached: the producer's address; its host stands for a collector that the producer knows as its own machine.

    Raises:
        ModelError: there is no job document, or not the one that the digest names.
        NetworkError: the collector's address is none.
    """
    job = parse_job(bytes(payload or b""))
    if job.digest != welcome.job:
        raise ModelError("the job document is not the one that its digest names")
    return job, advertised(welcome.collector, reached) if welcome.collector else ""
