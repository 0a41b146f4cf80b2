"""A fleet harmed from its start to its end, and the verdict.

Guarantees that options which cannot be meant are refused before anything is harmed or started. What this file does not
know: how a fault is done, and what makes an output right.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

import click

from common.actions import Notice
from common.console import speaking
from common.errors import UsageError, VinofleetError
from common.exits import Exit
from vinofleet.chaos.checks import Check, Outputs, check_stall, checks_of, files, sent_again
from vinofleet.chaos.driver import Driver
from vinofleet.chaos.filler import check_filling
from vinofleet.chaos.fleets import AttachedFleet, Fleet, HandMadeFleet, OwnFleet
from vinofleet.chaos.harms import Harms, Rig
from vinofleet.chaos.link import Link, check_device, check_tools
from vinofleet.chaos.outputs import outputs_of
from vinofleet.chaos.processes import check_system
from vinofleet.chaos.proxy import Proxy
from vinofleet.chaos.rows import Rows
from vinofleet.chaos.schedule import OF_PROCESSES, Fault, Timeline, plan
from vinofleet.chaos.summary import summary
from vinofleet.chaos.witness import witnessing

SEED_MAX: Final = 1 << 32
NEEDS: Final[Mapping[Fault, str]] = {
    Fault.FILL: "--fill FOLDER",
    **dict.fromkeys((Fault.DELAY, Fault.STALL, Fault.RESET, Fault.CUT), "--proxy LISTEN=TARGET"),
    **dict.fromkeys((Fault.LOSE, Fault.DOWN), "--device DEVICE"),
}
"""What has to be given where something other than a process is to be harmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """The options of `vinofleet chaos`; times in seconds."""

    words: tuple[str, ...]
    seed: int | None
    faults: tuple[str, ...]
    roles: tuple[str, ...]
    every: float
    for_s: float
    last: float
    attach: int | None
    process: tuple[tuple[str, int], ...]
    proxy: tuple[tuple[str, str], ...]
    delay: float
    device: tuple[str, ...]
    loss: float
    fill: Path | None
    fill_any: bool
    leave: int
    json: Path | None
    output: Path | None
    report: Path | None
    reference: Path | None
    max_stall: float | None
    log: Path | None


def run_chaos(options: ChaosOptions) -> Exit:
    """Harm a fleet, and judge what it left.

    Returns:
        `OK` if every check holds, `CHECK_FAILED` otherwise; the fleet's own code if it ended before its first row.

    Raises:
        VinofleetError: an option cannot be meant, or an act could not be done; everything is undone by then.
    """
    targets = _check(options)
    seed = secrets.randbelow(SEED_MAX) if options.seed is None else options.seed
    acts = plan(
        Random(seed),  # nosec B311 # noqa: S311 - a schedule that can be had again
        faults=[Fault(fault) for fault in options.faults],
        targets=targets,
        every_s=options.every,
        for_s=options.for_s,
        lasting_s=options.last,
    )
    with speaking("chaos") as say, witnessing(say, options.log) as witness, _proxies(options) as proxies:
        with _fleet(options) as (fleet, outputs):
            say(Notice("info", f"seed {seed}: {len(acts)} acts in {options.for_s:g} s"))
            for proxy in proxies.values():
                say(Notice("info", f"passing on what comes to {proxy.address}"))
            driver = Driver(
                Timeline(acts),
                Harms(_rig(options, fleet, proxies)),
                has_ended=fleet.has_ended,
                size=_sizes(outputs),
                waits_for_rows=isinstance(fleet, OwnFleet),
                tell=witness.act,
            )
            driver.drive()
        if driver.interrupted:
            return Exit.INTERRUPTED
        if fleet.code in set(Exit) - {Exit.OK} and not driver.stalls.has_begun:
            return Exit(fleet.code)  # its own line says why; whom a signal ended says nothing
        rows, checks = _judge(options, fleet, outputs, driver)
        witness.verdict(checks)
    click.echo(
        summary(
            seed=seed,
            done=driver.done,
            nobody=driver.nobody,
            rows=rows,
            redispatched=sent_again(outputs),
            stalls=driver.stalls,
            stalled_at_s=driver.stalled_at_s,
            checks=checks,
        )
    )
    return Exit.OK if all(check.holds for check in checks) else Exit.CHECK_FAILED


def _judge(options: ChaosOptions, fleet: Fleet, outputs: Outputs, driver: Driver) -> tuple[Rows, list[Check]]:
    checks: list[Check] = []
    if fleet.code is not None:
        checks.append(Check("exit code", fleet.code == Exit.OK, f"{fleet.code} of the fleet"))
    rows, found = checks_of(outputs, options.reference)
    checks += found
    if options.max_stall is not None:
        checks.append(check_stall(driver.stalls, options.max_stall))
    checks.append(Check("undone", not driver.failures, "; ".join(driver.failures) or "whatever was begun"))
    return rows, checks


def _rig(options: ChaosOptions, fleet: Fleet, proxies: Mapping[str, Proxy]) -> Rig:
    return Rig(
        present=fleet.present,
        restart=fleet.restart if isinstance(fleet, HandMadeFleet) else None,
        proxies=proxies,
        links={device: Link(device) for device in options.device},
        folders={str(options.fill): options.fill} if options.fill else {},
        delay_s=options.delay,
        loss=options.loss,
        leave_bytes=options.leave,
    )


def _check(options: ChaosOptions) -> dict[Fault, tuple[str, ...]]:
    """Refuse what cannot be meant; returns to whom each fault may happen."""
    check_system()
    ways = [bool(options.words), options.attach is not None, bool(options.process)]
    if sum(ways) != 1:
        what = "there is nothing to harm" if not any(ways) else "there is more than one fleet to harm"
        raise UsageError(what, "give either `-- run ...`, --attach PID, or --process NAME=PID")
    if options.words and options.words[0] != "run":
        raise UsageError(f"{options.words[0]!r} is no fleet", "write `-- run` and its options")
    if Fault.RESTART in options.faults and not options.process:
        raise UsageError("restart needs --process", "use kill: `run` starts again what it has started")
    targets = {Fault(fault): _targets(Fault(fault), options) for fault in options.faults}
    for fault, found in targets.items():
        if not found:
            raise UsageError(f"{fault} has nothing to harm", f"give {NEEDS.get(fault, '--roles worker')}")
    if options.reference is not None and not files([options.reference]):
        raise UsageError(f"there is no {options.reference}", "name the rows of an undisturbed run with --reference")
    if Fault.FILL in targets and options.fill is not None:
        check_filling(options.fill, any_size=options.fill_any)
    if targets.keys() & {Fault.LOSE, Fault.DOWN}:
        for device in options.device:
            check_tools(device)
            check_device(device)
    return targets


def _targets(fault: Fault, options: ChaosOptions) -> tuple[str, ...]:
    if fault is Fault.DRAIN:
        return tuple(role for role in options.roles if role == "worker")
    if fault in OF_PROCESSES:
        return options.roles
    if fault is Fault.FILL:
        return (str(options.fill),) if options.fill else ()
    return options.device if fault in {Fault.LOSE, Fault.DOWN} else tuple(listen for listen, _ in options.proxy)


@contextmanager
def _fleet(options: ChaosOptions) -> Iterator[tuple[Fleet, Outputs]]:
    """Start a fleet, or find it, and the outputs that it is to have; one that was started here ends with this."""
    fleet, outputs = _found(options)
    try:
        yield fleet, outputs
    finally:
        if not fleet.has_ended():
            fleet.stop()


def _found(options: ChaosOptions) -> tuple[Fleet, Outputs]:
    named = Outputs(*(((path,) if path else ()) for path in (options.json, options.output, options.report)))
    if options.process:
        return HandMadeFleet(dict(options.process)), _with_rows(named)
    if options.attach is not None:
        attached = AttachedFleet(options.attach)
        return attached, _with_rows(outputs_of(attached.words, attached.folder) + named)
    outputs = _with_rows(outputs_of(options.words[1:], Path.cwd()) + named)
    try:
        return OwnFleet(options.words[1:]), outputs
    except OSError as error:
        raise FleetError(f"the fleet cannot be started ({error.strerror})", "free memory or processes") from error


class FleetError(VinofleetError):
    """A fleet that the system has no room for."""


def _with_rows(outputs: Outputs) -> Outputs:
    if not outputs.rows:
        raise UsageError("there are no rows to check", "give --json FILE")
    return outputs


def _sizes(outputs: Outputs) -> Callable[[], int]:
    """How many bytes of rows there are; one that comes and goes meanwhile counts as nothing."""

    def size() -> int:
        total = 0
        for path in files(outputs.rows):
            try:
                total += path.stat().st_size
            except OSError:
                continue
        return total

    return size


@contextmanager
def _proxies(options: ChaosOptions) -> Iterator[dict[str, Proxy]]:
    """The proxies, passing on."""
    with ExitStack() as stack:
        yield {listen: stack.enter_context(Proxy(target, listen)) for listen, target in options.proxy}
