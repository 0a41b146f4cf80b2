"""Simulated workers, any number of them in one process, over real connections: what a fleet has beside its devices.

    python bench/light_workers.py --connect ADDRESS [--workers 4] [--service-ms 0] [--requests 2] [--detections 1]

Each has a session of its own with the producer and with the collector that it names, says and hears every message that
a worker does (frames in shared memory), keeps news to itself for as long as the producer lets it, and has a device that
takes `--service-ms` for a frame, one after the other, and no CPU. It looks at no pixels and marks no slots: what it
costs is to be small beside a producer and a collector. Instead of two sockets for each worker there are two in all,
with a connection for each.
"""

from __future__ import annotations

import argparse
import heapq
import math
import os
import sys
import time
from pathlib import Path
from typing import Final

import numpy as np
import zmq

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from common import limits
from common import messages as m
from common.dialer import Dialer, Heard
from common.shm import ShmOffer, attach
from common.transport import SERVER
from common.wire import decode, encode

TURN_S: Final = 0.02
"""How often sessions are looked after."""
MESSAGES_A_TURN: Final = 512


class Line:
    """A socket with a connection for each worker: a ROUTER that gives each a name of its own before it connects."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]]) -> None:
        self.socket = context.socket(zmq.ROUTER)
        self.socket.set_hwm(limits.QUEUE_MESSAGES)
        self.socket.setsockopt(zmq.LINGER, 0)

    def connect(self, number: int, address: str) -> None:
        """Make the connection of one worker."""
        self.socket.setsockopt(zmq.CONNECT_ROUTING_ID, _alias(number))
        self.socket.connect(address)

    def send(self, number: int, message: m.Message, payload: bytes | None = None) -> None:
        """Send one message; a full queue would be a defect of this simulation."""
        parts = [_alias(number), encode(message)]
        self.socket.send_multipart(parts if payload is None else [*parts, payload], zmq.DONTWAIT)

    def receive(self) -> list[list[bytes]]:
        """Take what has come, up to a bound."""
        came: list[list[bytes]] = []
        try:
            while len(came) < MESSAGES_A_TURN:
                came.append(self.socket.recv_multipart(zmq.DONTWAIT))
        except zmq.Again:
            pass
        return came


class Worker:
    """One simulated worker: two sessions, and a device that takes one frame at a time."""

    def __init__(self, number: int, now: float) -> None:
        hello = m.Hello(m.PROTOCOL, "worker", f"light-{number}", os.urandom(16), b"", ())
        self.number: Final = number
        self.producer: Final = Dialer("work", hello, now)
        self.collector: Final = Dialer("collector", hello, now)
        self.job = b""
        self.token = b""
        self.held = 0
        self.free_at = 0.0
        self.credit_at = 0.0
        self.patience_s = 0.0
        self.finished: list[m.WorkItem] = []
        self.gone = False


class LightWorkers:
    """All of them, in one loop."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._context = zmq.Context[zmq.Socket[bytes]]()
        self._work = Line(self._context)
        self._results = Line(self._context)
        self._requests: int = asked.requests
        self._service_s: float = asked.service_ms / 1000
        self._rows = np.array([[1, 2, 9, 18, 0.75, 0]] * asked.detections, np.float32).tobytes()
        self._found = asked.detections
        now = time.monotonic()
        self._workers = [Worker(number, now) for number in range(asked.workers)]
        for worker in self._workers:
            self._work.connect(worker.number, asked.connect)
        self._due: list[tuple[float, int, int, m.WorkItem]] = []
        self._taken = 0
        self._kept: dict[int, float] = {}
        """Workers with news, and until when they may keep it; as all have the same patience, in this order."""
        self._look_at = 0.0
        self._segment = b""

    def run(self) -> None:
        """Work until the producer has said goodbye to all."""
        poller = zmq.Poller()
        for line in (self._work, self._results):
            poller.register(line.socket, zmq.POLLIN)
        while not all(worker.gone for worker in self._workers):
            kept_until = next(iter(self._kept.values()), math.inf)
            until = min(self._look_at, kept_until, self._due[0][0] if self._due else math.inf)
            poller.poll(max(0, math.ceil(1000 * (until - time.monotonic()))))
            self._turn()
        self._context.destroy(linger=0)

    def _turn(self) -> None:
        now = time.monotonic()
        for line, take in ((self._work, self._from_producer), (self._results, self._from_collector)):
            for alias, header, *payload in line.receive():
                message = decode(header, len(payload[0]) if payload else 0)
                take(self._workers[int.from_bytes(alias[1:], "big")], message, payload[0] if payload else b"", now)
        self._complete(time.monotonic())
        if now >= self._look_at:
            self._look_at = now + TURN_S
            for worker in self._workers:
                self._look_after(worker, now)

    def _from_producer(self, worker: Worker, message: m.Message, payload: bytes, now: float) -> None:
        heard = worker.producer.heard(message, now)
        if heard is Heard.LEFT:
            worker.gone = True
        elif heard is Heard.ADMITTED:
            assert isinstance(message, m.Welcome)
            self._welcomed(worker, message)
        elif heard is Heard.CURRENT and isinstance(message, m.Work):
            self._take(worker, message.items, now)
        del payload  # the job's document is of no interest here

    def _take(self, worker: Worker, items: tuple[m.WorkItem, ...], now: float) -> None:
        for item in items:
            assert item.slot >= 0, "frames have to be in shared memory"
            worker.held += 1
            worker.free_at = max(now, worker.free_at) + self._service_s
            self._taken += 1
            heapq.heappush(self._due, (worker.free_at, self._taken, worker.number, item))

    def _welcomed(self, worker: Worker, welcome: m.Welcome) -> None:
        assert welcome.shm is not None, "the producer offers no shared memory"
        if not self._segment:
            attached = attach(ShmOffer(*welcome.shm))
            assert not isinstance(attached, str), attached
            self._segment = attached.token
        if not worker.job:  # welcomed anew, where a producer was slow to answer: ZeroMQ aborts at a second connection
            self._results.connect(worker.number, welcome.collector)
        worker.job, worker.token, worker.patience_s = welcome.job, self._segment, welcome.patience_ms / 1000

    def _from_collector(self, worker: Worker, message: m.Message, _payload: bytes, now: float) -> None:
        if worker.collector.heard(message, now) is Heard.ADMITTED:
            worker.collector.ready(now)
            worker.producer.ready(now)
            worker.credit_at = now

    def _complete(self, now: float) -> None:
        """Hand over what the devices have finished by now, where it may not wait for more."""
        ready: dict[int, Worker] = {}
        while self._due and self._due[0][0] <= now:
            due_at, _, number, item = heapq.heappop(self._due)
            worker = ready.setdefault(number, self._workers[number])
            worker.finished.append(item)
            self._kept.setdefault(number, due_at + worker.patience_s)
        for number, until in self._kept.items():
            if until > now:
                break
            ready[number] = self._workers[number]
        for number, worker in ready.items():
            has_next = worker.held - len(worker.finished) > self._requests
            if self._kept[number] <= now or not has_next or len(worker.finished) >= limits.BATCH_MAX:
                del self._kept[number]
                self._hand_over(worker, now)

    def _capacity(self, worker: Worker) -> int:
        """How many frames a worker wants: what its device takes, and as many as it finishes until it tells."""
        if not self._service_s:
            return self._requests + 1
        return min(limits.CREDITS_MAX, self._requests + max(1, math.ceil(worker.patience_s / self._service_s)))

    def _hand_over(self, worker: Worker, now: float) -> None:
        finished, worker.finished = worker.finished, []
        worker.held -= len(finished)
        infer_us = int(self._service_s * 1e6)
        for first in range(0, len(finished), limits.BATCH_MAX):
            batch = finished[first : first + limits.BATCH_MAX]
            items = tuple(
                m.ResultItem(work.stream, work.epoch, work.seq, work.attempt, work.pts, self._found, 0, infer_us)
                for work in batch
            )
            results = m.Results(worker.collector.id, worker.job, items)
            self._say(worker, worker.collector, results, now, self._rows * len(batch))
            refs = tuple((work.stream, work.epoch, work.seq, work.attempt) for work in batch)
            self._say(worker, worker.producer, m.Done(worker.producer.id, "sent", refs), now)

    def _look_after(self, worker: Worker, now: float) -> None:
        """Say hello, beats and credit."""
        if worker.gone:
            return
        for dialer in (worker.producer, worker.collector):
            if dialer is worker.collector and not worker.job:
                continue
            sends, lost = dialer.tick(now)
            assert not lost, f"light-{worker.number} was not heard from by {dialer.link}"
            for send in sends:
                self._say(worker, dialer, send.message, now)
        if worker.producer.is_open and worker.collector.is_open and now >= worker.credit_at:
            worker.credit_at = now + limits.HEARTBEAT_S
            credit = m.Credit(worker.producer.id, "ready", self._capacity(worker), worker.held, worker.token)
            self._say(worker, worker.producer, credit, now)

    def _say(
        self, worker: Worker, dialer: Dialer, message: m.Message, now: float, payload: bytes | None = None
    ) -> None:
        send = dialer.send(message, now)
        assert send.peer == SERVER
        line = self._work if dialer is worker.producer else self._results
        line.send(worker.number, send.message, payload)


def _alias(number: int) -> bytes:
    """The name of a connection; a ROUTER keeps those that begin with a zero byte for itself."""
    return b"w" + number.to_bytes(4, "big")


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description="Simulated workers over real connections.")
    parser.add_argument("--connect", required=True)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--service-ms", type=float, default=0.0)
    parser.add_argument("--requests", type=int, default=2)
    parser.add_argument("--detections", type=int, default=1)
    LightWorkers(parser.parse_args()).run()


if __name__ == "__main__":
    main()
