"""Workers that do not belong here: of another version, of another job, or under a name that is taken."""

from __future__ import annotations

import sys
from typing import Final

import pytest

from common.exits import Exit
from tests.process.roles import Shell, assert_conserved, assert_end_well

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES: Final = 300
SOURCE: Final = (f"synthetic://counter?frames={FRAMES}&size=64x48", "--model", "scripted://")
LAST: Final = "from vinofleet.__main__ import main; main()"


def altered(code: str) -> tuple[str, ...]:
    """What stands before a role's command to have it run some code first: `python -c CODE python -m vinofleet ...`."""
    return (sys.executable, "-c", f"import sys; sys.argv = sys.argv[3:]; {code}; {LAST}")


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import common.messages as m; m.PROTOCOL += 1", "protocol"),
        (
            "import common.messages as m; m.Hello.__new__ = lambda cls, *a: cls._make((*a[:4], b'x' * 32, a[5]))",
            "job",
        ),
    ],
    ids=["version", "job"],
)
def test_a_worker_of_another_version_or_job_is_refused(shell: Shell, code: str, reason: str) -> None:
    """It says so and leaves; the run goes on."""
    collector, producer = shell.collector(), shell.producer(*SOURCE)
    stranger = shell.run("worker", "--connect", shell.frames, "--name", "stranger", prefix=altered(code))
    assert stranger.ends() == Exit.REFUSED, stranger
    assert f"refused this worker ({reason}): " in stranger.text[-1]
    assert_end_well(producer, collector, shell.worker("w0"))
    assert_conserved(shell, FRAMES)
    assert [worker["name"] for worker in shell.report()["workers"]] == ["w0"]


def test_a_second_worker_of_the_same_name_waits(shell: Shell) -> None:
    """It says so; when the first one is dead it takes the place."""
    producer, first = shell.producer(*SOURCE), shell.worker("twin")
    producer.says("worker twin has joined")
    second = shell.worker("twin")
    second.says("does not admit this worker yet .* trying again")
    first.kill()
    assert_end_well(producer, shell.collector(), second)
    assert_conserved(shell, FRAMES)
