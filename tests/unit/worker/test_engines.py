"""A job's way into an engine, without a core around it."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.unit.worker.playbook import JOB, JOB_WITH_FILE, MODEL, SHA, job
from worker.actions import Action, Load, Prepare, Store, Unload
from worker.engines import Engines

JOBS = (JOB, JOB_WITH_FILE, job(threshold=0.25))


def test_a_job_that_is_here_is_not_prepared_again() -> None:
    """The second producer with it finds it in whatever phase it is."""
    engines = Engines()
    assert engines.want(JOB, set()) == [Prepare(JOB.digest, JOB)]
    assert engines.want(JOB, set()) == []


def test_a_job_that_a_thread_is_busy_with_is_not_unloaded() -> None:
    """It goes when the next job comes after it is ready."""
    engines = Engines()
    engines.want(JOB, set())
    assert engines.want(JOB_WITH_FILE, set()) == [Prepare(JOB_WITH_FILE.digest, JOB_WITH_FILE)]
    engines.prepared(JOB.digest, ())
    engines.loaded(JOB.digest, 2, 2)
    assert engines.want(JOBS[2], {JOB_WITH_FILE.digest})[0] == Unload(JOB.digest)


def test_a_failed_job_is_tried_again_with_the_next_producer() -> None:
    """What was wrong may have been mended."""
    engines = Engines()
    engines.want(JOB, set())
    engines.failed(JOB.digest)
    assert engines.want(JOB, set()) == [Prepare(JOB.digest, JOB)]


class EngineMachine(RuleBasedStateMachine):
    """Events in any order, also late and repeated ones: each phase keeps what belongs to it, nothing is done twice."""

    def __init__(self) -> None:
        super().__init__()
        self.engines = Engines()
        self.loads = dict.fromkeys((document.digest for document in JOBS), 0)
        self.prepares = dict(self.loads)

    @rule(index=st.integers(0, 2), used=st.sets(st.integers(0, 2)))
    def want(self, index: int, used: set[int]) -> None:
        """A producer comes with a job while some are in use."""
        in_use = {JOBS[other].digest for other in used}
        for action in self.engines.want(JOBS[index], in_use):
            assert isinstance(action, Prepare | Unload)
            if isinstance(action, Unload):
                assert action.digest not in in_use
            else:
                self.prepares[action.digest] += 1

    @rule(index=st.integers(0, 2), missing=st.booleans())
    def prepared(self, index: int, *, missing: bool) -> None:
        """The edge looked into its cache."""
        self._count(self.engines.prepared(JOBS[index].digest, ((SHA, len(MODEL)),) if missing else ()))

    @rule(index=st.integers(0, 2), offset=st.sampled_from([0, 5]), length=st.sampled_from([5, len(MODEL) - 5]))
    def chunk(self, index: int, offset: int, length: int) -> None:
        """A piece arrives."""
        for action in self.engines.chunk(JOBS[index].digest, SHA, offset, memoryview(MODEL)[offset : offset + length]):
            assert isinstance(action, Store)
            assert action.size == len(MODEL)

    @rule(index=st.integers(0, 2), ok=st.booleans())
    def stored(self, index: int, *, ok: bool) -> None:
        """The edge found the file right or wrong."""
        self._count(self.engines.stored(JOBS[index].digest, SHA, ok=ok))
        if self.engines.is_hopeless(JOBS[index].digest):
            self.engines.failed(JOBS[index].digest)

    @rule(index=st.integers(0, 2), requests=st.integers(1, 4))
    def loaded(self, index: int, requests: int) -> None:
        """An engine is there."""
        self.engines.loaded(JOBS[index].digest, requests, requests + 3)

    @rule(index=st.integers(0, 2))
    def failed(self, index: int) -> None:
        """An engine is not to be had."""
        self.engines.failed(JOBS[index].digest)

    @invariant()
    def phases_are_sound(self) -> None:
        """A job is loaded at most as often as it was taken on, and not before."""
        self.engines.check()
        assert all(self.loads[digest] <= self.prepares[digest] for digest in self.loads)

    def _count(self, actions: list[Action]) -> None:
        for action in actions:
            assert isinstance(action, Load)
            self.loads[action.digest] += 1


TestEngineMachine = EngineMachine.TestCase
TestEngineMachine.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
