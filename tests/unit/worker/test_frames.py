"""What becomes of frames in the worker: taken, started, completed, handed over, told about."""

from __future__ import annotations

import pytest

from common import limits
from common.actions import Send
from common.exits import Exit
from common.messages import Beat, Bye, Credit, Done, Fault, Refuse, ResultItem, Results, Start, Work, WorkItem
from common.transport import Outcome
from tests.unit.worker.playbook import (
    COLLECTOR,
    COLLECTOR_SESSION,
    JOB,
    OTHER,
    PIXELS,
    PRODUCER,
    ROW,
    SESSION,
    Bench,
    byes,
    capacities,
    finish,
    of,
)
from worker.actions import Submit, Try
from worker.frames import SOLITUDE_S
from worker.results import Completed


def _results(actions: list[object]) -> Send:
    return next(action for action in actions if isinstance(action, Send) and isinstance(action.message, Results))


def test_a_frame_in_shared_memory_is_marked_and_started() -> None:
    """The slot is named, nothing is announced: the mark in the slot does that."""
    bench = Bench()
    bench.ready(shm=True)
    assert bench.work(5, slot=3, attempt=2) == [
        Submit(1, JOB.digest, PRODUCER, SESSION, 3, None, 0, (1920, 1080), attempt=2, mark=True, seq=5)
    ]


def test_an_inline_frame_is_announced_before_it_is_started() -> None:
    """If it kills the worker, the producer knows which it was."""
    bench = Bench()
    bench.ready()
    actions = bench.work(5)
    assert [type(action) for action in actions] == [Send, Submit]
    assert of(Start, actions) == [Start(SESSION, (("s", 1, 5, 0),))]
    [submit] = of(Submit, actions)
    assert submit.payload is PIXELS or submit.payload == PIXELS
    assert not submit.mark


def test_no_more_frames_run_than_the_engine_takes() -> None:
    """The next one starts when one completes, before the result goes out."""
    bench = Bench()
    bench.ready(requests=2)
    started = [submit.token for seq in range(4) for submit in of(Submit, bench.work(seq))]
    assert started == [1, 2]
    actions = bench.completed(1)
    assert [type(action) for action in actions] == [Send, Submit, Send]
    assert [submit.token for submit in of(Submit, actions)] == [3]


def test_a_result_goes_to_the_collector_and_is_told_to_the_producer_a_turn_later() -> None:
    """Only then it is known whether the socket took it."""
    bench = Bench()
    bench.ready()
    bench.work(5, attempt=1)
    bench.now += 0.25
    send = _results([*bench.completed(1)])
    assert send.link == COLLECTOR
    item = ResultItem("s", 1, 5, 1, 50, found=1, wait_us=0, infer_us=500)
    assert send.message == Results(COLLECTOR_SESSION, JOB.digest, (item,))
    assert send.payload == ROW
    assert bench.core.deadline() <= bench.now
    assert of(Done, bench.told()) == [Done(SESSION, "sent", (("s", 1, 5, 1),))]


def test_the_wait_for_a_request_is_measured() -> None:
    """It is what the collector's report calls worker_wait."""
    bench = Bench()
    bench.ready(requests=1)
    bench.work(0)
    bench.work(1)
    bench.now += 0.125
    bench.completed(1)
    [results] = of(Results, bench.completed(2))
    assert results.items[0].wait_us == pytest.approx(125_000, abs=1)


def test_a_result_that_the_socket_does_not_take_is_told_as_undelivered() -> None:
    """The producer sends the frame again instead of waiting for its lease."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    bench.work(1)
    send = _results([*bench.completed(1)])
    bench.core.send_failed(send, Outcome.FULL, bench.now)
    bench.completed(2)
    done = of(Done, bench.told())
    assert {message.outcome: message.refs for message in done} == {
        "undelivered": (("s", 1, 0, 0),),
        "sent": (("s", 1, 1, 0),),
    }


def test_no_frames_are_asked_for_while_results_cannot_be_sent() -> None:
    """Frames do not go round in vain until the collector counts as lost; its next sign of life ends it."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    send = _results([*bench.completed(1)])
    assert capacities(bench.core.send_failed(send, Outcome.FULL, bench.now)) == [0]
    assert capacities(bench.hear(Beat(COLLECTOR_SESSION), link=COLLECTOR)) == [3]


def test_without_a_collector_a_result_is_undelivered() -> None:
    """It is not kept: the producer has the frame."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    bench.hear(Refuse(COLLECTOR_SESSION, "unknown_session", ""), link=COLLECTOR)
    assert of(Results, bench.completed(1)) == []
    assert of(Done, bench.told()) == [Done(SESSION, "undelivered", (("s", 1, 0, 0),))]


def test_results_and_receipts_travel_in_batches() -> None:
    """No message has more than BATCH_MAX items."""
    bench = Bench()
    count = limits.BATCH_MAX + 3
    bench.ready(requests=count)
    for seq in range(count):
        bench.work(seq)
    actions = bench.completed(*range(1, count + 1), found=2)
    assert [len(results.items) for results in of(Results, actions)] == [limits.BATCH_MAX, 3]
    payloads = [
        len(action.payload) for action in actions if isinstance(action, Send) and isinstance(action.payload, bytes)
    ]
    assert payloads == [limits.BATCH_MAX * 48, 3 * 48]
    assert [len(done.refs) for done in of(Done, bench.told())] == [limits.BATCH_MAX, 3]


def test_a_failed_inference_is_a_fault_when_the_engine_has_shown_that_it_works() -> None:
    """Its words are made fit for a message."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    actions = bench.completed(1, error="bad\nluck " + "x" * 400)
    assert of(Fault, actions) == []
    [trial] = of(Try, actions)
    assert trial.digest == JOB.digest
    [fault] = of(Fault, bench.completed(trial.token))
    assert fault.ref == ("s", 1, 0, 0)
    assert fault.text.startswith("bad luck")
    assert len(fault.text) == limits.TEXT_MAX_CHARS
    assert of(Done, bench.told()) == []


@pytest.mark.parametrize(
    "completion",
    [
        Completed(1, ROW * (limits.DETECTIONS_MAX + 1), limits.DETECTIONS_MAX + 1, "", 1),
        Completed(1, ROW, 2, "", 1),
    ],
)
def test_detections_that_no_message_can_carry_are_a_fault(completion: Completed) -> None:
    """The collector would drop the message whole."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    actions = bench.core.completed([completion], bench.now)
    [trial] = of(Try, actions)
    assert of(Results, actions) == []
    assert len(of(Fault, bench.core.completed([completion._replace(token=trial.token)], bench.now))) == 1


def test_frames_go_on_while_an_engine_is_tried_and_those_that_fail_meanwhile_have_another_trial() -> None:
    """One for all of them; it takes a request, as a frame does."""
    bench = Bench()
    bench.ready(requests=3)
    for seq in range(6):
        bench.work(seq)
    actions = bench.completed(1, 2, error="no")
    [trial] = of(Try, actions)
    assert [submit.token for submit in of(Submit, actions)] == [4]
    assert of(Try, bench.completed(3, 4, error="no")) == []
    actions = bench.completed(trial.token)
    assert [fault.ref[2] for fault in of(Fault, actions)] == [0, 1]
    [again] = of(Try, actions)
    actions = bench.completed(again.token)
    assert [fault.ref[2] for fault in of(Fault, actions)] == [2, 3]
    assert of(Try, actions) == []


def test_what_waits_for_a_trial_is_held() -> None:
    """The producer is told so, an engine at work is not let go, and nobody leaves before it is over."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    [trial] = of(Try, bench.completed(1, error="no"))
    assert [credit.held for credit in of(Credit, bench.after(limits.HEARTBEAT_S))] == [1]
    assert finish(bench.interrupt()) is None
    bench.completed(trial.token)
    bench.told()
    assert finish(bench.hear(Bye(SESSION, "drained", ""))) == (Exit.OK, "")


def test_an_engine_that_fails_its_trial_is_lost() -> None:
    """What was begun may have taken it along, the rest goes back; nobody else gets frames from this worker."""
    bench = Bench()
    bench.ready(requests=2)
    for seq in range(3):
        bench.work(seq)
    [trial] = of(Try, bench.completed(1, error="no device"))
    actions = bench.completed(trial.token, error="no device at all")
    assert [(fault.ref[2], fault.text) for fault in of(Fault, actions)] == [
        (1, "no device at all"),
        (0, "no device at all"),
    ]
    assert [done.refs for done in of(Done, actions) if done.outcome == "returned"] == [(("s", 1, 2, 0),)]
    assert byes(actions) == [(PRODUCER, "error"), (COLLECTOR, "error")]
    assert finish(actions) == (Exit.DEVICE, "the device was lost: no device at all")


def test_a_trial_that_does_not_end_is_a_hang() -> None:
    """It has the deadline of a frame."""
    bench = Bench(request_deadline_s=0.5)
    bench.ready()
    bench.work(0)
    bench.now += 0.2
    bench.completed(1, error="no")
    assert finish(bench.after(0.49)) is None
    actions = bench.after(0.02)
    assert [fault.ref[2] for fault in of(Fault, actions)] == [0]
    assert finish(actions) == (Exit.ENGINE_HUNG, "inference request hung")


def test_a_frame_that_is_to_be_alone_waits_for_an_empty_engine_and_keeps_it_empty() -> None:
    """Whosever frames the others are; it begins when what was said before is out."""
    bench = Bench(producers=2)
    bench.ready(requests=2)
    bench.welcome(link=OTHER, session=8)
    bench.work(0)
    assert of(Submit, bench.work(1, link=OTHER, session=8, alone=True)) == []
    assert [submit.token for submit in of(Submit, bench.work(2))] == [2], "whose turn it was"
    assert of(Submit, bench.work(3)) == []
    assert of(Submit, bench.completed(2)) == []
    actions = bench.completed(1)
    assert of(Submit, actions) == []
    assert [start.refs for start in of(Start, actions)] == [(("s", 1, 1, 0),)]
    assert of(Done, bench.told()) != []
    assert of(Submit, bench.after(SOLITUDE_S / 2)) == []
    [submit] = of(Submit, bench.after(SOLITUDE_S))
    assert submit.link == OTHER
    assert [submit.link for submit in of(Submit, bench.completed(submit.token))] == [PRODUCER]


def test_a_frame_that_is_to_be_alone_waits_for_the_end_of_a_trial() -> None:
    """It would be in the company of whatever that finds."""
    bench = Bench()
    bench.ready(requests=2)
    bench.work(0)
    [trial] = of(Try, bench.completed(1, error="no"))
    assert of(Start, bench.work(1, alone=True)) == []
    assert len(of(Start, bench.completed(trial.token))) == 1


def test_a_frame_that_was_announced_to_be_alone_is_not_begun_for_a_producer_that_is_gone() -> None:
    """Its memory is gone too."""
    bench = Bench()
    bench.ready()
    bench.work(0, alone=True)
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    assert of(Submit, bench.after(1.0)) == []


def test_a_frame_that_was_finished_in_a_later_session_is_delivered_but_not_told() -> None:
    """The result is as good as any; the attempt belongs to a session that is gone."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    bench.after(limits.HELLO_RETRY_S)
    bench.welcome(session=70)
    assert len(of(Results, bench.completed(1))) == 1
    assert of(Done, bench.told()) == []


def test_frames_that_wait_are_forgotten_with_their_session() -> None:
    """The producer sends them again, here or elsewhere."""
    bench = Bench()
    bench.ready(requests=1)
    bench.work(0)
    bench.work(1)
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    assert of(Submit, bench.completed(1)) == []


def test_a_repeated_attempt_is_not_inferred_twice() -> None:
    """Another attempt at the same frame is."""
    bench = Bench()
    bench.ready(requests=4)
    assert len(of(Submit, bench.work(0))) == 1
    assert bench.work(0) == []
    assert len(of(Submit, bench.work(0, attempt=1))) == 1
    assert bench.core.ignored == {"repeated": 1}


@pytest.mark.parametrize(
    ("slot", "payload", "reason"),
    [
        (-1, None, "work_size"),
        (-1, PIXELS[1:], "work_size"),
        (16, None, "work_slot"),
        (0, PIXELS, "work_payload"),
    ],
)
def test_a_frame_without_its_pixels_is_counted(slot: int, payload: memoryview | None, reason: str) -> None:
    """Neither a wrong size nor a slot that the offer does not have reaches the engine."""
    bench = Bench()
    bench.ready(shm=True)
    assert bench.hear(Work(SESSION, (WorkItem("s", 1, 0, 0, 0, 8, 4, slot, 0, alone=False),)), payload) == []
    assert bench.core.ignored == {reason: 1}


def test_a_slot_of_memory_that_is_not_shared_is_not_read() -> None:
    """The producer was told an empty token."""
    bench = Bench()
    bench.ready()
    assert bench.work(0, slot=0) == []
    assert bench.core.ignored == {"work_slot": 1}


def test_a_frame_that_comes_before_the_engine_goes_back() -> None:
    """It was not asked for, but the producer must not wait for it."""
    bench = Bench()
    bench.welcome()
    bench.work(0)
    assert of(Done, bench.told()) == [Done(SESSION, "returned", (("s", 1, 0, 0),))]


def test_no_more_frames_are_held_than_the_protocol_admits() -> None:
    """What is beyond goes back."""
    bench = Bench()
    bench.ready(requests=1, shm=True)
    for seq in range(limits.CREDITS_MAX + 1):
        work = Work(SESSION, (WorkItem("s", 1, seq, 0, 0, 8, 4, seq % 16, 0, alone=False),))
        bench.core.receive(PRODUCER, b"", work, None, bench.now)
    bench.core.check()
    assert of(Done, bench.told()) == [Done(SESSION, "returned", (("s", 1, limits.CREDITS_MAX, 0),))]


def test_producers_take_turns_at_the_engine() -> None:
    """One that sent much does not keep the other waiting."""
    bench = Bench(producers=2)
    bench.ready(requests=1)
    bench.welcome(link=OTHER, session=8)
    for seq in range(3):
        bench.work(seq)
    bench.work(0, link=OTHER, session=8)
    bench.work(1, link=OTHER, session=8)
    links = [submit.link for token in range(1, 5) for submit in of(Submit, bench.completed(token))]
    assert links == [PRODUCER, OTHER, PRODUCER, OTHER]


def test_a_completion_of_nothing_is_counted() -> None:
    """An edge that repeats itself does no harm."""
    bench = Bench()
    bench.ready()
    assert bench.completed(99) == []
    assert bench.core.ignored == {"token": 1}


def test_what_the_producer_must_know_is_said_until_it_is_heard() -> None:
    """A full queue delays a receipt and a fault; it does not lose them."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    bench.work(1)
    [trial] = of(Try, bench.completed(1, error="no"))
    [fault] = [action for action in bench.completed(trial.token) if isinstance(action, Send)]
    bench.core.send_failed(fault, Outcome.FULL, bench.now)
    bench.completed(2)
    [done] = [action for action in bench.told() if isinstance(action, Send)]
    bench.core.send_failed(done, Outcome.FULL, bench.now)
    actions = bench.after(limits.HELLO_RETRY_S)
    assert of(Fault, actions) == [fault.message]
    assert of(Done, actions) == [done.message]


def test_what_could_not_be_said_dies_with_the_session() -> None:
    """The next session's producer has never heard of these attempts."""
    bench = Bench()
    bench.ready()
    bench.work(0)
    bench.completed(1)
    [done] = [action for action in bench.told() if isinstance(action, Send)]
    bench.core.send_failed(done, Outcome.FULL, bench.now)
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    bench.core.send_failed(done, Outcome.FULL, bench.now)
    bench.after(limits.HELLO_RETRY_S)
    assert of(Done, [*bench.welcome(session=70), *bench.after(limits.HELLO_RETRY_S * 1.5)]) == []


def test_a_request_that_hangs_ends_the_worker() -> None:
    """The hung frame is struck, the others go back, and everybody hears why."""
    bench = Bench(request_deadline_s=0.5, producers=1)
    bench.ready(requests=2)
    bench.work(0)
    bench.now += 0.25
    bench.work(1)
    bench.work(2)
    actions = bench.after(0.25)
    [fault] = of(Fault, actions)
    assert fault.ref == ("s", 1, 0, 0)
    assert [set(done.refs) for done in of(Done, actions)] == [{("s", 1, 1, 0), ("s", 1, 2, 0)}]
    assert byes(actions) == [(PRODUCER, "error"), (COLLECTOR, "error")]
    assert finish(actions) == (Exit.ENGINE_HUNG, "inference request hung")


@pytest.mark.parametrize("error", ["", "no device"])
def test_who_was_told_to_end_does_not_come_back_for_what_fails_meanwhile(error: str) -> None:
    """A hang, or a device that is lost, while it finishes: frames are told of as ever, but the code starts nobody."""
    bench = Bench(request_deadline_s=0.5)
    bench.ready()
    bench.work(0)
    bench.now += 0.4
    assert finish(bench.interrupt()) is None
    if error:
        bench.completed(1, error=error)
        actions = bench.completed(-1, error=error)
    else:
        actions = bench.after(0.1)
    assert [fault.ref[2] for fault in of(Fault, actions)] == [0]
    ended = finish(actions)
    assert ended is not None
    assert ended[0] is Exit.INTERRUPTED


def test_frames_of_a_producer_that_left_do_not_start() -> None:
    """Its goodbye settles them; the other producer's go on."""
    bench = Bench(producers=2)
    bench.ready(requests=1)
    bench.welcome(link=OTHER, session=8)
    bench.work(0)
    bench.work(1)
    bench.work(0, link=OTHER, session=8)
    bench.hear(Bye(SESSION, "complete", ""))
    assert [submit.link for submit in of(Submit, bench.completed(1))] == [OTHER]
    assert of(Submit, bench.completed(2)) == []
