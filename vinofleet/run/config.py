"""`--config FILE`: options of `vinofleet run` from a TOML file, for what one does not want to type again.

A key is the name of an option (`label-base = 1`); an option that may be given several times takes a list; `[[source]]`
tables with `uri`, and a `name` if the streams are to have names, stand for SOURCE and --stream. The command line wins.
Paths are relative to the current folder, as on the command line. Whether a value is a good one is click's to judge.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from common.errors import UsageError

SOURCE: Final = "source"
_SOURCE_KEYS: Final = {"uri", "name"}


def read_config(path: Path, options: Mapping[str, click.Option]) -> dict[str, Any]:
    """Read a file into defaults by the parameters' names (`source` and `stream` for its sources).

    Args:
        path: the file.
        options: what it may set, by the key that does.

    Raises:
        UsageError: it cannot be read, is no TOML, or has a key or a kind of value that is not known.
    """
    try:
        text = path.read_text(encoding="utf-8")
        document = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise UsageError(f"{path} cannot be read ({reason})", "check the path given to --config") from error
    except RecursionError as error:
        raise UsageError(f"{path} has lists in lists without end", "write `option = value` lines") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is no TOML ({error})", "write `option = value` lines") from error
    return parse_config(document, options, str(path))


def parse_config(document: Mapping[str, Any], options: Mapping[str, click.Option], place: str) -> dict[str, Any]:
    """Turn a TOML document into defaults; see `read_config`."""
    unknown = sorted(set(document) - set(options) - {SOURCE})
    if unknown:
        raise UsageError(f"{place}: unknown key {unknown[0]!r}", f"use {', '.join(sorted([*options, SOURCE]))}")
    found = {
        str(options[key].name): _value(options[key], document[key], f"{place}: {key}")
        for key in document
        if key != SOURCE
    }
    return _sources(document.get(SOURCE, []), place) | found


def _value(option: click.Option, value: Any, place: str) -> Any:  # noqa: ANN401 - TOML's values, click's values
    if option.is_flag:
        if not isinstance(value, bool):
            raise UsageError(f"{place} is {value!r}", "write true or false")
        return value
    if option.multiple:
        values = value if isinstance(value, list) else [value]
        return [_text(each, place) for each in values]
    return _text(value, place)


def _text(value: Any, place: str) -> str:  # noqa: ANN401 - TOML's values
    """Write a scalar as on the command line, where click judges it."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise UsageError(f"{place} is {value!r}", "write one string or number")
    if "\0" in str(value):
        raise UsageError(f"{place} holds a NUL", "no file and no option has one in its name")
    return str(value)


def _sources(tables: Any, place: str) -> dict[str, Any]:  # noqa: ANN401 - TOML's values
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UsageError(f"{place}: source is no table", "write [[source]] and uri = ... in the line below")
    for table in tables:
        if unknown := sorted(set(table) - _SOURCE_KEYS):
            raise UsageError(f"{place}: unknown key {unknown[0]!r} in a source", "use uri and name")
        if "uri" not in table:
            raise UsageError(f"{place}: a source has no uri", "name its file: uri = 'clip.mp4'")
    uris = [_text(table["uri"], f"{place}: uri") for table in tables]
    names = [_text(table["name"], f"{place}: name") for table in tables if "name" in table]
    if names and len(names) < len(uris):
        raise UsageError(f"{place}: {len(names)} of {len(uris)} sources have a name", "name all of them, or none")
    return {key: values for key, values in ((SOURCE, uris), ("stream", names)) if values}
