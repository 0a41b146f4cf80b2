"""Reading an interrupted output back: exactly frames 0..n-1, or a refusal that names the line."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector import recovery
from collector.jsonl import JsonLines, RowFormat
from collector.paths import OutputPath
from collector.recovery import recover, truncate
from common.errors import DiskFullError, OutputError
from common.rows import Row, Status, StreamHeader

LEFT = (Status.DROPPED, "interrupted")
KINDS = ((Status.OK, ""), (Status.FAILED, 'poison "é" \\'), LEFT)


NAMES = ("a", "b")
LAYOUT = JsonLines()


def header_of(name: str) -> StreamHeader:
    """A stream."""
    return StreamHeader(name, 2, 2, Fraction(1, 30), Fraction(30))


def line(stream: str, frame: int, kind: tuple[Status, str] = KINDS[0]) -> bytes:
    """A row's bytes."""
    return RowFormat(header_of(stream), ()).line(Row(stream, frame, frame, *kind)).encode()


def written(folder: Path, lines: Sequence[bytes]) -> OutputPath:
    """A shared file that holds these lines."""
    path = folder / "out.jsonl"
    path.write_bytes(b"".join(lines))
    return OutputPath(path)


ROWS = st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 3)), max_size=6)


@given(rows=ROWS)
def test_gaps_and_repetitions_are_never_accepted(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, int]]
) -> None:
    """Any sequence of whole rows is accepted if and only if each stream counts up from 0."""
    output = written(tmp_path_factory.mktemp("rows"), [line(*row) for row in rows])
    frames = {name: [frame for stream, frame in rows if stream == name] for name in NAMES}
    before = output.template.read_bytes()
    if all(found == list(range(len(found))) for found in frames.values()):
        recovered = recover(output, NAMES, LAYOUT)
        assert {name: stream.next for name, stream in recovered.items()} == {n: len(f) for n, f in frames.items()}
    else:
        with pytest.raises(OutputError, match=r"line \d+ is frame \d of [ab], frame \d is due"):
            recover(output, NAMES, LAYOUT)
    assert output.template.read_bytes() == before


@given(kinds=st.lists(st.sampled_from(KINDS), max_size=8))
def test_rows_are_counted_by_kind(tmp_path_factory: pytest.TempPathFactory, kinds: list[tuple[Status, str]]) -> None:
    """Counts add up, and what was left behind at the end is told apart."""
    output = written(tmp_path_factory.mktemp("rows"), [line("a", frame, kind) for frame, kind in enumerate(kinds)])
    found = recover(output, NAMES, LAYOUT)["a"]
    assert found.counts == {kind: kinds.count(kind) for kind in set(kinds)}
    assert found.settled == max((frame for frame, kind in enumerate(kinds, 1) if kind != LEFT), default=0)


@given(data=st.data())
def test_a_torn_last_line_is_cut_off(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Torn at any byte, whole rows stay and nothing else."""
    lines = [line("a", frame) for frame in range(3)]
    output = written(tmp_path_factory.mktemp("rows"), lines)
    size = data.draw(st.integers(0, output.template.stat().st_size))
    os.truncate(output.template, size)
    whole = sum(size >= len(b"".join(lines[:count])) for count in (1, 2, 3))
    assert recover(output, NAMES, LAYOUT)["a"].next == whole
    assert output.template.read_bytes() == b"".join(lines[:whole])


def test_a_torn_line_longer_than_a_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last newline is found however far back it is."""
    monkeypatch.setattr(recovery, "_READ_BYTES", 16)
    output = written(tmp_path, [line("a", 0), line("a", 1)[:-1]])
    assert recover(output, NAMES, LAYOUT)["a"].next == 1


@pytest.mark.parametrize("tail", [b"\0", b"\0" * 5000, b'{"stream":"a","fr' + b"\0" * 100])
def test_blocks_that_never_reached_the_disk_are_a_torn_line(tmp_path: Path, tail: bytes) -> None:
    """Zeros after the last row, as a power loss leaves them, are cut off."""
    output = written(tmp_path, [line("a", 0), tail])
    assert recover(output, NAMES, LAYOUT)["a"].next == 1
    assert output.template.read_bytes() == line("a", 0)


@pytest.mark.parametrize(
    "bad",
    [
        b"\n",
        b"hello\n",
        b"\0" * 20 + b"\n",
        line("a", 1)[:-4] + b"\0" + line("a", 1)[-3:],
        line("a", 1).replace(b":1,", b":01,", 1),
        line("a", 1).replace(b"ok", b"OK"),
        line("a", 1)[:-3] + b"\n",
        line("a", 1).replace(b'"a"', b'"../a"'),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path: Path, bad: bytes) -> None:
    """Damage inside of the file is refused, and the file stays as it is."""
    output = written(tmp_path, [line("a", 0), bad, line("a", 1)])
    before = output.template.read_bytes()
    with pytest.raises(OutputError, match=r"line 2 is no row.*--force"):
        recover(output, NAMES, LAYOUT)
    assert output.template.read_bytes() == before


def test_a_tail_that_is_no_row_is_refused(tmp_path: Path) -> None:
    """Somebody's file without a newline is not taken for a torn row."""
    output = written(tmp_path, [b"my precious notes"])
    with pytest.raises(OutputError, match="ends with something that is no row"):
        recover(output, NAMES, LAYOUT)
    assert output.template.read_bytes() == b"my precious notes"


def test_a_stream_the_journal_does_not_know_is_refused(tmp_path: Path) -> None:
    """Rows of another run in the file are named."""
    output = written(tmp_path, [line("a", 0), line("b", 0)])
    with pytest.raises(OutputError, match="line 2 is frame 0 of b, none of this stream"):
        recover(output, ["a"], LAYOUT)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """A journal whose output was removed is not continued from frame 0."""
    with pytest.raises(OutputError, match=r"out\.jsonl cannot be read .*: restore it, or add --force"):
        recover(OutputPath(tmp_path / "out.jsonl"), NAMES, LAYOUT)


def test_a_file_a_stream_holds_that_stream_only(tmp_path: Path) -> None:
    """With a placeholder another stream's rows are damage."""
    output = OutputPath(tmp_path / "{stream}.jsonl")
    output.of("a").write_bytes(line("a", 0))
    output.of("b").write_bytes(line("b", 0) + line("b", 1))
    assert {name: stream.next for name, stream in recover(output, NAMES, LAYOUT).items()} == {"a": 1, "b": 2}
    output.of("b").write_bytes(line("a", 1))
    with pytest.raises(OutputError, match="none of this stream"):
        recover(output, NAMES, LAYOUT)


def test_rows_are_cut_off_the_end(tmp_path: Path) -> None:
    """Each stream loses its rows from the given frame on, others keep theirs."""
    lines = [line("a", 0), line("b", 0), line("a", 1), line("a", 2)]
    output = written(tmp_path, lines)
    truncate(output, {"a": 1}, LAYOUT)
    assert output.template.read_bytes() == b"".join(lines[:2])
    truncate(output, {"a": 1, "b": 7}, LAYOUT)
    assert output.template.read_bytes() == b"".join(lines[:2])


@given(
    streams=st.text("ab", max_size=12), nexts=st.fixed_dictionaries({}, optional={n: st.integers(0, 8) for n in "ab"})
)
def test_rows_in_the_middle_of_a_shared_file_go_too(
    tmp_path_factory: pytest.TempPathFactory, streams: str, nexts: dict[str, int]
) -> None:
    """Whatever follows them: exactly the other rows are left, in their order, and nothing lies beside the file."""
    rows = [(stream, streams[:at].count(stream)) for at, stream in enumerate(streams)]
    output = written(tmp_path_factory.mktemp("rows"), [line(*row) for row in rows])
    truncate(output, nexts, LAYOUT)
    stay = [line(stream, frame) for stream, frame in rows if frame < nexts.get(stream, 99)]
    assert output.template.read_bytes() == b"".join(stay)
    assert list(output.template.parent.iterdir()) == [output.template]


def test_a_file_that_cannot_be_rewritten_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves every row where it was, and no half copy."""
    output = written(tmp_path, [line("a", 0), line("a", 1), line("b", 0)])
    before = output.template.read_bytes()

    def full(handle: int) -> None:
        del handle
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFullError, match="no space left"):
        truncate(output, {"a": 1}, LAYOUT)
    assert output.template.read_bytes() == before
    assert list(tmp_path.iterdir()) == [output.template]


def test_a_rewritten_file_keeps_its_mode_and_its_links(tmp_path: Path) -> None:
    """The file that a link points to is replaced, with the same permissions."""
    real = tmp_path / "real.jsonl"
    real.write_bytes(line("a", 0) + line("b", 0))
    real.chmod(0o640)
    (tmp_path / "out.jsonl").symlink_to(real)
    truncate(OutputPath(tmp_path / "out.jsonl"), {"a": 0}, LAYOUT)
    assert real.read_bytes() == line("b", 0)
    assert (real.stat().st_mode & 0o777, (tmp_path / "out.jsonl").is_symlink()) == (0o640, True)


def test_each_file_is_cut_by_itself(tmp_path: Path) -> None:
    """With a placeholder any stream can lose its end."""
    output = OutputPath(tmp_path / "{stream}.jsonl")
    output.of("a").write_bytes(line("a", 0) + line("a", 1))
    output.of("b").write_bytes(line("b", 0) + line("b", 1))
    truncate(output, {"a": 0, "b": 1}, LAYOUT)
    assert (output.of("a").read_bytes(), output.of("b").read_bytes()) == (b"", line("b", 0))


@pytest.mark.parametrize("reason", [rb'"\x"', b'"\x80"'])
def test_a_reason_that_cannot_be_read_is_damage(tmp_path: Path, reason: bytes) -> None:
    """An escape that JSON does not have, or no UTF-8, is named like any other damaged line."""
    output = written(tmp_path, [line("a", 0), line("a", 1, (Status.FAILED, "poison")).replace(b'"poison"', reason)])
    with pytest.raises(OutputError, match="line 2 is no row"):
        recover(output, NAMES, LAYOUT)
