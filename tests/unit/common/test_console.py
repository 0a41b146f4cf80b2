"""Notices on stderr."""

from __future__ import annotations

import pytest

from common.actions import Notice
from common.console import speaker


@pytest.mark.parametrize(
    ("notice", "line"),
    [
        (Notice("info", "listening on tcp://127.0.0.1:5"), "vinofleet producer: listening on tcp://127.0.0.1:5\n"),
        (Notice("warning", "clip is\nincomplete"), "vinofleet producer: warning: clip is incomplete\n"),
        (Notice("error", "no collector"), "vinofleet producer: error: no collector\n"),
    ],
)
def test_a_notice_is_one_line_on_stderr(notice: Notice, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The level is named unless it is information, and a line break does not make two notices."""
    speaker("producer")(notice)
    assert capsys.readouterr() == ("", line)


def test_a_closed_stderr_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads, and the frames go on."""

    def refuse(*_: object, **__: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("common.console.click.echo", refuse)
    speaker("producer")(Notice("info", "unheard"))
