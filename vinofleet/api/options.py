"""The options of `vinofleet run` as keywords, judged by its own parser before anything is started.

What this file does not know: what an option does.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias, TypedDict

import click

from common.errors import UsageError
from vinofleet.run.cli import command
from vinofleet.run.options import words_of

PathLike: TypeAlias = "str | os.PathLike[str]"

SourceLike: TypeAlias = "PathLike | int"
"""As `run` has them; a number is a camera."""


class RunKeywords(TypedDict, total=False):
    """Options of `vinofleet run` besides SOURCE, --model and --workers; `vinofleet run --help` says what they do.

    None is the same as leaving one away, and so is False, but of `pin`, which then is --no-pin.
    """

    stream: str | Sequence[str] | None
    labels: PathLike | None
    label_base: int | None
    threshold: float | None
    precision: str | None
    color: str | None
    device: str | None
    hint: str | None
    streams: int | None
    nireq: int | None
    threads: int | None
    pin: bool | None
    cache_dir: PathLike | None
    live: bool
    policy: str | Sequence[str] | None
    open_timeout: float | None
    read_timeout: float | None
    roi: str | None
    flip: str | None
    start: float | str | None
    end: float | str | None
    skip_first_frames: int | None
    every: int | None
    fps: float | str | None
    loop: bool
    frames: int | None
    goal: str | None
    patience: int | None
    window: int | None
    transport: str | None
    wire: str | None
    jpeg_quality: int | None
    timeout: float | None
    score: bool
    bind: str | None
    insecure: bool
    crash_on: int | None
    json: PathLike | None
    output: PathLike | Sequence[PathLike] | None
    show: bool
    serve: str | int | None
    anonymize: bool
    report: PathLike | Sequence[PathLike] | None
    force: bool
    resume: bool


def command_line(sources: Sequence[SourceLike], options: Mapping[str, Any]) -> list[str]:
    """The words after `vinofleet run`.

    Args:
        sources: at least one.
        options: by the names of `run`'s parameters.

    Raises:
        TypeError: one of them is no option.
        UsageError: there is no source, or `run` does not understand a value; nothing is touched by finding out.
    """
    if not sources:
        raise UsageError("there is no source", "name a video file")
    known = {param.name: param for param in command.params if isinstance(param, click.Option)}
    words: list[str] = []
    for name, value in options.items():
        option = known.get(name)
        if option is None or option.hidden or option.is_eager:
            raise TypeError(f"results() got an unexpected keyword argument {name!r}")
        words += _words(option, value)
    words += ["--", *(_text(source) for source in sources)]
    try:
        command.make_context("run", list(words))
    except click.ClickException as error:
        raise UsageError(error.format_message().rstrip("."), "see `vinofleet run --help`") from error
    return words


def _text(source: SourceLike) -> str:
    return str(source) if isinstance(source, int) else os.fspath(source)


def _words(option: click.Option, value: Any) -> Iterator[str]:  # noqa: ANN401 - whatever the caller gave
    if value is None:
        return
    if option.multiple and isinstance(value, str | os.PathLike):
        value = (value,)
    yield from words_of(option, value)
