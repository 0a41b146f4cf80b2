"""What is known of the models that have names: a document, its structural check, and its values as types.

Guarantees: a `Manifest` that was parsed has no name twice, only file names that stay in their folder, digests and sizes
of the right form, and paths that only go down from its address; so whoever reads one need not check again.

What this file does not know: where the document lies, where models are kept, how they are fetched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, get_args

from common.errors import ModelError
from common.job import Color

MANIFEST_VERSION: Final = 1

PRECISIONS: Final = ("FP32", "FP16", "FP16-INT8")
PRECISION_DEFAULT: Final = "FP16"
"""Half the bytes of FP32 for the same boxes; what a CPU computes with is --precision's, not the file's."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}\Z")
_FILE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}\Z")
_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*\Z")
_SHA384: Final = re.compile(r"[0-9a-f]{96}\Z")

_FIGURE_MAX: Final = 10**9

ADDRESS: Final = re.compile(r"https?://[^\s?#/]+(/[^\s?#]*)?\Z")
"""Where files may come from."""


@dataclass(frozen=True, slots=True)
class ZooFile:
    """One file of a model, as its publisher has it.

    Attributes:
        name: a bare file name.
        size: bytes.
        sha384: 96 lower-case hexadecimal digits.
        path: where it lies below the manifest's address, or that of a mirror.
    """

    name: str
    size: int
    sha384: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One model.

    Attributes:
        name: what `--model` takes.
        embedded: whether it comes with the installation; then it has no files here, and one precision.
        task: what it finds, for people.
        family: the form of its output: a decoder's name, or one that no decoder reads.
        width, height: pixels of its input.
        color: the channel order that it was trained on.
        labels: names by class, class 0 first.
        label_base: the raw label that stands for class 0.
        ap: its publisher's average precision, 0..1; None where none is published.
        ap_of: what that was measured on; figures of different measures do not compare.
        gflops: 10^9 operations a frame as its publisher counts them; None where not published.
        licence: an SPDX identifier.
        source: the document that these facts are from.
        files: by precision, the graph first.
    """

    name: str
    embedded: bool
    task: str
    family: str
    width: int
    height: int
    color: Color
    labels: tuple[str, ...]
    label_base: int
    ap: float | None
    ap_of: str
    gflops: float | None
    licence: str
    source: str
    files: Mapping[str, tuple[ZooFile, ...]]

    @property
    def precisions(self) -> tuple[str, ...]:
        """What it can be had in, the best first."""
        return (PRECISION_DEFAULT,) if self.embedded else tuple(name for name in PRECISIONS if name in self.files)

    @property
    def precision(self) -> str:
        """The one that its name alone stands for."""
        return PRECISION_DEFAULT if PRECISION_DEFAULT in self.precisions else self.precisions[0]


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models that have names.

    Attributes:
        base: the address that the files' paths continue; a slash at its end may be left out.
        entries: by name, in the document's order.
    """

    base: str
    entries: Mapping[str, Entry]


def parse_manifest(document: Any) -> Manifest:  # noqa: ANN401 - JSON of whatever kind
    """Check a document and return what it says.

    Raises:
        ModelError: it names what is wrong with the document.
    """
    try:
        return _manifest(document)
    except KeyError as error:
        raise _unfit(f"{error} is missing in it") from error
    except (TypeError, AttributeError) as error:
        raise _unfit(f"it has another form ({error})") from error
    except ValueError as error:
        raise _unfit(str(error)) from error


def _manifest(document: Mapping[str, Any]) -> Manifest:
    if document["version"] != MANIFEST_VERSION:
        raise ValueError(f"its version is {document['version']!r}, not {MANIFEST_VERSION}")
    entries = [_entry(fields) for fields in document["models"]]
    names = [entry.name for entry in entries]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"it has {twice[0]} twice")
    base = _matching(ADDRESS, _text(document["base"]), "an http or https address")
    return Manifest(base, dict(zip(names, entries, strict=True)))


def _unfit(why: str) -> ModelError:
    return ModelError(f"the manifest of models cannot be used: {why}", "write it as the one that vinofleet ships")


def _entry(fields: Mapping[str, Any]) -> Entry:
    name = _matching(_NAME, fields["name"], "a model's name")
    files = {precision: _files(listed) for precision, listed in fields.get("files", {}).items()}
    embedded = fields.get("embedded", False) is True
    if bool(files) is embedded or set(files) - set(PRECISIONS):
        raise ValueError(f"{name} has files for {', '.join(files) or 'no precision'}, and is embedded: {embedded}")
    if fields["color"] not in get_args(Color):
        raise ValueError(f"{name} has the colour order {fields['color']!r}")
    return Entry(
        name=name,
        embedded=embedded,
        task=_text(fields["task"]),
        family=_text(fields["family"]),
        width=_count(fields["width"], 1),
        height=_count(fields["height"], 1),
        color=fields["color"],
        labels=_texts(fields["labels"]),
        label_base=_count(fields["label_base"], 0),
        ap=_figure(fields.get("ap")),
        ap_of=_text(fields.get("ap_of", "")),
        gflops=_figure(fields.get("gflops")),
        licence=_text(fields["licence"]),
        source=_text(fields["source"]),
        files=files,
    )


def _files(listed: list[Mapping[str, Any]]) -> tuple[ZooFile, ...]:
    files = tuple(
        ZooFile(
            _matching(_FILE, fields["name"], "a file's name"),
            _count(fields["size"], 1),
            _matching(_SHA384, fields["sha384"], "a SHA-384 of 96 hexadecimal digits"),
            _matching(_PATH, fields["path"], "a path below the address"),
        )
        for fields in listed
    )
    if not files or len({file.name for file in files}) < len(files):
        raise ValueError("a model has no file, or two of one name")
    return files


def _matching(pattern: re.Pattern[str], value: Any, what: str) -> str:  # noqa: ANN401 - as above
    if not isinstance(value, str) or not pattern.match(value):
        raise ValueError(f"{value!r} is not {what}")
    return value


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(f"{value!r} is no text of one line")
    return value


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    if not isinstance(value, list):
        raise TypeError(f"{value!r} is no list")
    return tuple(map(_text, value))


def _count(value: Any, least: int) -> int:  # noqa: ANN401 - as above
    if type(value) is not int or value < least:
        raise ValueError(f"{value!r} is no number from {least} on")
    return value


def _figure(value: Any) -> float | None:  # noqa: ANN401 - as above
    if value is None:
        return None
    if type(value) not in {int, float} or not 0 <= value <= _FIGURE_MAX:
        raise ValueError(f"{value!r} is no figure")
    return float(value)
