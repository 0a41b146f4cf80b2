"""`vinofleet schema`: what it prints is a schema, and it comes with the package."""

from __future__ import annotations

import json
import tomllib
from typing import Any

import click
import jsonschema
import pytest
from click.testing import CliRunner

from common.errors import UsageError
from vinofleet import schema
from vinofleet.run.cli import command as run_command
from vinofleet.run.config import parse_config


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


def shape(option: click.Option) -> dict[str, Any]:
    """What the schema should say of an option's values."""
    one = shape_of_one(option)
    return {"oneOf": [one, {"type": "array", "items": one}]} if option.multiple else one


def shape_of_one(option: click.Option) -> dict[str, Any]:
    """The same where it is given once."""
    if option.is_flag:
        return {"type": "boolean"}
    if isinstance(option.type, click.Choice):
        return {"enum": list(option.type.choices)}
    kind = next((kind for types, kind in NUMBERS if isinstance(option.type, types)), "string")
    least = {
        "exclusiveMinimum" if getattr(option.type, "min_open", False) else "minimum": getattr(option.type, "min", None)
    }
    bounds = {**least, "maximum": getattr(option.type, "max", None)}
    return {"type": kind, **{name: bound for name, bound in bounds.items() if bound is not None}}


NUMBERS = (((click.IntRange, type(click.INT)), "integer"), ((click.FloatRange, type(click.FLOAT)), "number"))


def config_options() -> dict[str, click.Option]:
    """What a configuration may set, by key; as `run` gives it to the reader of the file."""
    own = [param for param in run_command.params if isinstance(param, click.Option)]
    options = [param for param in own if not (param.is_eager or param.hidden)]
    return {option.opts[0].lstrip("-"): option for option in options}


def test_the_configurations_schema_is_that_of_runs_options() -> None:
    """Each option of `vinofleet run` but --config, with its kind and bounds; and the sources."""
    properties = json.loads(schema.schema_text("config"))["properties"]
    stated = {key: {name: item[name] for name in item if name != "description"} for key, item in properties.items()}
    del stated["source"]
    assert stated == {key: shape(option) for key, option in config_options().items()}


CONFIG = """
model = "m.xml"
label-base = 1
threshold = 0.25
workers = 2
output = ["out.mp4", "null:"]
report = "report.html"
force = true
timeout = 2.5
[[source]]
uri = "clip.mp4"
name = "door"
[[source]]
uri = "synthetic://counter"
name = "other"
"""


def fits(text: str) -> bool:
    """Whether the schema takes a configuration."""
    return jsonschema.Draft202012Validator(json.loads(schema.schema_text("config"))).is_valid(tomllib.loads(text))


def test_a_configuration_that_is_read_fits_the_schema() -> None:
    """With sources, a list, a number of each kind and a flag."""
    assert parse_config(tomllib.loads(CONFIG), config_options(), "fleet.toml")["stream"] == ["door", "other"]
    assert fits(CONFIG)


@pytest.mark.parametrize(
    "text",
    [
        "modell = 'm.xml'",
        "force = 'yes'",
        "[[source]]\nname = 'a'",
        "[[source]]\nuri = 'a'\nurl = 'b'",
        "source = 'a.mp4'",
    ],
)
def test_a_configuration_that_is_refused_does_not_fit(text: str) -> None:
    """What an editor marks is what the command refuses."""
    with pytest.raises(UsageError):
        parse_config(tomllib.loads(text), config_options(), "fleet.toml")
    assert not fits(text)
