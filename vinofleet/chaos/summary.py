"""What a person reads at the end: what was done, what became of the frames, which checks hold.

What this file does not know: how anything was found out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from common.rows import Status
from vinofleet.chaos.checks import Check
from vinofleet.chaos.rows import Rows
from vinofleet.chaos.schedule import Fault
from vinofleet.chaos.stalls import Stalls


def summary(  # noqa: PLR0913 - each is a word of a line
    *,
    seed: int,
    done: Mapping[Fault, int],
    nobody: int,
    rows: Rows,
    redispatched: int | None,
    stalls: Stalls,
    stalled_at_s: float,
    checks: Sequence[Check],
) -> str:
    """Write it.

    Args:
        seed: of the schedule.
        done: acts by their kind.
        nobody: acts that found nobody to be done to.
        rows: what was written.
        redispatched: frames that were sent again; None where no report says so.
        stalls: of the outputs.
        stalled_at_s: when the longest of them began, in seconds of the schedule.
        checks: in the order of their lines.
    """
    kinds = ", ".join(f"{fault} {count}" for fault, count in sorted(done.items())) or "none"
    missed = f"; {nobody} more found nobody" if nobody else ""
    again = "" if redispatched is None else f"; sent again {redispatched}"
    stall = "none" if stalls.longest_s is None else f"{stalls.longest_s * 1e3:.0f} ms, from {stalled_at_s:.1f} s on"
    lines = [
        ("seed", str(seed)),
        ("acts", kinds + missed),
        ("frames", " + ".join(f"{status} {rows.statuses[status]}" for status in Status) + f" = {rows.total}{again}"),
        ("longest stall", stall),
        *((check.name, f"{_verdict(check)}: {check.text}") for check in checks),
    ]
    width = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{width}}  {text}" for name, text in lines)


def _verdict(check: Check) -> str:
    return "passed" if check.holds else "FAILED"
