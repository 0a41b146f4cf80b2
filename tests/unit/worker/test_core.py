"""The worker's core, event by event: sessions, jobs, credits, leaving. Frames are in test_frames.py."""

from __future__ import annotations

import pytest

from common import limits
from common.actions import Send
from common.exits import Exit
from common.messages import Beat, Bye, Chunk, Credit, Done, Fetch, Hello, Refuse, Welcome
from common.schema import SCHEMAS
from common.transport import Outcome
from tests.unit.worker.playbook import (
    COLLECTOR,
    COLLECTOR_ADDRESS,
    COLLECTOR_SESSION,
    FILE,
    JOB,
    JOB_WITH_FILE,
    MODEL,
    OTHER,
    PRODUCER,
    SESSION,
    SHA,
    TOKEN,
    Bench,
    byes,
    capacities,
    finish,
    job,
    notices,
    of,
    offer,
)
from worker.actions import Attach, Connect, Detach, Load, Prepare, Regulate, Store, Submit, Unload
from worker.pace import AT_ONCE, Pace

# --- sessions


def test_it_greets_every_producer_at_once_with_its_facts() -> None:
    """The first thing said on each link is a hello that the schema admits."""
    bench = Bench(producers=2)
    hellos = of(Hello, bench.start)
    assert len(hellos) == 2
    assert hellos[0].facts == (("device", "CPU"),)
    assert all(check(value) for check, value in zip(SCHEMAS[Hello], hellos[0], strict=True))


def test_a_welcome_leads_to_the_model_the_segment_and_the_collector() -> None:
    """All three are asked for at once, so that whichever is slow does not wait for the others."""
    bench = Bench()
    actions = bench.welcome(shm=offer())
    assert of(Prepare, actions) == [Prepare(JOB.digest, JOB)]
    assert of(Attach, actions) == [Attach(PRODUCER, SESSION, offer())]
    assert of(Connect, actions) == [Connect(COLLECTOR, COLLECTOR_ADDRESS)]
    assert len(of(Hello, bench.told())) == 1


def test_a_segment_whose_slots_are_too_small_is_left_alone() -> None:
    """Frames that would not fit can only come inline."""
    assert of(Attach, Bench().welcome(shm=offer(slot_bytes=JOB.input.nbytes - 1))) == []


def test_frames_are_asked_for_when_model_and_collector_are_there() -> None:
    """A worker that could not hand over its results takes no work."""
    bench = Bench()
    assert capacities(bench.welcome()) == [0]
    assert of(Load, bench.prepared()) == [Load(JOB.digest, JOB)]
    assert of(Credit, bench.loaded(requests=2)) == [Credit(SESSION, "ready", 0, 0, b"")]
    assert capacities(bench.collector()) == [3]


def test_the_credit_carries_what_was_read_from_the_segment() -> None:
    """The token is what lets the producer use the segment."""
    bench = Bench()
    bench.welcome(shm=offer())
    assert [credit.token for credit in of(Credit, bench.attached())] == [TOKEN]


def test_a_token_of_an_earlier_session_is_not_announced() -> None:
    """The segment that was mapped belongs to somebody else by now."""
    bench = Bench()
    bench.welcome(shm=offer())
    assert of(Credit, bench.attached(session=SESSION + 1)) == []


def test_credit_is_repeated_in_the_place_of_a_beat() -> None:
    """A lost credit heals, and no other sign of life is needed."""
    bench = Bench()
    bench.ready()
    bench.now += 0.01
    actions = bench.after(limits.HEARTBEAT_S * 3.5)
    assert len(capacities(actions)) == 3
    assert [send.link for send in actions if isinstance(send, Send) and isinstance(send.message, Beat)] == [
        COLLECTOR
    ] * 3


def test_producers_share_the_engine_and_the_credits() -> None:
    """A second producer with the same job loads nothing and takes half of the frames."""
    bench = Bench(producers=2)
    bench.ready(requests=4)
    actions = bench.welcome(link=OTHER, session=8)
    assert of(Prepare, actions) == []
    assert of(Connect, actions) == []
    assert capacities(actions, PRODUCER) == capacities(actions, OTHER) == [3]


def test_without_a_collector_the_worker_asks_for_nothing_until_it_is_back() -> None:
    """The collector's loss takes the capacity away, its return gives it back."""
    bench = Bench()
    bench.ready()
    refuse = Refuse(COLLECTOR_SESSION, "unknown_session", "")
    assert capacities(bench.hear(refuse, link=COLLECTOR)) == [0]
    assert len(of(Hello, bench.after(limits.HELLO_RETRY_S))) == 1
    assert capacities(bench.collector(session=10)) == [3]


def test_a_silent_collector_is_lost() -> None:
    """A second without a word takes the capacity away."""
    bench = Bench()
    bench.ready()
    for _ in range(4):
        bench.hear(Beat(SESSION))
        actions = bench.after(limits.LOST_AFTER_S / 2)
        assert finish(actions) is None
    bench.hear(Beat(SESSION))
    assert set(capacities(bench.after(limits.LOST_AFTER_S / 2))) == {0}


def test_a_collector_that_leaves_is_greeted_again() -> None:
    """It may be restarted; until then nothing is asked for."""
    bench = Bench()
    bench.ready()
    assert capacities(bench.hear(Bye(COLLECTOR_SESSION, "interrupted", ""), link=COLLECTOR)) == [0]
    assert len(of(Hello, bench.after(limits.HELLO_RETRY_S))) == 1


def test_a_collector_is_missed_aloud_once() -> None:
    """The person at the shell learns what the worker waits for, in one line."""
    bench = Bench()
    bench.welcome()
    bench.prepared()
    bench.loaded()
    told = []
    for _ in range(40):
        told += notices(bench.after(limits.HEARTBEAT_S))
        bench.hear(Beat(SESSION))
    assert told == [f"cannot reach the collector at {COLLECTOR_ADDRESS} yet; waiting for it"]


def test_a_producer_that_names_no_collector_gets_no_capacity() -> None:
    """Its results would have no way to go."""
    bench = Bench()
    actions = bench.welcome(collector="")
    bench.prepared()
    assert notices(actions)
    assert of(Connect, actions) == []
    assert capacities(bench.loaded()) == [0]


def test_a_producer_of_which_nothing_is_heard_is_lost_and_greeted_again() -> None:
    """A ready producer's silence of a second ends the session, and the next hello begins another."""
    bench = Bench()
    bench.ready(shm=True)
    actions = bench.after(limits.LOST_AFTER_S + 0.01)
    assert Detach(PRODUCER) in actions
    assert of(Hello, actions)
    assert any("lost the producer" in text for text in notices(actions))


def test_a_session_that_the_producer_does_not_know_is_begun_anew_with_the_same_engine() -> None:
    """A restarted producer with the same job finds the model loaded."""
    bench = Bench()
    bench.ready()
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    bench.after(limits.HELLO_RETRY_S)
    actions = bench.welcome(session=70)
    assert of(Prepare, actions) == []
    assert of(Credit, actions) == [Credit(70, "ready", 3, 0, b"")]


# --- jobs


def test_a_new_job_takes_the_place_of_one_that_nobody_has_any_more() -> None:
    """The memory of the old engine is freed before the new one is made."""
    bench = Bench()
    bench.ready()
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    bench.after(limits.HELLO_RETRY_S)
    other = job(threshold=0.25)
    actions = bench.welcome(other, session=70)
    assert [type(action) for action in actions if isinstance(action, Unload | Prepare)] == [Unload, Prepare]


def test_an_engine_in_use_is_kept_beside_another() -> None:
    """Two producers with two jobs get two engines."""
    bench = Bench(producers=2)
    bench.ready()
    actions = bench.welcome(job(threshold=0.25), link=OTHER, session=8)
    assert of(Unload, actions) == []
    assert len(of(Prepare, actions)) == 1


@pytest.mark.parametrize("payload", [b"", b"{}", JOB_WITH_FILE.canonical])
def test_a_job_that_is_not_what_its_digest_says_is_not_run(payload: bytes) -> None:
    """The worker leaves, names the cause, and exits as for a bad model."""
    bench = Bench()
    actions = bench.hear(Welcome(SESSION, b"p" * 16, JOB.digest, COLLECTOR_ADDRESS, None, 0), payload)
    assert byes(actions) == [(PRODUCER, "error")]
    ended = finish(actions)
    assert ended is not None
    assert ended.code is Exit.MODEL


def test_a_missing_model_is_fetched_piece_by_piece_checked_and_loaded() -> None:
    """Each piece is asked for once the one before came; the finding on the whole decides."""
    bench = Bench()
    bench.welcome(JOB_WITH_FILE)
    assert of(Fetch, bench.prepared((SHA, FILE.size), document=JOB_WITH_FILE)) == [Fetch(SESSION, SHA, 0)]
    actions = bench.hear(Chunk(SESSION, SHA, 0), MODEL[:5])
    assert of(Store, actions) == [Store(JOB_WITH_FILE.digest, SHA, 0, FILE.size, memoryview(MODEL[:5]))]
    assert of(Fetch, actions) == [Fetch(SESSION, SHA, 5)]
    actions = bench.hear(Chunk(SESSION, SHA, 5), MODEL[5:])
    assert len(of(Store, actions)) == 1
    assert of(Fetch, actions) == []
    assert of(Load, bench.stored(ok=True)) == [Load(JOB_WITH_FILE.digest, JOB_WITH_FILE)]


def test_a_fetch_continues_in_the_next_session() -> None:
    """What came before the producer was lost is not fetched again."""
    bench = Bench()
    bench.welcome(JOB_WITH_FILE)
    bench.prepared((SHA, FILE.size), document=JOB_WITH_FILE)
    bench.hear(Chunk(SESSION, SHA, 0), MODEL[:5])
    bench.hear(Refuse(SESSION, "unknown_session", ""))
    bench.after(limits.HELLO_RETRY_S)
    assert of(Fetch, bench.welcome(JOB_WITH_FILE, session=70)) == [Fetch(70, SHA, 5)]


def test_a_file_that_comes_wrong_again_and_again_ends_the_worker() -> None:
    """Two more attempts are made, then the producer's file is to blame."""
    bench = Bench()
    bench.welcome(JOB_WITH_FILE)
    bench.prepared((SHA, FILE.size), document=JOB_WITH_FILE)
    for _ in range(2):
        bench.hear(Chunk(SESSION, SHA, 0), MODEL)
        assert of(Fetch, bench.stored(ok=False)) == [Fetch(SESSION, SHA, 0)]
    bench.hear(Chunk(SESSION, SHA, 0), MODEL)
    ended = finish(bench.stored(ok=False))
    assert ended is not None
    assert ended.code is Exit.MODEL


def test_a_model_that_cannot_be_loaded_ends_only_its_producers() -> None:
    """The other producer is served on; the exit code remembers the failure."""
    bench = Bench(producers=2)
    bench.ready()
    other = job(threshold=0.25)
    bench.welcome(other, link=OTHER, session=8)
    actions = bench.core.load_failed(other.digest, "no such operation", bench.now, Exit.DEVICE)
    assert byes(actions) == [(OTHER, "error")]
    assert finish(actions) is None
    ended = finish(bench.hear(Bye(SESSION, "complete", "")))
    assert ended == (Exit.DEVICE, "no such operation")


# --- leaving


def test_a_complete_run_ends_the_worker_well() -> None:
    """The collector is told goodbye."""
    bench = Bench()
    bench.ready()
    actions = bench.hear(Bye(SESSION, "complete", ""))
    assert byes(actions) == [(COLLECTOR, "complete")]
    assert finish(actions) == (Exit.OK, "")
    assert bench.core.deadline() == float("inf")


def test_it_waits_for_all_producers_to_be_done() -> None:
    """One that is complete does not end the work for another."""
    bench = Bench(producers=2)
    bench.ready()
    assert finish(bench.hear(Bye(SESSION, "complete", ""))) is None
    bench.welcome(link=OTHER, session=8)
    assert finish(bench.hear(Bye(8, "complete", ""), link=OTHER)) == (Exit.OK, "")


def test_a_worker_that_stays_greets_the_next_run() -> None:
    """After the goodbye it says hello again, on the same link."""
    bench = Bench(stay=True)
    bench.ready()
    assert finish(bench.hear(Bye(SESSION, "complete", ""))) is None
    assert len(of(Hello, bench.after(limits.HELLO_RETRY_S))) == 1
    assert capacities(bench.welcome(session=70)) == [3]


def test_a_producer_that_fails_ends_the_worker_incomplete() -> None:
    """Its words reach the person at the worker's shell."""
    bench = Bench()
    bench.ready()
    ended = finish(bench.hear(Bye(SESSION, "error", "disk full")))
    assert ended is not None
    assert ended.code is Exit.INCOMPLETE
    assert "disk full" in ended.text


@pytest.mark.parametrize("code", ["protocol", "role", "job"])
def test_a_refusal_for_good_ends_the_worker(code: str) -> None:
    """The exit code says refused, the text why."""
    ended = finish(Bench().hear(Refuse(0, code, "because")))
    assert ended is not None
    assert ended.code is Exit.REFUSED
    assert "because" in ended.text


def test_a_refusal_that_passes_is_waited_out() -> None:
    """The namesake that is still known will be lost within a second."""
    bench = Bench()
    assert finish(bench.hear(Refuse(0, "name_taken", ""))) is None
    assert of(Hello, bench.after(limits.HELLO_RETRY_S))


def test_a_refusal_by_the_collector_ends_the_producers_that_need_it() -> None:
    """There is no way for their results, now and later."""
    bench = Bench()
    bench.welcome()
    actions = bench.hear(Refuse(0, "protocol", "another version"), link=COLLECTOR)
    assert byes(actions) == [(PRODUCER, "error")]
    ended = finish(actions)
    assert ended is not None
    assert ended.code is Exit.REFUSED


def test_a_collector_address_that_leads_nowhere_ends_the_producers_that_need_it() -> None:
    """The exit code is that of a network error."""
    bench = Bench()
    bench.welcome()
    ended = finish(bench.core.unreachable(COLLECTOR, "the host is not known", bench.now))
    assert ended == (Exit.NETWORK, "the host is not known")


def test_it_gives_up_when_no_producer_comes_in_time() -> None:
    """The text says how long and where."""
    bench = Bench(timeout_s=5.0)
    assert finish(bench.after(4.9)) is None
    ended = finish(bench.after(0.2))
    assert ended is not None
    assert ended.code is Exit.TIMEOUT
    assert "tcp://127.0.0.1:7000" in ended.text


def test_it_waits_for_ever_unless_told_otherwise() -> None:
    """An hour without anybody ends nothing, and is told once."""
    bench = Bench()
    assert notices(bench.after(60.0)) == ["cannot reach the producer at tcp://127.0.0.1:7000 yet; waiting for it"]


def test_a_worker_whose_name_is_taken_says_so_while_it_tries() -> None:
    """It does not claim that the producer cannot be reached; it says it once, and again after it was in between."""
    bench = Bench()
    taken = Refuse(0, "name_taken", "another process is 'w1'")
    told = [
        "the producer at tcp://127.0.0.1:7000 does not admit this worker yet (another process is 'w1'); trying again"
    ]
    assert notices([*bench.hear(taken), *bench.after(2.0)]) == told
    assert notices([*bench.hear(taken), *bench.after(2.0)]) == []
    bench.welcome()
    assert any("lost the producer" in text for text in notices(bench.after(60.0)))
    assert notices([*bench.hear(taken), *bench.after(2.0)]) == told


def test_an_idle_worker_that_is_interrupted_leaves_when_it_is_let_go() -> None:
    """A frame may be on its way to it; the collector hears that it was drained, and nothing was left undone."""
    bench = Bench()
    bench.ready()
    actions = bench.interrupt()
    assert of(Credit, actions) == [Credit(SESSION, "draining", 0, 0, b"")]
    assert finish(actions) is None
    actions = bench.hear(Bye(SESSION, "drained", ""))
    assert byes(actions) == [(COLLECTOR, "drained")]
    assert finish(actions) == (Exit.OK, "")


def test_a_worker_that_nobody_lets_go_leaves_by_itself() -> None:
    """After the drain time; it has nothing to give back."""
    bench = Bench()
    bench.ready()
    actions = bench.interrupt()
    for _ in range(3):
        assert finish(actions) is None
        actions = bench.after(limits.DRAIN_S / 3)
        bench.hear(Beat(SESSION))
    assert (PRODUCER, "drained") in byes(actions)
    assert finish(actions) == (Exit.OK, "")


def test_an_interrupted_worker_finishes_what_it_has() -> None:
    """It asks for no more, completes queued and running frames, tells of them, and leaves."""
    bench = Bench()
    bench.ready(requests=1)
    bench.work(0)
    bench.work(1)
    actions = bench.interrupt()
    assert of(Credit, actions) == [Credit(SESSION, "draining", 0, 2, b"")]
    assert [submit.token for submit in of(Submit, bench.completed(1))] == [2]
    assert finish(bench.told()) is None
    bench.completed(2)
    assert [done.outcome for done in of(Done, bench.told())] == ["sent"]
    assert finish(bench.hear(Bye(SESSION, "drained", ""))) == (Exit.OK, "")


def test_what_an_interrupted_worker_cannot_start_in_time_goes_back() -> None:
    """After the drain time the frames that were not begun are returned, before the goodbye."""
    bench = Bench()
    bench.ready(requests=1)
    bench.work(0)
    bench.work(1)
    bench.interrupt()
    bench.hear(Beat(SESSION))
    actions = bench.after(0.9)
    bench.hear(Beat(SESSION))
    actions += bench.after(0.9)
    bench.hear(Beat(SESSION))
    actions += bench.after(0.3)
    said = [type(send.message).__name__ for send in actions if isinstance(send, Send) and send.link == PRODUCER]
    assert said[-2:] == ["Done", "Bye"]
    assert finish(actions) == (Exit.INTERRUPTED, "")


def test_the_second_interrupt_ends_at_once() -> None:
    """Frames under way are left behind; the goodbye says so."""
    bench = Bench()
    bench.ready(requests=1)
    bench.work(0)
    bench.interrupt()
    actions = bench.interrupt()
    assert byes(actions)[0] == (PRODUCER, "interrupted")
    assert finish(actions) == (Exit.INTERRUPTED, "")
    assert bench.work(1) == bench.completed(1) == bench.told() == []


def test_what_belongs_to_nobody_is_counted() -> None:
    """Late messages, unknown links, bytes that are none: nothing happens but the count."""
    bench = Bench()
    bench.ready()
    assert bench.hear(Beat(SESSION + 1)) == []
    assert bench.hear(Beat(1), link="nobody") == []
    assert bench.core.garbage(PRODUCER, b"", "msgpack", bench.now) == []
    assert bench.core.ignored == {"session": 1, "link": 1, "msgpack": 1}


def test_a_hello_that_is_not_sent_is_tried_again_soon() -> None:
    """Nobody there is the normal case of a worker that was started first."""
    bench = Bench()
    hello = bench.start[0]
    assert isinstance(hello, Send)
    assert bench.core.send_failed(hello, Outcome.FULL, bench.now) == []
    assert of(Hello, bench.after(limits.HELLO_UNSENT_RETRY_S))


def test_a_hello_to_a_link_that_is_no_more_is_forgotten() -> None:
    """A collector whose address led nowhere has no link left when its hello comes back."""
    bench = Bench()
    hello = bench.start[0]
    assert isinstance(hello, Send)
    assert bench.core.send_failed(hello._replace(link="collector:gone"), Outcome.FULL, bench.now) == []


def test_with_patience_engines_tell_when_few_frames_are_left() -> None:
    """Sated, it gets nothing before it tells of some; with room, it tells when a request is idle; leaving, at once."""
    bench = Bench()
    bench.welcome(patience_ms=25)
    bench.prepared()
    bench.loaded(requests=2, depth=6)
    [share] = capacities(bench.collector())
    assert share == 4
    assert of(Regulate, bench.told()) == [Regulate(Pace(1, 0.025))]
    for seq in range(share):
        bench.work(seq)
    assert of(Regulate, bench.told()) == [Regulate(Pace(3, 0.025))]
    bench.completed(1, 2)
    assert of(Regulate, bench.told()) == [Regulate(Pace(1, 0.025))]
    bench.interrupt()
    assert of(Regulate, bench.told()) == [Regulate(AT_ONCE)]


def test_the_most_impatient_producer_decides() -> None:
    """Somebody waits for its frames."""
    bench = Bench(producers=2)
    for link, patience_ms in ((PRODUCER, 25), (OTHER, 0)):
        bench.welcome(link=link, session=SESSION + patience_ms, patience_ms=patience_ms)
    bench.prepared()
    bench.loaded(requests=2, depth=6)
    assert capacities(bench.collector()) == [2]
    assert of(Regulate, bench.told()) == []
