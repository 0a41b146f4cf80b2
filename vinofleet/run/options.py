"""What a user asks of `vinofleet run`: its own options, and those of the roles, which it passes on as they were given.

A role's option is declared once, in the role's `cli`; here stands only which of them `run` has, and who gets it.
What this file does not know: what an option means.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import click

import collector.cli
import producer.cli
import worker.cli

PASSED: Final[Mapping[str, tuple[click.Command, tuple[str, ...]]]] = {
    "producer": (
        producer.cli.command,
        (
            "model",
            "stream",
            "labels",
            "label_base",
            "threshold",
            "precision",
            "color",
            "goal",
            "window",
            "transport",
            "wire",
            "jpeg_quality",
            "live",
            "policy",
            "patience",
            "open_timeout",
            "read_timeout",
            "roi",
            "flip",
            "start",
            "end",
            "skip_first_frames",
            "every",
            "fps",
            "loop",
            "frames",
            "resume",
            "timeout",
            "insecure",
        ),
    ),
    "worker": (
        worker.cli.command,
        ("goal", "device", "hint", "streams", "nireq", "threads", "pin", "transport", "cache_dir", "crash_on"),
    ),
    "collector": (
        collector.cli.command,
        (
            "json",
            "output",
            "show",
            "serve",
            "anonymize",
            "report",
            "score",
            "force",
            "resume",
            "timeout",
            "insecure",
            "tap",
            "tap_pictures",
        ),
    ),
}
"""Options of the roles that `run` has too; of two with one name, the help shows the first."""


def role_option(name: str) -> click.Option:
    """A role's option, as it declares it.

    Raises:
        KeyError: no role has it, or it is not passed on.
    """
    for command, names in PASSED.values():
        if name in names:
            return _options(command)[name]
    raise KeyError(name)


def as_arguments(role: str, values: Mapping[str, Any]) -> list[str]:
    """Write a role's part of what was given as its command line, without a value for what was not given.

    Args:
        role: its name.
        values: by the options' names, as click has converted them; only what was given.
    """
    command, names = PASSED[role]
    options = _options(command)
    return [word for name in names if name in values for word in words_of(options[name], values[name])]


def words_of(option: click.Option, value: Any) -> Iterable[str]:  # noqa: ANN401 - click's values
    """An option's value as words of a command line."""
    if option.is_flag:
        return option.opts[:1] if value else option.secondary_opts[:1]
    values: Sequence[Any] = value if option.multiple else [value]
    # One word, so that a value that begins with a dash is no option.
    return [f"{option.opts[0]}={each}" for each in values]


def _options(command: click.Command) -> dict[str, click.Option]:
    return {param.name: param for param in command.params if isinstance(param, click.Option) and param.name}
