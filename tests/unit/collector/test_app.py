"""A collector's process: what its end says, and what is refused before its beginning."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from collector import app
from collector.app import CollectorOptions
from collector.facts import RunFacts, StreamFacts
from common.errors import NetworkError, UsageError, VinofleetError
from common.rows import Ending, Status

OPTIONS = CollectorOptions(
    bind="tcp://127.0.0.1:*",
    json=None,
    output=(),
    show=False,
    serve=None,
    anonymize=False,
    report=(),
    force=False,
    resume=False,
    timeout=None,
    score=False,
    stay=False,
    insecure=False,
    address_file=None,
)


def test_a_reader_of_the_summary_that_went_away_costs_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As with `| head`: the report is written, and the run's exit code stays what it is."""

    def refuse(_text: str) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("collector.app.click.echo", refuse)
    report = tmp_path / "report.json"
    options = replace(OPTIONS, report=(report,))
    stream = StreamFacts("a", "a.mp4", Ending.COMPLETE, "", 1, {(Status.OK, ""): 1})
    app._conclude(options, RunFacts((), "", 1.0, 0.0, "", [stream], [], {}, {}, 0), lambda _: None, lambda _: False)
    assert json.loads(report.read_text())["frames"]["ok"] == 1


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"serve": "0.0.0.0:0"}, NetworkError, "would show the pictures to other machines"),
        ({"serve": "nonsense"}, UsageError, "--serve nonsense is no port"),
        ({"anonymize": True}, UsageError, "--anonymize changes pictures, and no output has any"),
        ({"force": True}, UsageError, "--force says nothing without"),
        ({"json": Path("-")}, UsageError, "standard output cannot be resumed"),
    ],
)
def test_what_cannot_be_meant_is_refused(options: dict[str, Any], error: type[VinofleetError], words: str) -> None:
    """Before an output is made, or an address bound."""
    with pytest.raises(error, match=words):
        app.run_collector(replace(OPTIONS, **options), print)
