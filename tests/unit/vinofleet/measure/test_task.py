"""A process that leaves what it measured, or says that its device failed."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

from common.errors import DeviceError
from vinofleet.measure.task import do_and_leave, task_command


@dataclass
class Errand:
    """What a process is to do."""

    frames: int


def test_a_task_travels_as_a_json_object() -> None:
    """To the module that does it, run by this interpreter."""
    *command, text = task_command("some.module", Errand(3))
    assert command == [sys.executable, "-P", "-m", "some.module"]
    assert json.loads(text) == {"frames": 3}


def test_what_was_measured_is_written_before_the_process_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and well."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.setattr(os, "_exit", leave)
    notes = tmp_path / "notes"
    with pytest.raises(SystemExit) as left:
        do_and_leave(lambda: {"fps": 12.5}, "CPU", str(notes))
    assert left.value.code == 0
    assert json.loads(notes.read_text(encoding="utf-8")) == {"fps": 12.5}


def test_a_device_that_fails_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    """In one line, whatever OpenVINO says."""

    def fail() -> NoReturn:
        raise RuntimeError("Check 'x' failed at y.cpp:1:\nout of memory\n")

    with pytest.raises(DeviceError, match=r"device GPU failed: .*out of memory"):
        do_and_leave(fail, "GPU", str(tmp_path / "notes"))
    assert not list(tmp_path.iterdir())
