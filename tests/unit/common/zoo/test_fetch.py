"""A model into the store: all of it, or an error and nothing left."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import NetworkError, OutputError
from common.zoo.fetch import Fetcher
from common.zoo.patience import Patience
from common.zoo.steps import Began, Fetched, Reached, Step, Trouble
from common.zoo.store import ZooStore
from tests.unit.common.zoo import mirror as faults
from tests.unit.common.zoo.mirror import Fault
from tests.unit.common.zoo.small import NAMED, SmallZoo

QUICK = Patience(tries=2, connect_s=5, stall_s=30, pause_s=0)

STAYING: dict[str, Fault] = {
    "truncate": faults.truncate,
    "corrupt": faults.corrupt,
    "too long": faults.too_long,
    "too short": faults.too_short,
    "wrong length": faults.wrong_length,
    "hang up": faults.hang_up,
    "babble": faults.babble,
    "500": faults.status(500),
    "404": faults.status(404),
    "redirect to a file": faults.redirect("file:///etc/hostname"),
    "redirect in a circle": faults.redirect("{path}"),
}


def fetch(small: SmallZoo, name: str = NAMED, precision: str = "FP16") -> list[Step]:
    """Fetch a model; return what was told."""
    steps: list[Step] = []
    zoo = small.zoo
    Fetcher(zoo.store, zoo.base, steps.append, QUICK).fetch(zoo.manifest.entries[name], precision)
    return steps


def test_every_model_comes_in_every_precision(small: SmallZoo) -> None:
    """Each file under its name, with its bytes, and no other."""
    wanted: dict[str, bytes] = {}
    for entry in small.zoo.manifest.entries.values():
        for precision in entry.files:
            fetch(small, entry.name, precision)
            wanted |= small.wanted(entry.name, precision)
    assert len(wanted) == 9 * 3 * 2
    assert small.files() == wanted


def test_progress_is_of_the_whole_model(small: SmallZoo) -> None:
    """It begins with a total, which it reaches."""
    steps = fetch(small)
    label = f"{NAMED}/FP16"
    assert steps[0] == Began(label, 203_000, small.zoo.base)
    assert steps[-2:] == [Reached(203_000), Fetched(label, 203_000)]
    reached = [step.nbytes for step in steps if isinstance(step, Reached)]
    assert reached == sorted(reached)


def test_what_is_here_is_not_asked_for(small: SmallZoo) -> None:
    """The second time there is no request."""
    fetch(small)
    asked = len(small.mirror.asked)
    assert fetch(small) == [Fetched(f"{NAMED}/FP16", 203_000)]
    assert len(small.mirror.asked) == asked


@pytest.mark.parametrize("change", ["bit", "length", "gone"])
def test_a_file_that_was_changed_is_fetched_anew_and_no_other(small: SmallZoo, change: str) -> None:
    """Also one that has kept its size and its time."""
    fetch(small)
    small.mirror.asked.clear()
    path = small.root / NAMED / f"FP16/{NAMED}.bin"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data if change == "bit" else data[:-1])
    if change == "gone":
        path.unlink()
    entry = small.zoo.manifest.entries[NAMED]
    assert not small.zoo.store.has(entry, "FP16")
    fetch(small)
    assert small.files() == small.wanted(NAMED)
    assert [path for path, _ in small.mirror.asked] == [f"/{entry.files['FP16'][1].path}"]


@pytest.mark.parametrize("name", list(STAYING))
def test_a_fault_that_stays_leaves_nothing(small: SmallZoo, name: str) -> None:
    """No file of the model, no temporary one; and the error says what was tried, and two ways around it."""
    small.mirror.plan.extend([STAYING[name]] * 50)
    with pytest.raises(NetworkError) as caught:
        fetch(small)
    assert small.files() == {}
    text = str(caught.value)
    assert text.startswith(f"{NAMED}/FP16 cannot be fetched from {small.zoo.base}2023.0/")
    assert "VINOFLEET_MIRROR=URL" in text
    assert f"put {NAMED}.xml and {NAMED}.bin into {small.root / NAMED / 'FP16'} by hand" in text


def test_a_fault_of_the_second_file_keeps_the_first(small: SmallZoo) -> None:
    """It is whole and right, so the next fetch has less to do; but the model is not here."""
    small.mirror.plan.extend([faults.honest, faults.corrupt, faults.corrupt])
    with pytest.raises(NetworkError):
        fetch(small)
    assert list(small.files()) == [f"{NAMED}/FP16/{NAMED}.xml"]
    assert not small.zoo.store.has(small.zoo.manifest.entries[NAMED], "FP16")
    fetch(small)
    assert small.files() == small.wanted(NAMED)


def test_a_fault_that_passes_is_told(small: SmallZoo) -> None:
    """And the model is here."""
    small.mirror.plan.extend([faults.honest, faults.truncate])
    assert Trouble(f"{NAMED}.bin", "the connection ended 100000 bytes too early") in fetch(small)
    assert small.files() == small.wanted(NAMED)


def test_a_mirrors_password_is_told_to_nobody(small: SmallZoo) -> None:
    """Neither where it fetches from nor where that fails; the server gets it."""
    base = small.zoo.base.replace("//", "//me:secret@")
    steps: list[Step] = []
    fetcher = Fetcher(small.zoo.store, base, steps.append, QUICK)
    entry = small.zoo.manifest.entries[NAMED]
    small.mirror.plan.append(faults.status(401))
    with pytest.raises(NetworkError) as caught:
        fetcher.fetch(entry, "FP16")
    fetcher.fetch(entry, "FP16")
    assert steps[0] == Began(f"{NAMED}/FP16", 203_000, small.zoo.base.replace("//", "//***@"))
    assert "secret" not in f"{caught.value} {steps} {fetcher}"
    assert small.mirror.signed[-1].startswith("Basic ")


def test_a_folder_that_cannot_be_made_is_an_error_of_the_output(small: SmallZoo, tmp_path: Path) -> None:
    """It names the folder, and what to do."""
    (tmp_path / "file").touch()
    zoo = small.zoo
    fetcher = Fetcher(ZooStore(tmp_path / "file/zoo"), zoo.base, lambda _: None, QUICK)
    with pytest.raises(OutputError, match=r"cannot be kept in .*/file/zoo \(Not a directory\): make room"):
        fetcher.fetch(zoo.manifest.entries[NAMED], "FP16")
