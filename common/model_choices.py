"""What is used of a model where several could say it: the names of its classes, their base, the order of its colours.

Guarantees: the user's word wins over the list of known models, that over what the model's file says, that over the
built-in default; and each choice comes with a clause that tells a person whose word it was.

What this file does not know: files, options, what the choices are for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from common.job import Color
from common.model_metadata import ModelMetadata
from common.zoo.manifest import Entry

T = TypeVar("T")

COLOR_DEFAULT: Final[Color] = "BGR"
LABEL_BASE_DEFAULT: Final = 0

GIVEN: Final = "as given"
LISTED: Final = "known of {}"
SAID: Final = "the model's file says so"
DEFAULT: Final = "the default; neither given nor known of the model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a user gave; None is "not given"."""

    labels: tuple[str, ...] | None = None
    label_base: int | None = None
    color: Color | None = None


@dataclass(frozen=True, slots=True)
class Choices:
    """What is used.

    Attributes:
        labels: names by class; may be empty.
        label_base: the raw label that stands for class 0.
        color: the channel order that the model was trained on.
        origins: for `labels`, `label_base` and `color`, whose word it was, as a clause.
    """

    labels: tuple[str, ...]
    label_base: int
    color: Color
    origins: Mapping[str, str]


def choose(asked: Asked, entry: Entry | None, metadata: ModelMetadata) -> Choices:
    """Choose each of them from the first that says it: the user, the list of known models, the model, the default.

    Args:
        asked: the user's word.
        entry: what is known of the model, if it is one with a name.
        metadata: what its file says; empty labels are none.
    """
    listed = "" if entry is None else LISTED.format(entry.name)

    def origins(field: str) -> tuple[str, str, str]:
        return GIVEN, listed, metadata.said_by.get(field, SAID)

    labels, labels_by = _first(
        (asked.labels, entry.labels if entry else None, metadata.labels or None), origins("labels"), ()
    )
    base, base_by = _first(
        (asked.label_base, entry.label_base if entry else None, metadata.label_base),
        origins("label_base"),
        LABEL_BASE_DEFAULT,
    )
    color, color_by = _first(
        (asked.color, entry.color if entry else None, metadata.color), origins("color"), COLOR_DEFAULT
    )
    return Choices(labels, base, color, {"labels": labels_by, "label_base": base_by, "color": color_by})


def _first(said: tuple[T | None, ...], origins: tuple[str, ...], default: T) -> tuple[T, str]:
    """Return the first value that was said, and whose word it was."""
    for value, origin in zip(said, origins, strict=True):
        if value is not None:
            return value, origin
    return default, DEFAULT
