"""`vinofleet schema`: what it prints is a schema, and it comes with the package."""

from __future__ import annotations

import json

import jsonschema
import pytest
from click.testing import CliRunner

from vinofleet import schema


@pytest.mark.parametrize("name", schema.NAMES)
def test_each_name_prints_a_valid_schema(name: str) -> None:
    """As JSON of the draft that it names."""
    done = CliRunner().invoke(schema.command, [name])
    assert done.exit_code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(done.output))


def test_an_unknown_name_is_a_usage_error_that_lists_the_known() -> None:
    """As with any choice."""
    done = CliRunner().invoke(schema.command, ["rows"])
    assert done.exit_code == 2
    assert all(name in done.output for name in schema.NAMES)
