"""What `vinofleet models inspect` prints for a person: one screen, a line a fact, each with whose word it is.

What this file does not know: files, OpenVINO, terminals.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

from common.families import Port
from common.graph import Step
from common.job import JobDocument
from common.model_choices import DEFAULT
from common.zoo.steps import megabytes
from vinofleet.models.account import Account, image_of, weights_of

_WIDTH_MIN: Final = 40
_WIDTH_MAX: Final = 110
"""Columns of a line; longer ones go on below their text."""
_MARGIN: Final = 9
_LABELS_SHOWN: Final = 8
_DIGITS: Final = 4
_MEGA: Final = 1_000_000


def account_text(account: Account, columns: int | None = None) -> str:
    """Return the lines, without a newline at the end.

    Args:
        account: what there is to say.
        columns: of the terminal; None where there is none.
    """
    width = min(max(columns or _WIDTH_MAX, _WIDTH_MIN), _WIDTH_MAX)
    body = (line for key, text in _facts(account) for line in _line(key, text, width))
    return "\n".join([_title(account), *body])


def _title(account: Account) -> str:
    weights = weights_of(account.graph)
    size = megabytes(account.nbytes) if account.files else ""
    count = f"{sum(account.graph.operations.values())} operations"
    known = [account.format, f"{weights} weights" if weights else "", size, count]
    return _plain(f"{account.name}  ({', '.join(word for word in known if word)})")


def _line(key: str, text: str, width: int) -> list[str]:
    first = f"{key:<{_MARGIN}}"
    below = " " * _MARGIN
    return textwrap.wrap(_plain(text), width, initial_indent=first, subsequent_indent=below, break_on_hyphens=False)


def _plain(text: str) -> str:
    """Names are of whatever origin, so what would move a cursor is not printed."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _facts(account: Account) -> Iterator[tuple[str, str]]:
    image = image_of(account.graph)
    for port in account.graph.inputs:
        yield "input", _port(port) + (f"  {image.layout}, {image.width} x {image.height} pixels" if image else "")
    if image:
        yield "pixels", _pixels(account.graph.steps)
    for port in account.graph.outputs:
        yield "output", _port(port)
    yield "family", f"{account.family.title}: {account.family.because}"
    if account.metadata.family:
        yield "", f"the model calls itself {account.metadata.family}"
    if account.known_as:
        yield "known as", f"{account.known_as} in `vinofleet models list`"
    yield from _choices(account)
    yield from _verdict(account)
    for sentence in account.warnings:
        yield "warning", sentence


def _port(port: Port) -> str:
    return f"{port.name or '(no name)'}  {port.form}"


def _pixels(steps: tuple[Step, ...]) -> str:
    told = [f"{step.operation} {_numbers(step.values)}".rstrip() for step in steps if step.scales]
    if told:
        return f"0 to 255; the graph scales them itself ({'; '.join(told)})"
    return "as they are, 0 to 255: the graph does not begin with a scaling"


def _numbers(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:.{_DIGITS}g}" for value in values)


def _choices(account: Account) -> Iterator[tuple[str, str]]:
    """Tell what would be used and whose word it is; of a model that is not run only what is known."""
    choices, origins = account.choices, account.choices.origins
    known = {name for name, origin in origins.items() if origin != DEFAULT}
    told = known if account.job is None else set(origins)
    classes = account.metadata.classes or account.family.classes
    if "labels" in known:
        yield "labels", f"{_names(choices.labels)}  ({origins['labels']})"
    elif classes:
        yield "labels", "1 class without a name" if classes == 1 else f"{classes} classes without names"
    if "label_base" in told:
        yield "base", f"labels begin at {choices.label_base}  ({origins['label_base']})"
    if "color" in told:
        yield "colour", f"{choices.color}  ({origins['color']})"


def _names(labels: tuple[str, ...]) -> str:
    shown = ", ".join(labels[:_LABELS_SHOWN])
    more = len(labels) - _LABELS_SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def _verdict(account: Account) -> Iterator[tuple[str, str]]:
    if account.job is not None:
        yield "runs", _job(account.job)
    for number, error in enumerate(account.refusals):
        yield ("", str(error)) if number else ("runs", f"no: {error}")


def _job(job: JobDocument) -> str:
    frame, output = job.input, job.output
    size = f"{frame.width} x {frame.height} as {frame.pixels} ({frame.nbytes / _MEGA:.2f} MB each)"
    read = f"'{output.decoder}' reads {output.name}; the least score is {output.threshold:g}"
    return f"yes: workers get frames of {size}, stretched to fit; {read}"
