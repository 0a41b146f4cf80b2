"""`vinofleet models fetch`."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from click.testing import CliRunner, Result

from common.errors import ModelError, NetworkError, UsageError
from tests.unit.common.zoo import mirror as faults
from tests.unit.common.zoo.mirror import mirror
from tests.unit.common.zoo.small import NAMED, SmallZoo
from vinofleet.models.fetching import command


def fetch(*arguments: str) -> Result:
    """Run it."""
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_all_nine_come(small: SmallZoo) -> None:
    """Their paths are printed, and what is embedded is no concern of it."""
    names = [entry.name for entry in small.zoo.manifest.entries.values() if not entry.embedded]
    result = fetch("--all")
    assert result.stdout.splitlines() == [str(small.root / name / f"FP16/{name}.xml") for name in names]
    wanted: dict[str, bytes] = {}
    for name in names:
        wanted |= small.wanted(name)
    assert small.files() == wanted


def test_a_precision_is_that_of_names_without_one(small: SmallZoo) -> None:
    """What is named wins."""
    fetch(NAMED, "person-detection-0200/FP32", "--precision", "FP16-INT8")
    assert {tuple(path.split("/")[:2]) for path in small.files()} == {
        (NAMED, "FP16-INT8"),
        ("person-detection-0200", "FP32"),
    }


def test_a_mirror_can_be_named(small: SmallZoo) -> None:
    """The environment's is not asked then."""
    with mirror() as other:
        other.files = {f"/models{path}": data for path, data in small.mirror.files.items()}
        fetch(NAMED, "--mirror", f"{other.base}models")
    assert small.files() == small.wanted(NAMED)
    assert small.mirror.asked == []


def test_tries_and_time_are_those_that_were_given(small: SmallZoo) -> None:
    """A body that stops is given up after that time."""
    small.mirror.plan.append(faults.hold)
    with pytest.raises(NetworkError, match=r"nothing more came for 0\.5 s \(tried once\)|no answer for 0\.5 s"):
        fetch(NAMED, "--tries", "1", "--timeout", "0.5")
    assert small.files() == {}


@pytest.mark.parametrize("arguments", [[], ["--all", NAMED], ["no-such-model"], [NAMED, "no-such-model"]], ids=str)
def test_names_that_cannot_be_meant_are_refused(small: SmallZoo, arguments: Sequence[str]) -> None:
    """Before anything is fetched."""
    with pytest.raises(UsageError, match="see `vinofleet models list`"):
        fetch(*arguments)
    assert small.mirror.asked == []


def test_a_name_that_is_nearly_right_is_asked_about(small: SmallZoo) -> None:
    """As wherever a model is named."""
    with pytest.raises(UsageError, match=rf"did you mean {NAMED}\?"):
        fetch(NAMED.upper())
    assert small.mirror.asked == []


def test_a_precision_that_there_is_not_is_refused(small: SmallZoo) -> None:
    """By the name of the model, with what there is."""
    with pytest.raises(ModelError, match="choose FP32, FP16, FP16-INT8"):
        fetch(f"{NAMED}/INT4")
    with pytest.raises(ModelError, match="vinofleet-person cannot be had as 'FP32': choose FP16"):
        fetch("vinofleet-person", "--precision", "FP32")
    assert small.mirror.asked == []
