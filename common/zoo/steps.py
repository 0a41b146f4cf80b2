"""What happens while a model is fetched, as values: for a progress bar, for a log, for a parent process.

What this file does not know: who is told, and how anything is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeAlias

from common.zoo.manifest import Entry


@dataclass(frozen=True, slots=True)
class Waiting:
    """Another process is fetching the same model; this one waits for it."""

    label: str


@dataclass(frozen=True, slots=True)
class Began:
    """So many bytes are fetched now, from there."""

    label: str
    nbytes: int
    base: str


@dataclass(frozen=True, slots=True)
class Reached:
    """So many of them are here; fewer than before where some were of no use."""

    nbytes: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """It did not work, and is tried again."""

    file: str
    why: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """All files are here, and are what they should be."""

    label: str
    nbytes: int


Step: TypeAlias = Waiting | Began | Reached | Trouble | Fetched


def label(entry: Entry, precision: str) -> str:
    """Name a model with its precision, as `--model` takes it."""
    return f"{entry.name}/{precision}"


def as_text(step: Step) -> str | None:
    """Say a step in words; None for one that only moves a bar."""
    match step:
        case Waiting(name):
            return f"another process is fetching {name}: waiting for it"
        case Began(name, nbytes, base):
            return f"fetching {name}, {megabytes(nbytes)}, from {base}"
        case Reached():
            return None
        case Trouble(file, why):
            return f"{file}: {why}; trying again"
        case Fetched(name, nbytes):
            return f"{name} is here, {megabytes(nbytes)}"


def public(address: str) -> str:
    """Leave out a name and a password, which are nobody's but the server's."""
    return re.sub(r"//[^/]*@", "//***@", address)


def megabytes(nbytes: int) -> str:
    """Write a size for people: `3.9 MB`."""
    return f"{nbytes / 1e6:.1f} MB"
