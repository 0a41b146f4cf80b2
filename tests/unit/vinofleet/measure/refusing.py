"""Commands that measure, and what they refuse before they do."""

from __future__ import annotations

from collections.abc import Sequence

import click
import pytest
from click.testing import CliRunner

from common.errors import VinofleetError
from vinofleet.measure import outcome


def refusal(command: click.Command, arguments: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> VinofleetError:
    """The error of a command that is to end before anything is measured."""
    monkeypatch.setattr(outcome, "measure", lambda *_: pytest.fail("it was measured"))
    error = CliRunner().invoke(command, arguments).exception
    assert isinstance(error, VinofleetError)
    return error
