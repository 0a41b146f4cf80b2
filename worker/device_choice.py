"""Is there such a device? Asked before anything is started, so that a slip of the pen costs nothing.

What this file does not know: whether a device that is there can run a model.
"""

from __future__ import annotations

import difflib
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from common.errors import DeviceError

COMBINING: Final = ("AUTO", "MULTI", "HETERO", "BATCH")
"""OpenVINO's devices that pass work on to others, which may be named after a colon."""

DRIVEN: Final = ("GPU", "NPU")
"""Devices that OpenVINO knows, and that are not there without a driver of theirs."""

SURE: Final = "CPU"
"""The device of which nobody needs to be asked."""

TIMEOUT_S: Final = 60.0
"""A driver that looks for its device may take long."""

_CHILD: Final = Path(__file__).with_name("device_names.py")
_PART: Final = re.compile(r"(-?)([^(]*)(?:\([0-9]+\))?")
"""One of several devices: left out with a minus (AUTO), with a number of requests or frames in brackets."""


def check_device(text: str) -> None:
    """Refuse a device that is not there, by OpenVINO's own word; the CPU is.

    Raises:
        DeviceError: it is not; those that are there are named.
    """
    if text != SURE and (problem := refusal(text, device_names())):
        raise problem


def refusal(text: str, present: Sequence[str]) -> DeviceError | None:
    """Why what is written after --device cannot be had; None if it can.

    Args:
        text: such as GPU.1, AUTO or MULTI:GPU,CPU.
        present: the names of the devices that there are.
    """
    head, _, rest = text.partition(":")
    if head not in COMBINING:
        return None if _is_there(text, present) else _missing(text, present)
    parts = [_PART.fullmatch(part) for part in rest.split(",")] if rest else []
    for part in parts:
        if part is None or (not part[1] and not _is_there(part[2], present)):
            return _missing(part[2] if part else rest, present)
    return None


def device_names() -> list[str]:
    """The names of the devices that OpenVINO finds here, asked in a process of its own.

    Raises:
        DeviceError: OpenVINO does not say.
    """
    command = [sys.executable, "-P", str(_CHILD)]
    try:
        child = subprocess.run(command, capture_output=True, check=True, timeout=TIMEOUT_S)
        found = json.loads(child.stdout)
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        what = f"OpenVINO does not say what devices there are ({type(error).__name__})"
        raise DeviceError(what, "see `vinofleet devices`") from error
    return [str(name) for name in found]


def _is_there(name: str, present: Sequence[str]) -> bool:
    """Whether a name is that of a device, or of its kind: GPU where there is GPU.0, GPU.0 where there is one GPU."""
    kind, _, number = name.partition(".")
    return (
        name in present or any(each.startswith(f"{name}.") for each in present) or (number == "0" and kind in present)
    )


def _missing(name: str, present: Sequence[str]) -> DeviceError:
    kind = name.partition(".")[0].upper()
    near = difflib.get_close_matches(name.upper(), [*present, *COMBINING], 1)
    if kind in DRIVEN and not _is_there(kind, present):
        remedy = "choose one of these, or install its driver"
    else:
        remedy = f"did you mean {near[0]}?" if near else "see `vinofleet devices`"
    return DeviceError(f"there is no device {name!r} here; present are {', '.join(present) or 'none'}", remedy)
