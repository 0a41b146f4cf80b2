"""What was measured of a setting. Pure.

What this file does not know: how, and which setting.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of a setting once.

    Attributes:
        fps: frames a second.
        cpu_ms: of all processes, milliseconds a frame; None where the system does not tell.
        latency_ms: median from the decoded frame to the acknowledged row; None where that is not the goal.
    """

    fps: float
    cpu_ms: float | None
    latency_ms: float | None
