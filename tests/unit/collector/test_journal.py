"""The journal: what is appended is read back, one process holds it, and damage is refused."""

from __future__ import annotations

import errno
import json
import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.census import Run
from collector.journal import Journal
from common.errors import DiskFullError, OutputError
from common.rows import Ending, Status, StreamHeader

DIGEST = "ab" * 32
HEADER = StreamHeader("clip", 1920, 1080, Fraction(1, 15360), Fraction(30000, 1001), 300, "clip é.mp4", "scene")


def reopened(path: Path) -> Journal:
    """The journal as the next process reads it."""
    return Journal.open(path, ["out.jsonl"], discard=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A journal of a stream that is open."""
    path = tmp_path / "out.jsonl.journal"
    journal = reopened(path)
    journal.begin(overwrite=False)
    journal.record_run(resume=False)
    journal.record_open(HEADER, 7, DIGEST)
    journal.close()
    return path


def test_a_stream_is_read_back(path: Path) -> None:
    """Header, epoch and job are what was recorded, and nothing has ended."""
    journal = reopened(path)
    record = journal.streams()["clip"]
    assert (record.header, record.epoch, record.job_digest, record.ending) == (HEADER, 7, DIGEST, None)
    assert [journal.empty, journal.finished, journal.all_ended, journal.overwrite] == [False] * 4
    journal.close()


def test_a_stream_of_a_journal_before_truth_has_none(path: Path) -> None:
    """An upgrade in the middle of a run loses nothing of it."""
    path.write_text(path.read_text().replace(',"truth":"scene"', ""))
    journal = reopened(path)
    assert journal.streams()["clip"].header == replace(HEADER, truth="")
    journal.close()


def test_an_ending_is_read_back_until_it_is_resumed(path: Path) -> None:
    """An ending counts until the stream is resumed or opened again."""
    journal = reopened(path)
    journal.record_end("clip", Ending.INCOMPLETE, 12, "lost")
    journal.record_finish()
    journal.close()
    journal = reopened(path)
    record = journal.streams()["clip"]
    assert (record.ending, record.captured, record.reason) == (Ending.INCOMPLETE, 12, "lost")
    assert journal.finished
    assert journal.all_ended
    journal.record_resume("clip")
    journal.close()
    journal = reopened(path)
    assert journal.streams()["clip"].ending is None
    assert not journal.finished
    journal.close()


def test_rows_that_are_not_ok_are_read_back_until_they_are_cut(path: Path) -> None:
    """They count by kind; what was cut off may come again, as something else."""
    late, poison = (Status.DROPPED, "late"), (Status.FAILED, "poison")
    journal = reopened(path)
    journal.record_rows([Run("clip", 1, 2, late), Run("clip", 5, 1, poison)])
    journal.close()
    journal = reopened(path)
    assert journal.flaws("clip").census(6).counts == {(Status.OK, ""): 3, late: 2, poison: 1}
    journal.record_cut("clip", 2)
    journal.record_rows([Run("clip", 2, 1, poison)])
    journal.close()
    journal = reopened(path)
    assert journal.flaws("clip").census(3).counts == {(Status.OK, ""): 1, late: 1, poison: 1}
    journal.close()


def test_a_journal_keeps_in_mind_no_rows_that_it_writes(path: Path) -> None:
    """A camera that drops twenty times a second for months costs no memory; and the next process counts all of it."""
    journal = reopened(path)
    for frame in range(0, 60, 2):
        journal.record_rows([Run("clip", frame, 1, (Status.DROPPED, "superseded"))])
    assert (len(journal.flaws("clip")), journal.flaws("clip").end) == (1, 59)
    journal.close()
    journal = reopened(path)
    assert journal.flaws("clip").census(60).counts == {(Status.OK, ""): 30, (Status.DROPPED, "superseded"): 30}
    journal.close()


def test_a_run_of_rows_that_cannot_be_is_damage(path: Path) -> None:
    """A number that no frame has is no defect of the program."""
    line = {"event": "rows", "stream": "clip", "frame": 1 << 64, "count": 1, "status": "failed", "reason": "poison"}
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    with pytest.raises(OutputError, match="damaged in line 4"):
        reopened(path)


def test_what_did_not_reach_the_disk_is_not_known(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk an event has not happened, and can be recorded when there is room."""

    def full(handle: int, data: memoryview, offset: int) -> int:
        del handle, data, offset
        raise OSError(errno.ENOSPC, "full")

    journal = reopened(path)
    with monkeypatch.context() as patch:
        patch.setattr("os.pwrite", full)
        with pytest.raises(DiskFullError):
            journal.record_end("clip", Ending.COMPLETE, 1, "")
    assert journal.streams()["clip"].ending is None
    journal.record_end("clip", Ending.COMPLETE, 1, "")
    assert journal.streams()["clip"].ending is Ending.COMPLETE
    journal.close()


def test_discarded_it_is_gone_and_free(path: Path) -> None:
    """The next collector begins a new one."""
    reopened(path).discard()
    assert not path.exists()
    journal = reopened(path)
    assert journal.empty
    assert journal.is_new
    journal.close()


@given(torn=st.integers(1, 400))
def test_a_torn_last_line_is_forgotten(tmp_path_factory: pytest.TempPathFactory, torn: int) -> None:
    """Whatever is missing of the last line, the lines before it count and the next one follows them."""
    path = tmp_path_factory.mktemp("journal") / "out.jsonl.journal"
    journal = reopened(path)
    journal.begin(overwrite=True)
    size = path.stat().st_size
    journal.record_open(HEADER, 7, DIGEST)
    journal.close()
    os.truncate(path, max(size, path.stat().st_size - torn))
    journal = reopened(path)
    assert journal.streams() == {}
    assert journal.overwrite
    assert path.stat().st_size == size
    journal.close()


def test_discard_forgets_everything(path: Path) -> None:
    """A discarded journal is empty, even if it could not be read."""
    path.write_text("not a journal\n")
    journal = Journal.open(path, ["out.jsonl"], discard=True)
    assert journal.empty
    assert path.read_bytes() == b""
    journal.close()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nonsense",
        "[]",
        "7",
        "{}",
        '{"event":"finally"}',
        '{"event":"journal","schema":"vinofleet-journal/2","outputs":["out.jsonl"],"overwrite":false}',
        '{"event":"resume","stream":"other"}',
        '{"event":"resume","stream":["clip"]}',
        '{"event":"end","stream":"clip","ending":"happy","captured":1,"reason":""}',
        '{"event":"end","stream":"clip","ending":"complete","captured":-1,"reason":""}',
        '{"event":"end","stream":"clip","ending":"complete","captured":1.0,"reason":""}',
        '{"event":"end","stream":"clip","ending":"complete","captured":1,"reason":null}',
        '{"event":"end","stream":"clip","ending":"complete","captured":1}',
        '{"event":"open","stream":"clip","epoch":1,"job":"ab","header":{}}',
        '{"event":"rows","stream":"other","frame":0,"count":1,"status":"failed","reason":"poison"}',
        '{"event":"rows","stream":"clip","frame":0,"count":0,"status":"failed","reason":"poison"}',
        '{"event":"rows","stream":"clip","frame":0,"count":1,"status":"ok","reason":""}',
        '{"event":"cut","stream":"clip","frame":-1}',
        '{"event":"cut","stream":"other","frame":1}',
        "[" * 100_000,
    ],
)
def test_damage_is_refused_with_its_line(path: Path, line: str) -> None:
    """A line that means nothing is named and not skipped, and the file stays as it is."""
    with path.open("a") as file:
        file.write(line + "\n")
    before = path.read_bytes()
    with pytest.raises(OutputError, match=r"damaged in line 4 .*--force"):
        reopened(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"time_base":"1/15360"', '"time_base":"1/0"'),
        ('"time_base":"1/15360"', '"time_base":1'),
        ('"width":1920', '"width":"1920"'),
        ('"stream":"clip"', '"stream":"../clip"'),
        ('"epoch":7', '"epoch":true'),
        (DIGEST, DIGEST[:-1] + "x"),
    ],
)
def test_a_damaged_header_is_refused(path: Path, old: str, new: str) -> None:
    """Each field of a stream is checked."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    with pytest.raises(OutputError, match="damaged in line 3"):
        reopened(path)


def test_a_journal_of_another_output_is_refused(path: Path) -> None:
    """A journal that was copied beside another file does not make that file its own."""
    with pytest.raises(OutputError, match=r"^\S*journal belongs to 'out\.jsonl', not to 'other\.jsonl': start again"):
        Journal.open(path, ["other.jsonl"], discard=False)


def test_a_later_format_is_refused(path: Path) -> None:
    """A journal of another version is not guessed at."""
    path.write_text(path.read_text().replace("journal/2", "journal/3"))
    with pytest.raises(OutputError, match="vinofleet-journal/3"):
        reopened(path)


@pytest.mark.parametrize("discard", [False, True])
def test_one_process_holds_it(path: Path, discard: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A second collector is told who holds it, and changes nothing."""
    journal = reopened(path)
    before = path.read_bytes()
    with pytest.raises(OutputError, match=f"held by another collector .process {os.getpid()} on"):
        Journal.open(path, ["out.jsonl"], discard=discard)
    assert path.read_bytes() == before
    journal.close()
    reopened(path).close()


def test_a_holder_that_has_not_said_its_name(tmp_path: Path) -> None:
    """The lock counts from the first moment on."""
    path = tmp_path / "out.jsonl.journal"
    journal = reopened(path)
    with pytest.raises(OutputError, match="it has not said which"):
        reopened(path)
    journal.close()


@pytest.mark.parametrize(
    ("header", "epoch", "digest", "resume", "words"),
    [
        (HEADER, 7, DIGEST, False, ""),
        (HEADER, 8, DIGEST, True, ""),
        (HEADER, 8, DIGEST, False, "--resume"),
        (HEADER, 7, "cd" * 32, True, "another job (model, threshold or preprocessing): go on with that one, "),
        (StreamHeader("clip", 1280, 720, HEADER.time_base, HEADER.rate), 7, DIGEST, True, "another size"),
        (StreamHeader("clip", 1920, 1080, Fraction(1), HEADER.rate), 7, DIGEST, True, "time base"),
        (StreamHeader("clip", 1920, 1080, HEADER.time_base, Fraction(0)), 7, DIGEST, False, ""),
    ],
)
def test_who_continues_a_stream(
    path: Path,
    header: StreamHeader,
    epoch: int,
    digest: str,
    resume: bool,  # noqa: FBT001 - a parameter of the test
    words: str,
) -> None:
    """The same job and geometry do; another producer only with --resume."""
    journal = reopened(path)
    refusal = journal.streams()["clip"].refusal(header, epoch, digest, resume=resume)
    journal.close()
    assert words in refusal
    assert bool(words) == bool(refusal)
