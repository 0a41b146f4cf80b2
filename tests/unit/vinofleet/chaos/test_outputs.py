"""What a run writes, by its command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import UsageError
from vinofleet.chaos.checks import Outputs
from vinofleet.chaos.outputs import outputs_of

RUN = ["a.mp4", "--model", "scripted://"]


def test_rows_videos_and_reports_that_can_be_checked(tmp_path: Path) -> None:
    """Paths are of the folder where the command was given; pages, pictures and nothing are left out."""
    words = [*RUN, "--json=o-{stream}.jsonl", "--output", "v.MP4", "--output", "null:", "--output", "p/"]
    words += ["--report", "r.json", "--report", "/abs/r.html", "--debug"]
    assert outputs_of(words, tmp_path) == Outputs(
        (tmp_path / "o-{stream}.jsonl",), (tmp_path / "v.MP4",), (tmp_path / "r.json",)
    )


def test_what_a_config_says_counts(tmp_path: Path) -> None:
    """It lies in that folder, too."""
    (tmp_path / "fleet.toml").write_text('model = "scripted://"\njson = "x.jsonl"\n[[source]]\nuri = "a.mp4"\n')
    assert outputs_of(["--config", "fleet.toml"], tmp_path).rows == (tmp_path / "x.jsonl",)


def test_no_output_is_none(tmp_path: Path) -> None:
    """It is the caller's to complain."""
    assert outputs_of(RUN, tmp_path) == Outputs()


@pytest.mark.parametrize("words", [["a.mp4"], [*RUN, "--frob"], ["--help"], [*RUN, "--workers", "0"]])
def test_what_run_would_refuse_is_refused(words: list[str], tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(UsageError):
        outputs_of(words, tmp_path)
