"""Tests of producer.piped: who types a command without a pipe is not left waiting for one."""

from __future__ import annotations

import os
import sys

import pytest

from common.errors import InputError
from producer.piped import piped_stdin
from producer.sources import open_source


def test_a_terminal_and_nothing_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a container and as raw video, before anything is started."""
    ours, theirs = os.openpty()
    with open(theirs) as terminal, open(ours, "wb"):  # noqa: PTH123 - descriptors
        for stdin in (terminal, None):
            monkeypatch.setattr(sys, "stdin", stdin)
            for uri in ("-", "raw://-?size=64x48&format=gray&fps=25"):
                with pytest.raises(InputError, match="nothing is piped into stdin"):
                    open_source(uri, "s")


def test_a_pipe_has_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    """That of stdin, whatever its number."""
    ours, theirs = os.pipe()
    with open(ours) as piped, open(theirs, "wb"):  # noqa: PTH123 - descriptors
        monkeypatch.setattr(sys, "stdin", piped)
        assert piped_stdin() == ours
