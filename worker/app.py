"""The worker as a process: its options, and how its parts are put together.

What this file does not know: what any of the parts does.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final, NoReturn

from common import limits
from common.actions import Finish, Send
from common.cache_folder import cache_folder
from common.errors import UsageError
from common.exits import Exit
from common.machine import machine_facts
from common.mailbox import Mailbox
from common.messages import Results
from common.params import Goal
from common.runner import Runner
from common.sayings import FirstFrame, Saying
from common.schema import is_name
from common.transport import Outcome, Receipt
from common.zmq_transport import ZmqEndpoint, ZmqTransport
from worker.actions import Action
from worker.core import WorkerCore
from worker.edge import WorkerEdge
from worker.engine import EngineOptions, Hint
from worker.loader import Event, Loader
from worker.model_store import ModelStore
from worker.replacement import take_over
from worker.unpacking import Unpacker


@dataclass(frozen=True, slots=True)
class WorkerOptions:
    """What `vinofleet worker` was asked for; see its help. None is the default of who decides."""

    connect: tuple[str, ...]
    device: str = "CPU"
    name: str | None = None
    goal: Goal = "throughput"
    hint: Hint | None = None
    streams: int | None = None
    nireq: int | None = None
    threads: int | None = None
    pin: bool | None = None
    transport: str = "auto"
    cache_dir: Path | None = None
    timeout: float | None = None
    request_timeout: float = 30.0
    stay: bool = False
    crash_on: tuple[int, ...] = ()


def run_worker(options: WorkerOptions, speak: Callable[[Saying], None], *, replaces_itself: bool = False) -> Exit:
    """Work until there is nothing more to do; leaves the process at once where a request hangs.

    Args:
        options: what was asked for.
        speak: tells the person at the shell, or whoever started this process.
        replaces_itself: whether the process begins anew when its device is lost or hangs.

    Raises:
        UsageError: options contradict themselves.
        NetworkError: an address cannot be connected to.
    """
    first = _FirstFrame(speak)
    try:
        finish, hangs = _run(options, first)
        if replaces_itself:
            take_over(finish.code, speak, worked=first.was_sent)
    except KeyboardInterrupt:  # the second: what closes is not waited for, and a compilation stands no other end
        _leave(Exit.INTERRUPTED)
    if hangs:
        _leave(finish.code)
    return finish.code


def _run(options: WorkerOptions, first: _FirstFrame) -> tuple[Finish, bool]:
    """Run to the end; also say whether something hangs."""
    addresses = _addresses(options.connect)
    core = _core(options)
    with closing(ZmqTransport()) as transport, closing(Mailbox[Event]()) as mailbox:
        endpoints = {link: _connect(transport, address) for link, address in addresses.items()}

        def open_link(link: str, address: str) -> None:
            runner.add_link(link, _connect(transport, address))

        loader = Loader(ModelStore(_root(options)), _engine_options(options), mailbox)
        edge = WorkerEdge(
            core, loader, Unpacker(mailbox.put), open_link, addresses, options.transport, frozenset(options.crash_on)
        )
        runner: Runner[Action, Event] = Runner(
            core, transport, endpoints, mailbox, edge, on_send=first.on_send, speak=first.speak
        )
        return runner.run(), edge.hangs


class _FirstFrame:
    """Is told of each message sent, and says when the first of them holds results."""

    def __init__(self, speak: Callable[[Saying], None]) -> None:
        self.speak: Final = speak
        self.was_sent = False

    def on_send(self, send: Send, receipt: Receipt) -> None:
        """Learn of a message."""
        if not self.was_sent and isinstance(send.message, Results) and receipt.outcome is Outcome.SENT:
            self.was_sent = True
            self.speak(FirstFrame())


def default_name() -> str:
    """Name this worker after its machine and process, so that no two of a fleet are alike."""
    host = re.sub(r"[^A-Za-z0-9._-]", "-", platform.node()).lstrip("._-")[:40]
    return f"{host or 'worker'}-{os.getpid()}"


def _addresses(connect: tuple[str, ...]) -> dict[str, str]:
    if len(set(connect)) < len(connect):
        raise UsageError("--connect names a producer twice", "give each once")
    return {f"producer:{index}": address for index, address in enumerate(connect)}


def _connect(transport: ZmqTransport, address: str) -> ZmqEndpoint:
    return transport.connect(
        address, max_message_bytes=limits.INTO_WORKER_MAX_BYTES, queue_messages=limits.QUEUE_MESSAGES
    )


def _root(options: WorkerOptions) -> Path:
    return options.cache_dir or cache_folder()


def _core(options: WorkerOptions) -> WorkerCore:
    name = options.name or default_name()
    if not is_name(name):
        raise UsageError(f"--name {name!r} is no name", "use at most 64 letters, digits, dots, dashes, underscores")
    return WorkerCore(
        name=name,
        instance=secrets.token_bytes(16),
        producers=options.connect,
        facts=_facts(options.device),
        timeout_s=options.timeout,
        stay=options.stay,
        request_deadline_s=options.request_timeout,
        ahead=0 if options.goal == "latency" else 1,
    )


def _facts(device: str) -> dict[str, str]:
    """What the report says of this worker; found out without importing OpenVINO, which a scripted job never needs."""
    facts = machine_facts()
    return {
        "device": device,
        "cpu": str(facts["cpu"] or ""),
        "cores": str(facts["usable_cores"] or ""),
        "openvino": _version("openvino"),
        "vinofleet": _version("vinofleet"),
        "pid": str(os.getpid()),
    }


def _engine_options(options: WorkerOptions) -> EngineOptions:
    return EngineOptions(
        device=options.device,
        hint=options.hint or options.goal,
        streams=options.streams,
        nireq=options.nireq,
        threads=options.threads,
        cache_dir=_root(options) / "compiled",
        pin=options.pin,
    )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _leave(code: Exit) -> NoReturn:
    """End the process beside what does not end; whatever waits for it would wait for ever, or abort the process."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
