"""What is made of a run, also of one that is not as it should be."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from common.errors import UsageError
from common.exits import Exit
from vinofleet.measure.outcome import DifferenceError, Ran, RunError, failure, ran, rows_of, run_of
from vinofleet.measure.ruler import Mark, Measured


def rows(folder: Path, *statuses: str) -> Path:
    """A file of rows."""
    path = folder / "rows.jsonl"
    lines = [json.dumps({"frame": n, "status": status, "detections": []}) for n, status in enumerate(statuses)]
    path.write_text("\n".join(lines) + "\n")
    return path


def ended(code: int = 0, marks: tuple[Mark, ...] = (), words: str = "") -> Measured:
    """A run that is over."""
    return Measured(code, marks, 0, 1.0, 0.5, 100.0, words)


def test_a_frame_that_is_not_ok_or_missing_is_a_difference(tmp_path: Path) -> None:
    """Named with its run."""
    assert [row["frame"] for row in rows_of("sync", rows(tmp_path, "ok", "ok"), 2)] == [0, 1]
    with pytest.raises(DifferenceError, match="frame 1 of sync is failed") as raised:
        rows_of("sync", rows(tmp_path, "ok", "failed"), 2)
    assert raised.value.exit_code is Exit.CHECK_FAILED
    with pytest.raises(DifferenceError, match="sync ended after 2 of 3 frames"):
        rows_of("sync", rows(tmp_path, "ok", "ok"), 3)


def test_figures_are_of_the_time_between_the_marks(tmp_path: Path) -> None:
    """CPU time too, of each role; where the system does not tell it, there is none."""
    noted = {"stages_ms": {"prepare": {"p50": 1.5}, "infer": None}}
    first, last = Mark(1, 2.0, {"run": 0.8, "worker": 0.2}), Mark(3, 2.5, {"run": 0.8, "worker": 0.3, "producer": 0.1})
    run = run_of("sync", Ran(ended(marks=(first, last)), noted, tmp_path), 3)
    assert (run.fps, run.first_s, run.stages_ms) == (4.0, 2.0, {"prepare": 1.5})
    assert run.roles_ms == pytest.approx({"run": 0.0, "worker": 50.0, "producer": 50.0})
    assert run.cpu_ms == pytest.approx(100.0)
    untold = run_of("sync", Ran(ended(marks=(Mark(1, 2.0, None), Mark(3, 2.5, None))), noted, tmp_path), 3)
    assert (untold.cpu_ms, untold.roles_ms) == (None, {})
    with pytest.raises(UsageError, match="too soon to be measured"):
        run_of("sync", Ran(ended(marks=(Mark(3, 2.0, None),)), noted, tmp_path), 3)


def test_a_run_that_fails_ends_it_with_its_own_words_and_code() -> None:
    """Or with what there is."""
    told = failure("sync", ended(6, words="noise\nvinofleet: error: device GPU failed\nmore\n"))
    assert (str(told), told.exit_code) == ("sync: device GPU failed", Exit.DEVICE)
    killed = failure("sync", ended(-9))
    assert (str(killed), killed.exit_code) == ("sync: exit code -9", Exit.INTERNAL)


def test_its_folder_is_gone_afterwards(tmp_path: Path) -> None:
    """However it ended."""
    notes = "import sys; open(sys.argv[1], 'w').write('{}')"
    with ran("notes", lambda _, path: [sys.executable, "-c", notes, str(path)], tmp_path, 5) as run:
        assert run.noted == {}
        assert run.rows.parent.is_dir()
    with (
        pytest.raises(RunError, match="bad: no"),
        ran("bad", lambda *_: [sys.executable, "-c", "raise SystemExit('no')"], tmp_path, 5),
    ):
        pass
    with (
        pytest.raises(RunError, match="missing cannot be started"),
        ran("missing", lambda *_: ["/no/such"], tmp_path, 5),
    ):
        pass
    assert list(tmp_path.iterdir()) == []
