"""Planted defects: the simulation is worth its time only if it finds each of them.

A mutant is a scratch copy of the packages with one passage replaced; a passage that is not found exactly once fails the
test, so that the plants follow the code.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

pytestmark = [pytest.mark.sim, pytest.mark.timeout(600)]

SEEDS = 1500
ROOT = Path(__file__).parents[2]
PACKAGES = ("common", "producer", "worker", "collector", "tests/sim")


class Mutant(NamedTuple):
    """A defect: in `file`, `text` becomes `planted`. `first` is where the seeds begin, for one that shows seldom."""

    name: str
    file: str
    text: str
    planted: str
    first: int = 0


MUTANTS = [
    Mutant(
        "settled_on_the_workers_word",
        "producer/core.py",
        "            actions = self.fleet.receive(peer, message, now)\n",
        "            actions = self.fleet.receive(peer, message, now)\n"
        "            if isinstance(message, m.Done) and message.outcome == 'sent':\n"
        "                for name, _, seq, _ in message.refs:\n"
        "                    if seq == self.upstream.streams[name].settled and (name, seq) in self.leases.frames:\n"
        "                        actions += self.upstream._settle(self.upstream.streams[name], seq + 1, now)\n",
    ),
    Mutant(
        "duplicates_are_emitted",
        "collector/reorder.py",
        "            return Offer.DUPLICATE\n",
        "            self.next = min(self.next, seq)\n",
    ),
    Mutant(
        "slot_freed_on_a_hint",
        "producer/upstream.py",
        "min(acked.upto, stream.captured)",
        "min(max([acked.upto, *(last + 1 for _, last in acked.have)]), stream.captured)",
    ),
    Mutant(
        "ended_leases_are_ignored",
        "producer/leases.py",
        "                frame.late[lease.worker] = lease\n"
        "            self._end(frame, lease)\n"
        "            self._requeue(frame)\n",
        "                frame.late[lease.worker] = lease\n",
    ),
    Mutant(
        "acknowledged_before_it_is_written",
        "collector/streams.py",
        "self.epoch, self.written, self.have()",
        "self.epoch, self.buffer.next, self.have()",
    ),
    Mutant(
        "hints_outlive_their_collector",
        "producer/upstream.py",
        "            self._leases.distrust(stream.name)\n",
        "",
    ),
    Mutant(
        "poison_is_tried_for_ever",
        "producer/leases.py",
        "        if frame.strikes < limits.STRIKES_MAX:\n",
        "        if True:\n",
    ),
    Mutant(
        "deaths_in_company_are_strikes",
        "producer/leases.py",
        "(frame.deaths if lease.alone else frame.suspected_by).append",
        "frame.deaths.append",
    ),
    Mutant(
        "errors_in_company_are_strikes",
        "producer/leases.py",
        "    if lease.alone:\n        frame.errors += 1\n",
        "    if True:\n        frame.errors += 1\n",
    ),
    Mutant(
        "suspects_have_company",
        "worker/held.py",
        "            if queue[0].work.alone and (self._running or not quiet):\n",
        "            if False:\n",
    ),
    Mutant(
        "a_lost_device_goes_on",
        "worker/frames.py",
        "        if self.lost:\n            return []\n",
        '        self.lost = ""\n',
    ),
    Mutant(
        "emitted_without_its_picture",
        "collector/streams.py",
        "pictured = self.pictures.next\n",
        "pictured = None\n",
    ),
    Mutant(
        "pictures_outlive_their_producer",
        "collector/intake.py",
        "        self.next = first\n",
        "        self.next = max(first, self.next or 0)\n",
    ),
    Mutant(
        "opened_before_earlier_rows_are_written",
        "collector/desk.py",
        "        if stream.written < stream.buffer.next:\n            return []\n",
        "",
        first=6000,  # two of 15,000 seeds; `test_what_is_written_late_opens_nothing` is a history of it
    ),
    Mutant(
        "pictures_go_on_where_nobody_saw_them",
        "producer/picture_line.py",
        "        self.seen = self.sent = (self.seen[0], 0)\n",
        "        self.sent = min((self.seen[0] + 1, 0), self.sent)\n",
    ),
    Mutant(
        "pictures_are_named_by_the_slots_of_inputs",
        "producer/pictures.py",
        "frame.slot - self._slots.first(stream.name)",
        "frame.slot",
    ),
    Mutant(
        "old_pictures_are_kept_at_a_begin",
        "collector/picture_store.py",
        "in earlier.kept.items() if seq < start}",
        "in earlier.kept.items()}",
    ),
    Mutant(
        "a_score_is_silent_of_an_earlier_collector",
        "collector/streams.py",
        "        self.resumed_at = ledger.total\n",
        "        self.resumed_at = 0\n",
    ),
    Mutant(
        "a_frame_is_compared_with_the_one_before",
        "collector/score.py",
        "self._truth.boxes(row.seq)",
        "self._truth.boxes(max(0, row.seq - 1))",
    ),
    Mutant(
        "a_dropped_frame_loses_a_slot_that_a_worker_may_read",
        "producer/drops.py",
        "            if frame.is_untouched:\n                self._slots.vacate(frame.slot)\n",
        "            if not frame.vacated:\n                self._slots.settle(frame.slot)\n",
    ),
    Mutant(
        "the_newest_frame_is_dropped_as_well",
        "producer/policy.py",
        "for seq in waiting[:-1]]\n        self._frames",
        "for seq in waiting]\n        self._frames",
    ),
    Mutant(
        "pictures_are_told_while_their_slots_may_be_lost",
        "producer/pictures.py",
        "        if not stream.policy.drops:\n            return stream.captured\n",
        "        if stream.policy.keep:\n            return stream.captured\n",
    ),
    Mutant(
        "workers_get_the_slots_of_the_newest_frames",
        "producer/drops.py",
        "RESERVED: Final = 2\n",
        "RESERVED: Final = 0\n",
    ),
    Mutant(
        "a_resumed_producer_seeks_one_frame_too_far",
        "producer/upstream.py",
        "StartCapture(stream.name, stream.captured)",
        "StartCapture(stream.name, stream.captured + (stream.captured > 0))",
    ),
    Mutant(
        "a_stream_is_given_up_at_the_first_refusal",
        "producer/upstream.py",
        '        if message.code == "closing":\n',
        "        if False:\n",
    ),
    Mutant(
        "a_taken_name_is_given_up_at_once",
        "common/dialer.py",
        'lasting = refuse.code == "name_taken" and now - self._taken_since >= NAME_TAKEN_PATIENCE_S',
        'lasting = refuse.code == "name_taken"',
    ),
    Mutant(
        "lost_answers_are_never_forgiven",
        "producer/credits.py",
        "        if held == 0 and now - account.sent_at > limits.LOST_AFTER_S:\n",
        "        if held == 0 and now < account.sent_at:\n",
    ),
]


def _copy(target: Path) -> None:
    for package in PACKAGES:
        shutil.copytree(ROOT / package, target / package, ignore=shutil.ignore_patterns("__pycache__"))


def _hunt(folder: Path, first: int = 0) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.sim.hunt", str(first), str(SEEDS)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=600)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_planted_defect_is_found(mutant: Mutant, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first seeds tell the mutant from the real thing, and say how to reproduce it."""
    _copy(tmp_path)
    file = tmp_path / mutant.file
    source = file.read_text()
    assert source.count(mutant.text) == 1, f"{mutant.file} does not hold exactly once:\n{mutant.text}"
    file.write_text(source.replace(mutant.text, mutant.planted))
    result = _hunt(tmp_path, mutant.first)
    assert result.returncode == 1, result.stderr
    found = re.match(r"def test_seed_(\d+)\(", result.stdout)
    assert found is not None, result.stderr
    with capsys.disabled():
        sys.stdout.write(f"\n{mutant.name}: seed {found[1]}\n")


def test_the_real_thing_passes(tmp_path: Path) -> None:
    """The same seeds, run in the same way, find nothing in the code as it is."""
    _copy(tmp_path)
    result = _hunt(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
