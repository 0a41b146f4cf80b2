"""Long time slices for threads that compute: how long the scheduler lets a thread go on before another has its turn.

Linux gives everybody a slice of 1 to 3 ms. Where decoding and inference share a core they then take it from each other
some ten times a frame, and each finds its caches emptied: with 1080p H.264 and person-detection-0202 on one core,
inference cost 24.6 CPU ms a frame beside decoding, 22.1 with slices of 30 ms, and decoding 5.2 and 4.8. Loops keep the
short slice, with which they come before whoever has a long one.

It is a request: kernels before 6.12 and other systems know no such thing, and nothing depends on it.
What this file does not know: who computes.
"""

from __future__ import annotations

import ctypes
import os
import platform
import sys
from typing import Final

LONG_S: Final = 0.03
"""The kernel admits 0.1 to 100 ms. A thread that waits for a core waits for as long at worst."""

_CALLS: Final = {"x86_64": (314, 315), "aarch64": (274, 275)}
"""Numbers of sched_setattr(2) and sched_getattr(2), for which the C library has had functions only since 2.41."""

_SHARED_POLICIES: Final = frozenset({getattr(os, "SCHED_OTHER", 0), getattr(os, "SCHED_BATCH", 3)})
"""Policies of which `sched_runtime` is the slice."""


class _Attributes(ctypes.Structure):
    """struct sched_attr of sched_setattr(2), in its first version."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("nice", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("runtime_ns", ctypes.c_uint64),
        ("deadline_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
    )


def lengthen_time_slice(slice_s: float = LONG_S) -> bool:
    """Ask for a long slice for the calling thread, and for the threads that it starts from now on.

    Returns:
        Whether the system took the request.
    """
    calls = _CALLS.get(platform.machine()) if sys.platform == "linux" else None
    if calls is None:
        return False
    set_attributes, get_attributes = calls
    syscall = ctypes.CDLL(None).syscall
    found = _Attributes()
    if syscall(get_attributes, 0, ctypes.byref(found), ctypes.sizeof(found), 0) or found.policy not in _SHARED_POLICIES:
        return False
    found.flags, found.runtime_ns = 0, round(slice_s * 1e9)
    return bool(syscall(set_attributes, 0, ctypes.byref(found), 0) == 0)
