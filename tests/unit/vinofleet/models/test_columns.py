"""How wide a terminal is."""

from __future__ import annotations

import io

import pytest

from vinofleet.models.columns import terminal_columns


def test_only_a_terminal_has_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file, a pipe and a stdout that was closed have none."""
    monkeypatch.setenv("COLUMNS", "57")
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    assert terminal_columns() is None
    monkeypatch.setattr(out, "isatty", lambda: True)
    assert terminal_columns() == 57
    monkeypatch.setattr("sys.stdout", None)
    assert terminal_columns() is None
