"""What is doubtful about a model that is to be run: a sentence each, with what to try.

Guarantees: nothing is warned of that the user, the list of known models or the model itself has settled.

What this file does not know: files, OpenVINO, terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from common.families import DYNAMIC
from common.graph import Graph
from common.job import JobDocument
from common.model_choices import DEFAULT, Choices
from common.model_metadata import ModelMetadata
from common.recognition import Family
from common.zoo.manifest import Entry

_SUGGESTED_MAX: Final = 8
"""Labels of a namesake that are spelt out."""
_EIGHT_BITS: Final = frozenset({"i8", "u8"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is judged.

    Attributes:
        graph: the model's outline.
        family: what it was recognised as.
        metadata: what it says of itself.
        choices: what would be used.
        job: what would be run; None for a model that is not.
        namesake: the known model that is called as this file is; None if there is none, or it was asked for by name.
    """

    graph: Graph
    family: Family
    metadata: ModelMetadata
    choices: Choices
    job: JobDocument | None
    namesake: Entry | None


def doubts(case: Case) -> tuple[str, ...]:
    """Return the sentences; the ones on labels, colours and pixels only for a model that would be run."""
    rules = _ALWAYS if case.job is None else _ALWAYS + _IF_RUN
    return tuple(sentence for rule in rules for sentence in rule(case))


def _open_batch(case: Case) -> Iterator[str]:
    if any(port.shape[:1] == (DYNAMIC,) for port in case.graph.inputs):
        yield "the input leaves its batch open: one frame at a time is run"


def _letterbox(case: Case) -> Iterator[str]:
    resize = case.metadata.resize or ""
    if resize.startswith("fit_to_window") or (not resize and case.family.letterboxed):
        whose = f"its resize_type is {resize}" if resize else "as is usual in its family"
        yield (
            f"it was trained on frames that kept their proportions ({whose}), vinofleet stretches them: "
            "boxes get worse the more the frame's proportions differ from the input's"
        )
    elif resize == "crop":
        yield "it was trained on the middle of frames (its resize_type is crop), vinofleet shows it the whole frame"


def _eight_bits(case: Case) -> Iterator[str]:
    if "FakeQuantize" in case.graph.operations or _EIGHT_BITS & set(case.graph.weights):
        yield "it is quantized to INT8: its scores may differ a little from processor to processor"


def _outputs(case: Case) -> Iterator[str]:
    count = len(case.graph.outputs)
    if case.job is not None and count > 1:
        yield f"of its {count} outputs only '{case.job.output.name}' is read"


def _label_base(case: Case) -> Iterator[str]:
    if case.choices.origins["label_base"] == DEFAULT:
        yield "nothing says whether its labels begin at 0 or at 1: if the names are wrong, try --label-base 1"


def _labels(case: Case) -> Iterator[str]:
    named, classes = len(case.choices.labels), case.metadata.classes
    if not named:
        nameless = {None: "its classes have no names", 1: "its class has no name"}
        what = nameless.get(classes, f"its {classes} classes have no names")
        yield f"{what}: give --labels{_suggestion(case.namesake)}"
    elif classes is not None and named != classes:
        yield f"there are {named} labels for {classes} classes"


def _suggestion(namesake: Entry | None) -> str:
    if namesake is None or len(namesake.labels) > _SUGGESTED_MAX:
        return ""
    return f" {','.join(namesake.labels)} if it is the {namesake.name} of `vinofleet models list`"


def _color(case: Case) -> Iterator[str]:
    if case.choices.origins["color"] == DEFAULT:
        yield "the model does not say whether it takes BGR or RGB: if it finds too little, try --color RGB"


def _scaling(case: Case) -> Iterator[str]:
    """Tell of values that a caller is to scale: Model API and Ultralytics write down what a graph may lack."""
    if any(step.scales for step in case.graph.steps):
        return
    for key, neutral, verb in (("scale_values", {1.0}, "divided by"), ("mean_values", {0.0}, "reduced by")):
        text = case.graph.info.get(f"model_info/{key}", "")
        if _numbers(text) - neutral:
            yield f"its {key} ask for pixels {verb} {text}, which the graph does not do, and vinofleet sends 0 to 255"


def _numbers(text: str) -> set[float]:
    try:
        return {float(word) for word in text.replace(",", " ").split()}
    except ValueError:
        return set()


_ALWAYS: Final[tuple[Callable[[Case], Iterator[str]], ...]] = (_letterbox, _eight_bits)
_IF_RUN: Final[tuple[Callable[[Case], Iterator[str]], ...]] = (
    _open_batch,
    _outputs,
    _labels,
    _label_base,
    _color,
    _scaling,
)
