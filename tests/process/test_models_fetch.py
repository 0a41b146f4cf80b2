"""`vinofleet models fetch` as processes: all models at once, two at the same one, and stopped in the middle."""

from __future__ import annotations

import hashlib
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from common.exits import Exit
from tests.process.media import model
from tests.process.roles import Role, Shell, until
from tests.unit.common.zoo import mirror as faults
from tests.unit.common.zoo.mirror import Fault, write_manifest
from tests.unit.common.zoo.small import NAMED, SmallZoo, small_zoo_in

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]


@dataclass(frozen=True, slots=True)
class User:
    """Someone with a shell, an empty cache, and a mirror."""

    shell: Shell
    small: SmallZoo

    def fetch(self, *arguments: str, prefix: tuple[str, ...] = ()) -> Role:
        """Start the command; it finds its mirror and its cache in the environment."""
        return self.shell.run("models", "fetch", *arguments, prefix=prefix)


@pytest.fixture
def user(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[User]:
    """The mirror's files are small, under the names of the shipped manifest."""
    with small_zoo_in(tmp_path, monkeypatch) as small:
        yield User(shell, small)


def test_all_nine_come_through_a_mirror_that_fails_at_each_step(user: User) -> None:
    """One fault after the other, and every byte is right."""
    user.small.mirror.plan.extend(
        [
            faults.truncate,
            faults.ignore_range,
            faults.corrupt,
            faults.honest,
            faults.status(503),
            faults.honest,
            faults.redirect(user.small.mirror.base + "{path}"),
            faults.hang_up,
            faults.babble,
            faults.wrong_length,
        ]
    )
    role = user.fetch("--all")
    assert role.ends() == Exit.OK, role
    wanted: dict[str, bytes] = {}
    for entry in user.small.zoo.manifest.entries.values():
        if not entry.embedded:
            wanted |= user.small.wanted(entry.name)
    assert len(wanted) == 18
    assert user.small.files() == wanted
    assert any("the connection ended" in line and line.endswith("; trying again\n") for line in role.text)


FAULTS: Final[dict[str, Fault]] = {
    "truncate": faults.truncate,
    "corrupt": faults.corrupt,
    "too short": faults.too_short,
    "404": faults.status(404),
    "redirect to a file": faults.redirect("file:///etc/hostname"),
}


@pytest.mark.parametrize("name", list(FAULTS))
def test_a_fault_that_stays_is_one_line_and_leaves_nothing(user: User, name: str) -> None:
    """With the network's exit code; nothing is left that could be taken for a model."""
    user.small.mirror.plan.extend([FAULTS[name]] * 10)
    role = user.fetch(NAMED, "--tries", "1")
    assert role.ends() == Exit.NETWORK, role
    assert user.small.files() == {}
    assert "".join(role.text).count("error:") == 1
    assert "Traceback" not in "".join(role.text)
    assert "VINOFLEET_MIRROR=URL" in role.text[-1]


def test_two_processes_at_the_same_model_fetch_it_once(user: User) -> None:
    """The second waits, says so, and finds it."""
    user.small.mirror.plan.append(faults.hold)
    first = user.fetch(NAMED)
    assert user.small.mirror.held.wait(60)
    second = user.fetch(NAMED)
    second.says(f"another process is fetching {NAMED}/FP16: waiting for it")
    user.small.mirror.go.set()
    assert (first.ends(), second.ends()) == (Exit.OK, Exit.OK), (first, second)
    assert user.small.files() == user.small.wanted(NAMED)
    assert len(user.small.mirror.asked) == 2


SOURCE: Final = "synthetic://counter?frames=5"
FETCHING: Final = {
    "fetch": ("models", "fetch", NAMED),
    "run": ("run", SOURCE, "--model", NAMED),
    "producer": ("producer", SOURCE, "--model", NAMED),
}
"""Commands that fetch."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("command", list(FETCHING))
def test_a_fetch_that_is_interrupted_leaves_nothing(user: User, command: str, number: signal.Signals) -> None:
    """Whichever command fetches; nor does it say anything of it."""
    user.small.mirror.plan.append(faults.hold)
    role = user.shell.run(*FETCHING[command])
    assert user.small.mirror.held.wait(60)
    until(lambda: bool(user.small.files()))
    role.signal(number)
    assert role.ends() == Exit.INTERRUPTED, role
    assert user.small.files() == {}
    assert "Traceback" not in "".join(role.text)


def test_what_a_killed_fetch_leaves_is_no_model_and_in_nobodys_way(user: User) -> None:
    """The next one begins anew."""
    user.small.mirror.plan.append(faults.hold)
    role = user.fetch(NAMED)
    assert user.small.mirror.held.wait(60)
    until(lambda: bool(user.small.files()))
    role.kill()
    assert list(user.small.files()) == [f"{NAMED}/FP16/{NAMED}.xml.part"]
    assert user.shell.run("models", "path", NAMED).ends() == Exit.MODEL
    assert user.fetch(NAMED).ends() == Exit.OK
    assert user.small.files() == user.small.wanted(NAMED)


@pytest.mark.skipif(sys.platform != "linux", reason="prlimit is Linux's")
def test_a_disk_without_room_is_an_error_of_the_output(user: User) -> None:
    """A limit of a file's size stands for it; nothing is left, and it is not tried again."""
    role = user.fetch(NAMED, prefix=("prlimit", "--fsize=100000"))
    assert role.ends() == Exit.OUTPUT, role
    assert list(user.small.files()) == [f"{NAMED}/FP16/{NAMED}.xml"]
    assert "make room there" in role.text[-1]
    assert len(user.small.mirror.asked) == 2


def test_a_run_fetches_its_model_by_name(user: User, tmp_path: Path) -> None:
    """Once; the processes that it starts find it, and so does the next run."""
    _offer_a_real_one(user, tmp_path)
    for _ in range(2):
        out = str(tmp_path / "out.jsonl")
        role = user.shell.run("run", SOURCE, "--model", NAMED, "--json", out, "--force")
        assert role.ends() == Exit.OK, role
    assert len(user.small.mirror.asked) == 2
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [row["status"] for row in rows] == ["ok"] * 5


def test_a_producer_by_itself_fetches_its_model_too(user: User, tmp_path: Path) -> None:
    """Before it listens."""
    _offer_a_real_one(user, tmp_path)
    role = user.shell.producer(SOURCE, "--model", f"{NAMED}/FP16", "--timeout", "0.1")
    role.says(f"vinofleet producer: fetching {NAMED}/FP16")
    role.says("listening on")
    assert role.ends() == Exit.TIMEOUT


def test_a_name_that_cannot_be_fetched_ends_a_run_before_it_begins(user: User) -> None:
    """With one line, and no process."""
    user.small.mirror.files.clear()
    role = user.shell.run("run", SOURCE, "--model", NAMED)
    assert role.ends() == Exit.NETWORK, role
    assert len([line for line in role.text if "error:" in line]) == 1


def _offer_a_real_one(user: User, folder: Path) -> None:
    """Put a model that can be run in the place of one of the small ones, and its digests into the manifest."""
    place = folder / "manifest.json"
    document = json.loads(place.read_text(encoding="utf-8"))
    graph = model(folder)
    entry = next(each for each in document["models"] if each["name"] == NAMED)
    for file, path in zip(entry["files"]["FP16"], (graph, graph.with_suffix(".bin")), strict=True):
        data = path.read_bytes()
        user.small.mirror.files[f"/{file['path']}"] = data
        file["size"], file["sha384"] = len(data), hashlib.sha384(data).hexdigest()
    write_manifest(place, document)
