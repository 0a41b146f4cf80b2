"""Report files: written in one step or not at all, as what their suffix says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.report import build_report
from collector.report_files import LINE_MAX_CHARS, check_reports, report_json, write_report
from common.errors import OutputError, UsageError
from tests.unit.collector.runs import run, stream


def test_a_report_replaces_the_last_one(tmp_path: Path) -> None:
    """What is written is read back, and nothing else is left in the folder."""
    path = tmp_path / "report.json"
    path.write_text("old")
    report = build_report(run(stream()))
    write_report(report, path)
    assert json.loads(path.read_text()) == report
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["report.html", "report.HTM"])
def test_a_page_is_written_where_the_suffix_says_so(name: str, tmp_path: Path) -> None:
    """In capitals too."""
    write_report(build_report(run(stream())), tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_a_report_that_cannot_be_written_leaves_the_last_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failing disk is named, and neither half a file nor a rest remains."""
    path = tmp_path / "report.json"
    path.write_text("old")

    def broken(handle: int) -> None:
        del handle
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("os.fsync", broken)
    with pytest.raises(OutputError, match=r"report\.json cannot be written .Input/output error"):
        write_report(build_report(run(stream())), path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """With what to do about it, before the run and at its end."""
    path = tmp_path / "no" / "report.json"
    with pytest.raises(OutputError, match="create the folder"):
        check_reports([path])
    with pytest.raises(OutputError, match="create the folder"):
        write_report(build_report(run()), path)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["report.txt"], "end its name in .json or .html"),
        (["report"], "end its name in .json or .html"),
        (["a.json", "b.html", "./a.json"], "a.json twice: name each file once"),
    ],
)
def test_what_is_no_report_is_refused(
    names: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything begins."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=said):
        check_reports([Path(name) for name in names])


def test_both_kinds_may_be_asked_for(tmp_path: Path) -> None:
    """One for programs, one for people."""
    check_reports([tmp_path / "a.json", tmp_path / "a.html"])


def test_names_that_are_no_text_are_written_escaped(tmp_path: Path) -> None:
    """A file's name on the command line may hold any bytes; the report is there all the same."""
    report = build_report(replace(run(stream()), command=["vinofleet", "caf\udce9.mp4"]))
    write_report(report, tmp_path / "a.json")
    write_report(report, tmp_path / "a.html")
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["command"] == report["command"]
    assert r"caf\udce9.mp4" in (tmp_path / "a.html").read_text(encoding="utf-8")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=40,
    )
)
def test_the_layout_changes_no_value(value: object) -> None:
    """However it is broken into lines, it is the same JSON."""
    assert json.loads(report_json({"value": value})) == {"value": value}


def test_a_point_of_the_timeline_is_few_lines() -> None:
    """What fits in a line is one."""
    lines = report_json(build_report(run(stream()))).splitlines()
    assert '  "frames": {"captured": 795, "ok": 790, "failed": 1, "dropped": 4},' in lines
    assert max(len(line) for line in lines) <= LINE_MAX_CHARS + 1
    assert len(lines) < 700
