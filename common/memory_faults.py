"""What a network in memory does to messages and connections: chances and times, no doing.

What this file does not know: messages, endpoints, and when a fault begins or ends.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Faults:
    """What goes wrong, from the next message on; every field may be changed at any time.

    Attributes:
        latency_s: least and greatest delay of a message, seconds.
        drop, duplicate, reorder: the chance of each for one message, 0..1.
        reorder_delay_s: the most by which a reordered message or a repetition comes late.
        haunt: the chance that a message comes once more, long after, see `late_s`.
        late_s: least and greatest wait before it does, mostly a short one; sender and receiver may have begun a new
            life by then.
        crash_loss: the chance that a message under way from a crashed endpoint is lost with it.
        notice_s: how long the other side takes to see that a connection is gone.
        reconnect_s: least and greatest wait before a connection is tried again.
        cut_break_s: how long a partition lasts before it breaks connections (ZeroMQ's heartbeat timeout).
    """

    latency_s: tuple[float, float] = (0.0001, 0.0005)
    drop: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_delay_s: float = 0.05
    haunt: float = 0.0
    late_s: tuple[float, float] = (0.05, 3.0)
    crash_loss: float = 0.5
    notice_s: float = 0.002
    reconnect_s: tuple[float, float] = (0.05, 1.0)
    cut_break_s: float = 2.0
