"""The frames a worker holds."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from common.messages import WorkItem
from worker.held import Frame, Held

DIGESTS = (b"x" * 32, b"y" * 32)
ROOM = {DIGESTS[0]: 2, DIGESTS[1]: 1}


def _frame(link: int, seq: int, attempt: int = 0, *, alone: bool = False) -> Frame:
    """Return a frame of producer 0, 1 or 2; the first two have the same job."""
    work = WorkItem("s", 1, seq, attempt, seq, 8, 4, -1, 0, alone)
    return Frame(link + 1, work, f"producer:{link}", "collector", DIGESTS[link // 2], None, 0.0)


def test_frames_of_one_producer_start_in_order() -> None:
    """First come, first served."""
    held = Held()
    for seq in (3, 1, 2):
        held.add(_frame(0, seq))
    started = [held.start(lambda _: True, 0.0) for _ in range(3)]
    assert [frame.work.seq for found in started if found is not None for frame in found[1:]] == [3, 1, 2]
    assert held.start(lambda _: True, 0.0) is None


def test_a_job_without_room_does_not_keep_another_from_starting() -> None:
    """Each job has an engine of its own."""
    held = Held()
    held.add(_frame(0, 0))
    held.add(_frame(2, 0))
    found = held.start(lambda digest: digest == DIGESTS[1], 0.0)
    assert found is not None
    assert found[1].link == "producer:2"


def test_the_oldest_start_is_that_of_the_longest_running() -> None:
    """Infinite while nothing runs."""
    held = Held()
    assert held.oldest_start() == float("inf")
    held.add(_frame(0, 0))
    held.add(_frame(0, 1))
    tokens = [found[0] for at in (5.0, 6.0) if (found := held.start(lambda _: True, at)) is not None]
    assert held.oldest_start() == 5.0
    held.finish(tokens[0])
    assert held.oldest_start() == 6.0


class HeldMachine(RuleBasedStateMachine):
    """Held against a model of it: a list that waits for each producer, and a table of what runs."""

    def __init__(self) -> None:
        super().__init__()
        self.held = Held()
        self.waiting: dict[str, list[Frame]] = {f"producer:{link}": [] for link in range(3)}
        self.running: dict[int, Frame] = {}
        self.now = 0.0

    def _has_room(self, digest: bytes) -> bool:
        return sum(frame.digest == digest for frame in self.running.values()) < ROOM[digest]

    @rule(link=st.integers(0, 2), seq=st.integers(0, 5), attempt=st.integers(0, 1))
    def add(self, link: int, seq: int, attempt: int) -> None:
        """An attempt that is held is refused, any other is queued."""
        frame = _frame(link, seq, attempt)
        everything = [*self.running.values(), *(frame for queue in self.waiting.values() for frame in queue)]
        known = any(other.attempt == frame.attempt for other in everything)
        assert self.held.add(frame) is not known
        if not known:
            self.waiting[frame.link].append(frame)

    @rule()
    def start(self) -> None:
        """A frame starts if there is one with room; it is its producer's first."""
        self.now += 1.0
        found = self.held.start(self._has_room, self.now)
        able = {link for link, queue in self.waiting.items() if queue and self._has_room(queue[0].digest)}
        assert (found is not None) == bool(able)
        if found is not None:
            token, frame = found
            assert token not in self.running
            assert frame.link in able
            assert self.waiting[frame.link].pop(0) is frame
            self.running[token] = frame

    @rule(pick=st.integers(0, 10))
    def finish(self, pick: int) -> None:
        """A running token gives its frame, once; any other gives nothing."""
        token = sorted(self.running)[pick % len(self.running)] if self.running else 10_000
        assert self.held.finish(token) is self.running.pop(token, None)
        assert self.held.finish(token) is None

    @rule(link=st.integers(0, 2))
    def drop(self, link: int) -> None:
        """What waits of one producer goes."""
        name = f"producer:{link}"
        assert self.held.drop_queued(name) == self.waiting[name]
        self.waiting[name] = []

    @invariant()
    def counts_agree(self) -> None:
        """Every count is that of the model."""
        self.held.check()
        waiting = sum(map(len, self.waiting.values()))
        assert len(self.held) == waiting + len(self.running)
        assert list(self.held.running()) == list(self.running.values())
        for link in range(3):
            name = f"producer:{link}"
            count = len(self.waiting[name]) + sum(frame.link == name for frame in self.running.values())
            assert self.held.of(link + 1) == count


TestHeldMachine = HeldMachine.TestCase
TestHeldMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
