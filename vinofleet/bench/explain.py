"""A gap in words. Pure.

What this file does not know: how anything was measured, or computed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vinofleet.bench.gap import BUSY_SHARE, Alone, Gap

WORK: Final[Mapping[str, str]] = {"producer": "decoding and resizing", "worker": "inference", "collector": "the rows"}
"""What a role does beside handing things round."""

NOTHING_MS: Final = 0.05
"""Less than this is not said."""


def headline(gap: Gap) -> str:
    """The whole in a line: "148 possible, 141 reached: decode-bound; transport costs 0.1 ms"."""
    bound = {"decoding": "decode-bound", "inference": "inference-bound", "transport": "transport-bound"}
    text = f"{gap.possible_fps:.1f} FPS possible, {gap.reached_fps:.1f} reached ({100 * gap.share:.0f} %): "
    text += bound.get(gap.bound, "CPU-bound")
    return text if gap.transport_ms is None else f"{text}; transport costs {gap.transport_ms:.2f} ms a frame"


def sentences(alone: Alone, gap: Gap) -> Iterator[str]:
    """What limits the fleet, what a frame takes, and where the rest is."""
    yield _limit(alone, gap)
    if gap.floor_ms is not None:
        yield _floor(alone, gap.floor_ms)
    if gap.transport_ms is not None and gap.floor_ms is not None:
        yield _more(gap, alone.transport_ms, gap.floor_ms)
        if beside := _beside(gap):
            yield beside
    if gap.idle_ms is not None:
        yield _idle(alone, gap, gap.idle_ms)


def _limit(alone: Alone, gap: Gap) -> str:
    others = ", ".join(f"{name} {fps:.0f}" for name, fps in gap.limits.items() if name != gap.bound)
    if gap.bound == "CPU":
        return f"The CPU is the limit: {alone.cores} cores admit {gap.possible_fps:.1f} FPS (other limits: {others})."
    why = {
        "decoding": "one thread decodes and resizes a stream",
        "inference": "the device infers",
        "transport": "a fleet that does nothing with its frames hands round",
    }
    return f"The limit is that {why[gap.bound]} at {gap.possible_fps:.1f} FPS (other limits: {others})."


def _floor(alone: Alone, floor_ms: float) -> str:
    decode_ms, prepare_ms = alone.decode_ms or 0.0, alone.prepare_ms or 0.0
    return (
        f"Nobody can save {floor_ms:.2f} ms of CPU time a frame: decoding {decode_ms:.2f}, resizing "
        f"{prepare_ms - decode_ms:.2f}, inference {alone.inference_ms or 0.0:.2f}."
    )


def _more(gap: Gap, by_role: Mapping[str, float], floor_ms: float) -> str:
    used = gap.all_used_ms
    parts = ", ".join(f"{role} {spent:.2f}" for role, spent in by_role.items() if spent >= NOTHING_MS)
    return (
        f"The fleet takes {used:.2f} ms, {used / floor_ms:.2f} times that: handing frames and results round is "
        f"{gap.transport_ms:.2f} ({parts or 'next to nothing'})."
    )


def _beside(gap: Gap) -> str:
    """What the roles' work takes more, or less, in company."""
    told = [f"{WORK.get(role, role)} {more:+.2f}" for role, more in gap.beside_ms.items() if abs(more) >= NOTHING_MS]
    if not told:
        return ""
    total = sum(gap.beside_ms.values())
    return f"Beside each other, where they share caches and cores, its parts take {total:+.2f} ms: {', '.join(told)}."


def _idle(alone: Alone, gap: Gap, idle_ms: float) -> str:
    there_ms = 1000 * alone.cores / gap.reached_fps
    if gap.all_used_ms >= BUSY_SHARE * there_ms:
        return f"All {alone.cores} cores are busy."
    why = " for the limit" if gap.share >= BUSY_SHARE and gap.bound != "CPU" else ""
    return f"The cores idle for {max(0.0, idle_ms):.2f} of {there_ms:.2f} ms a frame{why}."
