"""Connections through proxies that delay, stall and reset them, one link at a time and all at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.process.roles import Role, Shell, assert_conserved, assert_end_well
from vinofleet.chaos.connection import Way
from vinofleet.chaos.proxy import Proxy

pytestmark = [pytest.mark.faults, pytest.mark.process]


@dataclass(frozen=True)
class Links:
    """A proxy for each of the three links."""

    work: Proxy
    upstream: Proxy
    results: Proxy

    def fleet(self, shell: Shell, frames: int, script: str = "service_ms=10&requests=4") -> tuple[Role, Role, Role]:
        """Start a collector, a producer and a worker that reach one another by the proxies only."""
        collector = shell.collector()
        producer = shell.run(
            "producer", f"synthetic://counter?frames={frames}&size=64x48", "--model", f"scripted://?{script}",
            "--bind", shell.frames, "--collector", self.upstream.address, "--advertise", self.results.address,
        )  # fmt: skip
        worker = shell.run("worker", "--connect", self.work.address, "--name", "w0")
        return collector, producer, worker


@pytest.fixture
def links(shell: Shell) -> Iterator[Links]:
    """Proxies before the addresses of this shell."""
    with Proxy(shell.frames) as work, Proxy(shell.results) as upstream, Proxy(shell.results) as results:
        yield Links(work, upstream, results)


def test_every_connection_is_slow(shell: Shell, links: Links) -> None:
    """A tenth of a second each way on each link: frames take at least three of them, and are all there."""
    for proxy in (links.work, links.upstream, links.results):
        proxy.delay_s = 0.1
    roles = links.fleet(shell, 100)
    assert_end_well(*roles)
    assert_conserved(shell, 100)
    assert shell.report()["latency_ms"]["p50"] >= 300


def test_connections_are_reset_again_and_again(shell: Shell, links: Links) -> None:
    """Each is made again, with a new session."""
    roles = links.fleet(shell, 400)
    for frames in range(40, 240, 40):
        shell.reaches(frames)
        assert sum(proxy.reset() for proxy in (links.work, links.upstream, links.results)) >= 1
    assert_end_well(*roles)
    assert_conserved(shell, 400)
    assert min(proxy.accepted for proxy in (links.work, links.upstream, links.results)) >= 2


def test_the_collector_does_not_hear_a_worker(shell: Shell, links: Links) -> None:
    """Only one link, only one way: what the worker believes to have sent is sent again when it is heard."""
    collector, producer, worker = links.fleet(shell, 300)
    shell.reaches(50)
    links.results.stall(Way.TO_TARGET)
    worker.says("lost the collector")
    links.results.heal()
    assert_end_well(collector, producer, worker)
    assert_conserved(shell, 300)


def test_links_are_cut_one_by_one_and_healed_in_another_order(shell: Shell, links: Links) -> None:
    """Whatever is known of whom meanwhile, in the end every frame came once."""
    collector, producer, worker = links.fleet(shell, 300)
    shell.reaches(50)
    links.results.stall()
    worker.says("lost the collector")
    links.work.stall()
    producer.says("worker w0 is gone")
    links.upstream.stall()
    producer.says("the collector is gone")
    links.work.heal()
    producer.says("worker w0 has joined")
    links.upstream.heal()
    links.results.heal()
    assert_end_well(collector, producer, worker)
    assert_conserved(shell, 300)
