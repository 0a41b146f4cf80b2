"""What words are completed to, shell by shell unseen."""

from __future__ import annotations

import click
import pytest

from common import completing
from common.zoo.names import MANIFEST_VARIABLE

PARAM = click.Option(["--x"])
CONTEXT = click.Context(click.Command("x"))


def test_models_have_names_and_files_are_what_no_name_begins_with() -> None:
    """A shell then looks for files itself."""
    found = completing.models(CONTEXT, PARAM, "person-detection")
    assert "person-detection-0202" in [item.value for item in found]
    assert {item.type for item in found} == {"plain"}
    assert [(item.type, item.value) for item in completing.models(CONTEXT, PARAM, "./m")] == [("file", "./m")]


def test_a_manifest_that_cannot_be_read_completes_to_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to read of it while typing."""
    monkeypatch.setenv(MANIFEST_VARIABLE, "/nowhere")
    assert [item.type for item in completing.models(CONTEXT, PARAM, "vino")] == ["file"]


def test_policies_are_those_that_a_producer_reads() -> None:
    """The last one wants a number."""
    assert [item.value for item in completing.policies(CONTEXT, PARAM, "")] == list(completing.POLICIES)
    assert [item.value for item in completing.policies(CONTEXT, PARAM, "max")] == ["max-age="]
