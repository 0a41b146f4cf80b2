"""Who has done what: every frame is counted once, however many workers come and go."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from collector.workforce import GONE_S, OTHERS, WORKERS_MAX, Workforce
from common.messages import PROTOCOL, Hello
from common.registry import Member


def member(name: str, device: str = "CPU") -> Member:
    """A worker that was admitted."""
    return Member(b"p", 1, Hello(PROTOCOL, "worker", name, name.ljust(16).encode(), b"", (("device", device),)), 0.0)


class Shop:
    """A workforce, and who was retired."""

    def __init__(self) -> None:
        self.retired: list[str] = []
        self.workforce = Workforce(self.retired.append)

    def deliver(self, name: str, frames: int, now: float) -> str:
        """Some frames of a worker go out."""
        return self.workforce.delivered(member(name), [0.1] * frames, [0.2] * frames, now)

    def counts(self) -> dict[str, int]:
        """Frames by name."""
        counts = {name: worker.rate.count for name, worker in self.workforce}
        assert counts == {name: worker.infer.count for name, worker in self.workforce}
        assert counts == {name: worker.wait.count for name, worker in self.workforce}
        return counts


def test_workers_that_are_replaced_for_hours_do_not_fill_the_memory() -> None:
    """The latest are told apart, the others are one."""
    shop = Shop()
    for number in range(1000):
        assert shop.deliver(f"w{number}", 2, GONE_S * number) == f"w{number}"
    counts = shop.counts()
    assert len(counts) == WORKERS_MAX + 1
    assert counts[OTHERS] == 2 * (1000 - WORKERS_MAX)
    assert list(counts)[:-1] == [f"w{number}" for number in range(1000 - WORKERS_MAX, 1000)]
    assert len(shop.retired) == len(set(shop.retired)) == 1000 - WORKERS_MAX


def test_a_worker_that_works_keeps_its_name() -> None:
    """However many come after it; and of more than can be told apart who comes last is one of the others."""
    shop = Shop()
    for second in range(300):
        shop.deliver("old", 1, float(second))
        shop.deliver(f"w{second}", 1, float(second))
    assert shop.counts()["old"] == 300
    crowd = Shop()
    for number in range(WORKERS_MAX + 3):
        crowd.deliver(f"w{number}", 1, 0.0)
    assert crowd.counts()[OTHERS] == 3
    assert crowd.retired == []


def test_the_device_is_that_of_the_worker() -> None:
    """The others may be anything."""
    workforce = Workforce(lambda _: None)
    workforce.delivered(member("w", "GPU"), [0.1], [0.2], 0.0)
    assert [(name, worker.device) for name, worker in workforce] == [("w", "GPU")]


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 5), st.sampled_from([0.0, 1.0, 11.0])), max_size=300))
def test_frames_are_conserved(deliveries: list[tuple[int, int, float]]) -> None:
    """Whoever is retired when."""
    shop, now = Shop(), 0.0
    told: Counter[str] = Counter()
    for number, frames, after_s in deliveries:
        now += after_s
        told[shop.deliver(f"w{number}", frames, now)] += frames
        for name in shop.retired:
            told[OTHERS] += told.pop(name, 0)
        shop.retired.clear()
    assert shop.counts() == +told
