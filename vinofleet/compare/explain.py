"""Why a mode is as fast as it is: a sentence from what was measured. Pure.

What this file does not know: how anything was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vinofleet.compare.modes import Mode

OWN: Final = ("decode", "preprocess", "draw")
"""What the first thread does for a frame besides waiting for the device."""

SERIAL: Final = ("decode", "preprocess", "infer", "draw")


def why(mode: Mode, stages_ms: Mapping[str, float], engine: Mapping[str, object], sync_ms: Mapping[str, float]) -> str:
    """Say what overlaps in a mode.

    Args:
        mode: the mode.
        stages_ms: milliseconds a frame of each of its stages.
        engine: what the device said of itself; empty of a fleet.
        sync_ms: the stages where one thing comes after the other; empty if that was not measured.
    """
    if mode.kind == "sync":
        parts = " + ".join(f"{name} {stages_ms.get(name, 0.0):.1f}" for name in SERIAL)
        return f"nothing overlaps: {parts} = {sum(stages_ms.values()):.1f} ms a frame; the device idles but in infer"
    if mode.kind == "async":
        own = sum(stages_ms.get(name, 0.0) for name in OWN)
        return (
            f"while the device infers one frame, {own:.1f} ms of decode, preprocess and draw of its neighbours go on; "
            f"{stages_ms.get('wait', 0.0):.1f} ms a frame are left in which the thread only waits for the device"
        )
    if mode.kind == "queue":
        return (
            f"{_streams(engine)} are under way while the thread decodes and preprocesses "
            f"({stages_ms.get('decode', 0.0) + stages_ms.get('preprocess', 0.0):.1f} ms a frame); "
            f"callbacks draw ({stages_ms.get('draw', 0.0):.1f} ms), in order"
        )
    if mode.kind == "fleet":
        return _fleet(mode, stages_ms, sync_ms)
    return f"the device alone: one tensor again and again, {_streams(engine)}"


def _fleet(mode: Mode, stages_ms: Mapping[str, float], sync_ms: Mapping[str, float]) -> str:
    workers = "one worker infers" if mode.workers == 1 else f"{mode.workers} workers infer, each on its own cores"
    # Both steps together: a synthetic source is painted in the one by sync, in the other by a producer.
    there = _both(stages_ms, "decode", "prepare")
    here = _both(sync_ms, "decode", "preprocess")
    against = f", against {here:.1f} of decode and preprocess in sync" if here is not None else ""
    own = f"; decoding and resizing take {there:.1f} ms a frame{against}" if there is not None else ""
    return f"decoding, inferring and drawing are processes of their own: {workers}{own}"


def _both(stages_ms: Mapping[str, float], one: str, other: str) -> float | None:
    """The milliseconds of two stages; None where one was not measured."""
    return stages_ms[one] + stages_ms[other] if {one, other} <= stages_ms.keys() else None


def _streams(engine: Mapping[str, object]) -> str:
    streams = engine.get("streams")
    return f"{engine.get('requests')} requests on {streams} {'stream' if streams == 1 else 'streams'}"
