"""A process that does one thing to be measured, and leaves in a file what it has measured of it.

What this file does not know: what it does, and who measures it from outside.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from common.errors import DeviceError
from common.exits import Exit
from common.openvino_text import plain

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def task_command(module: str, task: DataclassInstance) -> list[str]:
    """The command line of a process: `python -m MODULE TASK`, the task as a JSON object."""
    return [sys.executable, "-P", "-m", module, json.dumps(asdict(task))]


def do_and_leave(work: Callable[[], Mapping[str, Any]], device: str, notes: str) -> NoReturn:
    """Do it, write the file, and end this process.

    Args:
        work: returns what is to be written.
        device: an OpenVINO device, which may fail meanwhile.
        notes: the file.

    Raises:
        DeviceError: the device failed.
        VinofleetError: whatever else `work` raises of that kind.
    """
    try:
        noted = work()
    except RuntimeError as error:  # OpenVINO's, while it infers
        raise DeviceError(f"device {device} failed: {plain(str(error))}", "try another --device") from error
    Path(notes).write_text(json.dumps(noted), encoding="utf-8")
    os._exit(Exit.OK)  # everything is written; the interpreter would destroy queues, see `vinofleet.measure.device`
