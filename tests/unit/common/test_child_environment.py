"""What a child process finds."""

from __future__ import annotations

import sys

import pytest

from common.child_environment import HOME, environment


def test_a_child_finds_the_packages_that_this_process_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From a checkout, where only the current folder leads there, as from an installation."""
    home = str(HOME)
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    monkeypatch.setattr(sys, "path", [home, "/usr/lib"])
    assert environment()["PYTHONPATH"] == f"{home}:/elsewhere"
    monkeypatch.setattr(sys, "path", ["/usr/bin", home])
    assert environment()["PYTHONPATH"] == "/elsewhere"
