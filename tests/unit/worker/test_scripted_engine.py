"""The fake's simulated device and its faults."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from common.counter import stamp
from common.errors import ModelError
from common.job import InputSpec, JobDocument, OutputSpec
from tests.unit.worker.completions import DEADLINE_S, Completions
from worker.scripted_engine import ScriptedEngine

SPEC = InputSpec("pixels", 8, 16, "bgr", "BGR", "stretch")
ROOT = Path(__file__).resolve().parents[3]


def _job(script: str) -> JobDocument:
    return JobDocument("scripted", "scripted", (), SPEC, OutputSpec("scripted", "", 0, (), 0.5), script=script)


def _pixels(number: int) -> np.ndarray[tuple[int], np.dtype[np.uint8]]:
    pixels = np.zeros(SPEC.nbytes, np.uint8)
    stamp(pixels, number)
    return pixels


def test_a_frame_takes_its_service_time() -> None:
    """infer_us is the simulated device's time, never less than the script says."""
    done = Completions()
    engine = ScriptedEngine(_job("service_ms=3&requests=3"), done)
    for token in range(3):
        engine.submit(token, _pixels(token), (64, 48))
    assert all(done.next().infer_us >= 3000 for _ in range(3))
    engine.close()


def test_a_hanging_frame_never_completes_and_does_not_hold_up_others() -> None:
    """The one that hangs is the caller's to notice."""
    done = Completions()
    engine = ScriptedEngine(_job("hang=1"), done)
    engine.submit(1, _pixels(1), (64, 48))
    engine.submit(2, _pixels(2), (64, 48))
    assert done.next().token == 2
    assert done.is_empty()


@pytest.mark.parametrize("content", ["none", "torn"])
def test_pixels_without_an_intact_number_complete_with_an_error(content: str) -> None:
    """A slot that was mixed up or overwritten cannot pass for a result."""
    pixels = _pixels(7)
    if content == "none":
        pixels[:] = 3
    else:
        pixels[:64] = _pixels(8)[:64]
    done = Completions()
    engine = ScriptedEngine(_job(""), done)
    engine.submit(1, pixels, (64, 48))
    assert "frame" in done.next().error
    engine.close()


@pytest.mark.process
def test_a_poison_frame_kills_the_process() -> None:
    """The worker dies of SIGKILL the moment it starts the frame, with no chance to say anything."""
    code = (
        "from tests.unit.worker.test_scripted_engine import ScriptedEngine, _job, _pixels\n"
        "engine = ScriptedEngine(_job('poison=4,9'), print)\n"
        "engine.submit(1, _pixels(9), (64, 48))\n"
    )
    child = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=DEADLINE_S)
    assert child.returncode == -signal.SIGKILL


def test_an_unknown_option_is_refused() -> None:
    """A misspelt option is no fault that silently never happens."""
    with pytest.raises(ModelError, match="'poisson' is unknown"):
        ScriptedEngine(_job("poisson=4"), print)
