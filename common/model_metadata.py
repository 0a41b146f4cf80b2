"""What a model says of itself beyond the shapes of its inputs and outputs: names of its classes, colour order, ...

Guarantees: nothing here is guessed. A field is None (labels: empty) unless the model's file says it, and `said_by`
tells where it does.

What this file does not know: files, OpenVINO, what a user asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from common.job import Color


@dataclass(frozen=True, slots=True)
class ModelMetadata:
    """What a model says of itself.

    Attributes:
        labels: names by class, class 0 first (a background class is no class); empty if the model names none.
        label_base: the raw label that stands for class 0.
        classes: how many classes there are, without a background class.
        color: the channel order that the model's input is to have.
        resize: how a frame is to be made to fit, in the words of the model: `standard` (stretch), `fit_to_window`,
            `fit_to_window_letterbox`, `crop`, or whatever else its exporter wrote.
        family: the kind of model in the words of its exporter, such as `ssd` or `YOLOv8`.
        said_by: for each field that is set, what in the model says so, as a clause that a person reads.
    """

    labels: tuple[str, ...] = ()
    label_base: int | None = None
    classes: int | None = None
    color: Color | None = None
    resize: str | None = None
    family: str | None = None
    said_by: Mapping[str, str] = field(default_factory=dict)
