"""Where a fleet's time goes: what is possible, what was reached, and what lies between. Pure.

All figures are of one frame: milliseconds of CPU time, of which so many cores have so many in the time of a frame.
What this file does not know: how anything was measured, how it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

BUSY_SHARE: Final = 0.97
"""Cores that idle for less than the rest of this are busy: nothing is measured better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Medians of what was measured alone; each None where the system, or the device, does not tell.

    Attributes:
        cores: that all may use.
        inference_fps: inferences a second.
        prepare_fps: frames a second that one thread decodes and resizes.
        transport_fps: frames a second through a fleet that does nothing with them.
        inference_ms: CPU time of an inference.
        decode_ms: that of decoding.
        prepare_ms: that of decoding and resizing.
        transport_ms: that of a fleet that does nothing, at the fleet's rate, by role.
    """

    cores: int
    inference_fps: float
    prepare_fps: float
    transport_fps: float
    inference_ms: float | None
    decode_ms: float | None
    prepare_ms: float | None
    transport_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """What lies between the possible and the reached.

    Attributes:
        limits: frames a second that each of these admits.
        bound: which of them is the least.
        possible_fps: that.
        reached_fps: what the fleet reached.
        floor_ms: CPU time of a frame that nobody can save: decoding, resizing, inference.
        transport_ms: that of handing frames and results round, at the fleet's rate.
        beside_ms: what parts take longer beside each other than alone, by role.
        idle_ms: time of the cores in which nobody did anything.
        used_ms: what the fleet took, by role.
    """

    limits: Mapping[str, float]
    bound: str
    possible_fps: float
    reached_fps: float
    floor_ms: float | None
    transport_ms: float | None
    beside_ms: Mapping[str, float]
    idle_ms: float | None
    used_ms: Mapping[str, float]

    @property
    def share(self) -> float:
        """How much of the possible was reached."""
        return self.reached_fps / self.possible_fps

    @property
    def all_used_ms(self) -> float:
        """What the fleet took, all roles together."""
        return sum(self.used_ms.values())


def gap_of(alone: Alone, reached_fps: float, used_ms: Mapping[str, float]) -> Gap:
    """Hold a fleet against its parts.

    Args:
        alone: the parts.
        reached_fps: the fleet's frames a second.
        used_ms: CPU time of a frame by role; empty where the system does not tell.
    """
    floor_ms = None
    if alone.inference_ms is not None and alone.prepare_ms is not None:
        floor_ms = alone.inference_ms + alone.prepare_ms
    limits = _limits(alone, floor_ms)
    bound = min(limits, key=lambda name: limits[name])
    told = bool(used_ms) and floor_ms is not None and bool(alone.transport_ms)
    return Gap(
        limits=limits,
        bound=bound,
        possible_fps=limits[bound],
        reached_fps=reached_fps,
        floor_ms=floor_ms,
        transport_ms=sum(alone.transport_ms.values()) if told else None,
        beside_ms=_beside(alone, used_ms) if told else {},
        idle_ms=1000 * alone.cores / reached_fps - sum(used_ms.values()) if used_ms else None,
        used_ms=used_ms,
    )


def _limits(alone: Alone, floor_ms: float | None) -> dict[str, float]:
    limits = {
        "decoding": alone.prepare_fps,
        "inference": alone.inference_fps,
        "transport": alone.transport_fps,
    }
    if floor_ms is not None:
        limits["CPU"] = 1000 * alone.cores / floor_ms
    return limits


def _beside(alone: Alone, used_ms: Mapping[str, float]) -> dict[str, float]:
    """What is left of each role's time when its work alone and its share of the transport are taken away."""
    works = {"producer": alone.prepare_ms or 0.0, "worker": alone.inference_ms or 0.0}
    return {role: used - works.get(role, 0.0) - alone.transport_ms.get(role, 0.0) for role, used in used_ms.items()}
