"""What roles say, to people and to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.actions import Notice
from common.sayings import (
    PROGRESS_EVERY_S,
    FirstFrame,
    Listening,
    Pace,
    Saying,
    StreamProgress,
    as_line,
    as_notice,
    parse_line,
)

COUNTS = st.integers(0, 2**40)
SAYINGS: st.SearchStrategy[Saying] = st.one_of(
    st.builds(Notice, st.sampled_from(["info", "warning", "error"]), st.text()),
    st.builds(Listening, st.text()),
    st.builds(StreamProgress, st.text(), COUNTS, COUNTS, st.floats(-1e9, 1e9)),
    st.just(FirstFrame()),
)


@given(SAYINGS)
def test_a_saying_survives_its_line(saying: Saying) -> None:
    """Whatever is in it, it is one line, and the same on the other side."""
    line = as_line(saying)
    assert line.index(b"\n") == len(line) - 1
    assert parse_line(line) == saying
    assert type(parse_line(line)) is type(saying)


@pytest.mark.parametrize(
    "line",
    [
        *(b"", b"{}", b"[]", b'["song"]', b'["listening"]', b'["notice", "info"', b"\xff", b"1", b"[" * 100_000),
        *(
            b'["listening", 7]',
            b'["progress", "cam", "1", 2, 3.5]',
            b'["progress", "cam", 1, 2, NaN]',
            b'["halted", 1]',
        ),
    ],
)
def test_what_is_no_saying_is_refused(line: bytes) -> None:
    """A line that was cut off by the end of its process, for one."""
    with pytest.raises(ValueError, match="no saying"):
        parse_line(line)


def test_people_read_sentences() -> None:
    """Facts that mean nothing to them have none."""
    assert as_notice(Listening("tcp://127.0.0.1:5")) == Notice("info", "listening on tcp://127.0.0.1:5")
    going = Notice("info", "vtest: 312 of 795 frames, 24.1 FPS, 0:00:20 left")
    assert as_notice(StreamProgress("vtest", 312, 795, 24.15)) == going
    assert as_notice(StreamProgress("vtest", 795, 795, 24.15)) == Notice("info", "vtest: 795 of 795 frames, 24.1 FPS")
    assert as_notice(StreamProgress("vtest", 0, 795, 0.0)) == Notice("info", "vtest: 0 of 795 frames, 0.0 FPS")
    assert as_notice(StreamProgress("live", 312, 0, 24.83)) == Notice("info", "live: 312 frames, 24.8 FPS")
    assert as_notice(Notice("warning", "so")) == Notice("warning", "so")
    assert as_notice(FirstFrame()) is None


def test_a_log_shows_each_stream_every_few_seconds() -> None:
    """A run that is over sooner has no line."""
    pace = Pace()
    a, b = StreamProgress("a", 1, 0, 1.0), StreamProgress("b", 1, 0, 1.0)
    assert not pace.admits(a, 100.0)
    assert not pace.admits(b, 103.0)
    assert pace.admits(a, 100.0 + PROGRESS_EVERY_S)
    assert not pace.admits(a, 101.0 + PROGRESS_EVERY_S)
    assert pace.admits(b, 103.0 + PROGRESS_EVERY_S)
    assert pace.admits(a, 100.0 + 2 * PROGRESS_EVERY_S)
