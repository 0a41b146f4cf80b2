"""The states in which a fault can have a process crash: by role and name, each as something that can be seen of it.

A predicate is asked after every call of the core, once what follows from the call was performed. `company` is what
makes a state likely that calm histories do not have. What this file does not know: how a crash is done.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from collector.streams import Phase as StreamPhase
from collector.streams import Stream as CollectorStream
from common.session import State as SessionState
from producer.departure import Phase
from producer.frames import FrameState
from worker.engines import Phase as EnginePhase

if TYPE_CHECKING:
    from tests.sim.collector_node import CollectorNode
    from tests.sim.producer_node import ProducerNode
    from tests.sim.worker_node import WorkerNode


class State(NamedTuple):
    """A state.

    Attributes:
        is_in: whether a node of the role is in it.
        company: faults that lead to it: the kind, the target ("" for the node itself), for how long, and the value.
    """

    is_in: Callable[[Any], bool]
    company: tuple[tuple[str, str, float, float], ...] = ()


def _producer_frames(state: FrameState) -> Callable[[ProducerNode], bool]:
    def is_in(node: ProducerNode) -> bool:
        return any(frame.state is state for frame in node.core.leases.frames.values())

    return is_in


def _producer_phase(phase: Phase) -> Callable[[ProducerNode], bool]:
    return lambda node: node.core.departure.phase is phase


def _is_unopened(node: ProducerNode) -> bool:
    return not any(stream.is_started for stream in node.core.upstream.streams.values())


def _is_opening(node: ProducerNode) -> bool:
    return node.core.upstream.dialer.is_open and _is_unopened(node)


def _has_just_opened(node: ProducerNode) -> bool:
    return any(
        stream.is_started and stream.ending is None and not stream.captured
        for stream in node.core.upstream.streams.values()
    )


def _has_hedged(node: ProducerNode) -> bool:
    return any(len(frame.pending()) > 1 for frame in node.core.leases.frames.values())


def _has_suspect(node: ProducerNode) -> bool:
    return any(frame.is_suspect for frame in node.core.leases.frames.values())


def _has_read_all(node: ProducerNode) -> bool:
    return any(
        stream.ending is not None and not stream.finished and stream.settled < stream.captured
        for stream in node.core.upstream.streams.values()
    )


def _waits_for_the_last_word(node: ProducerNode) -> bool:
    return any(
        stream.ending is not None and not stream.finished and stream.settled == stream.captured
        for stream in node.core.upstream.streams.values()
    )


def _is_shown(node: ProducerNode) -> bool:
    return any(shown.line.seen[0] > shown.stream.settled for shown in node.core.upstream.pictures._shown.values())


def _session(state: SessionState) -> Callable[[WorkerNode], bool]:
    return lambda node: any(link.dialer.session.state is state for link in node.core._producers.values())


def _engine(phase: EnginePhase) -> Callable[[WorkerNode], bool]:
    return lambda node: any(engine.phase is phase for engine in node.core._engines._states.values())


def _is_idle(node: WorkerNode) -> bool:
    return _session(SessionState.READY)(node) and node.core._frames.at_rest


def _holds_queued(node: WorkerNode) -> bool:
    return node.core._frames._held.queued > 0


def _is_running(node: WorkerNode) -> bool:
    return next(node.core._frames._held.running(), None) is not None


def _has_not_told(node: WorkerNode) -> bool:
    return bool(node.core._frames._handover)


def _has_no_collector(node: WorkerNode) -> bool:
    return any(link.is_open for link in node.core._producers.values()) and not any(
        link.is_open for link in node.core._collectors.values()
    )


def _is_draining(node: WorkerNode) -> bool:
    return node.core._draining


def _stream(is_in: Callable[[CollectorStream], bool]) -> Callable[[CollectorNode], bool]:
    return lambda node: any(is_in(stream) for stream in node.core._desk.streams.values())


def _stream_phase(phase: StreamPhase) -> Callable[[CollectorNode], bool]:
    return _stream(lambda stream: stream.phase is phase)


def _has_no_stream(node: CollectorNode) -> bool:
    return not node.core._desk.streams


def _has_nothing_yet(stream: CollectorStream) -> bool:
    return stream.phase is StreamPhase.OPEN and not stream.buffer.next and not len(stream.buffer)


def _has_written_unsaid(node: CollectorNode) -> bool:
    streams = node.core._desk.streams
    return any(node.disk.next(name) > streams[name].written for name in node.disk.records if name in streams)


def _has_ended_all(node: CollectorNode) -> bool:
    return bool(node.core._desk.streams) and node.core._desk.all_ended


def _is_interrupted(node: CollectorNode) -> bool:
    return node.core._interrupted


STATES: Final[dict[str, dict[str, State]]] = {
    "producer": {
        "unopened": State(_is_unopened),
        "opening": State(_is_opening),
        "just_opened": State(_has_just_opened),
        "queued": State(_producer_frames(FrameState.QUEUED)),
        "leased": State(_producer_frames(FrameState.LEASED)),
        "hedged": State(_has_hedged, (("straggle", "worker0", 0.0, 50.0),)),
        "reported": State(_producer_frames(FrameState.REPORTED)),
        "hinted": State(_producer_frames(FrameState.HINTED)),
        "suspect": State(_has_suspect, (("crash", "worker0", 0.2, 0.0),)),
        "fated": State(_producer_frames(FrameState.FATED), (("error", "worker0", 0.0, 30.0),)),
        "read_all": State(_has_read_all),
        "end_said": State(_waits_for_the_last_word),
        "draining": State(_producer_phase(Phase.DRAINING), (("stop", "", 0.0, 0.0),)),
        "abandoned": State(
            _producer_phase(Phase.ABANDONED), (("full", "collector0", 2.5, 0.0), ("stop", "", 0.0, 0.0))
        ),
        "shown": State(_is_shown),
    },
    "worker": {
        "hello": State(_session(SessionState.HELLO)),
        "preparing": State(_engine(EnginePhase.PREPARING)),
        "fetching": State(_engine(EnginePhase.FETCHING)),
        "compiling": State(_engine(EnginePhase.LOADING)),
        "without_collector": State(_has_no_collector),
        "idle": State(_is_idle),
        "holding": State(_holds_queued),
        "running": State(_is_running),
        "completed_untold": State(_has_not_told),
        "draining": State(_is_draining, (("drain", "", 0.0, 0.0),)),
    },
    "collector": {
        "no_stream": State(_has_no_stream),
        "known": State(_stream_phase(StreamPhase.KNOWN), (("crash", "", 0.3, 0.0),)),
        "opening": State(_stream_phase(StreamPhase.OPENING)),
        "opened": State(_stream(_has_nothing_yet)),
        "out_of_order": State(_stream(lambda stream: len(stream.buffer) > 0)),
        "emitted": State(_stream(lambda stream: stream.written < stream.buffer.next)),
        "written_unacknowledged": State(_has_written_unsaid),
        "disk_full": State(lambda node: node.waits_for_room, (("full", "", 1.2, 0.0),)),
        "closing": State(_stream_phase(StreamPhase.CLOSING)),
        "ended": State(_has_ended_all),
        "interrupted": State(_is_interrupted, (("full", "", 1.2, 0.0), ("halt", "", 0.3, 0.0))),
    },
}
"""Role -> name -> state."""


def role_of(node: str) -> str:
    """The role of a node by its name."""
    return node.rstrip("0123456789")
