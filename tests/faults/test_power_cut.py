"""Everything is killed at once, as by a power cut, and started again with `--resume`: nothing is missing or double."""

from __future__ import annotations

from random import Random

import av
import pytest

from tests.faults.runs import Run, undisturbed
from tests.process.roles import Role, Shell, assert_conserved, until

pytestmark = [pytest.mark.faults, pytest.mark.process]

FRAMES = 240
SOURCE = f"synthetic://counter?frames={FRAMES}&size=160x120"


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """What a run gives that nobody disturbs."""
    return undisturbed(tmp_path_factory.mktemp("calm"), SOURCE, FRAMES)


def test_a_run_whose_power_is_cut_three_times_is_whole(shell: Shell, calm: Run) -> None:
    """In its first half, in its second, and when its last row is written."""
    run = Run(shell, SOURCE, FRAMES)
    arguments: tuple[str, ...] = ()
    for rows in (FRAMES // 4, FRAMES * 3 // 4, FRAMES):
        role = run.start(*arguments)
        run.until_written(rows)
        cut(run, role)
        arguments = ("--resume",)
    last = run.start("--resume")
    assert last.ends() == 0, last
    run.assert_whole(calm)


def test_a_run_that_is_complete_has_nothing_to_resume(shell: Shell) -> None:
    """It says so, changes nothing, and is a success."""
    run = Run(shell, SOURCE, FRAMES)
    assert run.start().ends() == 0
    before = run.mine.jsonl, run.video.read_bytes()
    again = run.start("--resume")
    assert again.ends() == 0, again
    assert any(f"all {FRAMES} frames of counter are there" in line for line in again.text), again
    assert (run.mine.jsonl, run.video.read_bytes()) == before
    run.assert_whole(run)


@pytest.mark.parametrize("seed", range(4))
def test_a_power_cut_at_the_beginning_is_no_beginning(shell: Shell, calm: Run, seed: int) -> None:
    """While roles are started, or the journal and the outputs are made: the next run begins, or goes on."""
    random = Random(seed)
    run = Run(shell, SOURCE, FRAMES)
    role = run.start()
    journal = run.mine.folder / "out.jsonl.journal"
    if seed % 2:
        until(lambda: journal.exists() and journal.stat().st_size >= random.choice([0, 1, 150, 400]))
    else:
        until(lambda: len(run.family.processes()) >= random.choice([2, 3, 4]))
    cut(run, role)
    again = run.start("--resume")
    assert again.ends() == 0, again
    run.assert_whole(calm)


def test_roles_that_are_started_by_hand_are_started_again_by_hand(shell: Shell) -> None:
    """Each with the command of before, collector and producer with `--resume`."""
    arguments = (SOURCE, "--model", "scripted://?service_ms=4")
    outputs = ("--output", str(shell.folder / "out.mp4"))
    resume: tuple[str, ...] = ()
    for rows in (FRAMES // 3, FRAMES * 2 // 3):
        roles = [shell.collector(*outputs, *resume), shell.producer(*arguments, *resume), shell.worker()]
        until(lambda: shell.written() >= rows)  # noqa: B023 - it is called at once
        for role in roles:
            role.kill()
        resume = ("--resume",)
    roles = [shell.collector(*outputs, *resume), shell.producer(*arguments, *resume), shell.worker()]
    assert [role.ends() for role in roles] == [0, 0, 0]
    assert_conserved(shell, FRAMES)
    with av.open(str(shell.folder / "out.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == FRAMES


def cut(run: Run, role: Role) -> None:
    """End everything at once, whatever is being started meanwhile."""
    while run.family.kill():
        pass
    role.kill()
