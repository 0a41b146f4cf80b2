"""The sink that keeps nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from collector.null_sink import NullSink
from common.rows import Ending
from tests.unit.collector.videos import HEADER, canvas, ok, record


def test_it_takes_everything_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It draws, so that drawing can be measured, and is not durable, so that no run waits for it."""
    monkeypatch.chdir(tmp_path)
    sink = NullSink()
    assert (sink.draws, sink.durable, sink.single) == (True, False, False)
    sink.check()
    sink.create()
    sink.open(HEADER, 1, ())
    sink.take(ok(0), canvas(0))
    sink.flush()
    sink.sync()
    sink.end("clip", Ending.COMPLETE, "")
    sink.close()
    sink.discard()
    assert sink.recover(record()) == {"clip": 0}
    assert not list(tmp_path.iterdir())
