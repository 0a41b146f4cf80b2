"""What a person sees while things are measured."""

from __future__ import annotations

import pytest

from vinofleet.measure import progress
from vinofleet.measure.progress import progress_shown


def test_a_log_has_a_line_a_run_on_stderr_without_any_figure(capfd: pytest.CaptureFixture[str]) -> None:
    """Counted from 1, as people do."""
    with progress_shown("compare", 2) as shown:
        shown.begin("sync", 0)
        shown.end()
        shown.begin("fleet-1", 1)
        shown.end()
    printed = capfd.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        "vinofleet compare: 1 of 2: sync, repeat 1",
        "vinofleet compare: 2 of 2: fleet-1, repeat 2",
    ]


def test_a_terminal_has_one_bar_for_all(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Names of modes are no markup."""
    monkeypatch.setattr(progress, "is_terminal", lambda: True)
    with progress_shown("compare", 1) as shown:
        shown.begin("[b]sync", 0)
        shown.end()
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "compare: 1 of 1" not in printed.err
