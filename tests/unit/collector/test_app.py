"""A collector's process: what its end says, and what is refused before its beginning."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from collector import app
from collector.app import CollectorOptions
from collector.facts import RunFacts, StreamFacts
from common.rows import Ending, Status


def test_a_reader_of_the_summary_that_went_away_costs_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `| head`: the report is written, and the run's exit code stays what it is."""

    def refuse(_text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("collector.app.click.echo", refuse)
    report = tmp_path / "report.json"
    options = CollectorOptions(
        bind="tcp://127.0.0.1:*",
        json=None,
        output=(),
        show=False,
        serve=None,
        anonymize=False,
        report=(report,),
        force=False,
        resume=False,
        timeout=None,
        score=False,
        stay=False,
        insecure=False,
        address_file=None,
    )
    stream = StreamFacts("a", "a.mp4", Ending.COMPLETE, "", 1, {(Status.OK, ""): 1})
    app._conclude(options, RunFacts((), "", 1.0, 0.0, "", [stream], [], {}, {}, 0), lambda _: None, lambda _: False)
    assert json.loads(report.read_text())["frames"]["ok"] == 1
