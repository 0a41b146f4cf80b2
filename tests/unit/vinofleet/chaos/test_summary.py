"""What a person reads at the end."""

from __future__ import annotations

from vinofleet.chaos.checks import Check
from vinofleet.chaos.rows import Rows
from vinofleet.chaos.schedule import Fault
from vinofleet.chaos.stalls import Stalls
from vinofleet.chaos.summary import summary


def test_it_is_a_table() -> None:
    """Each line has a name, checks their verdict."""
    rows, stalls = Rows(), Stalls()
    rows.statuses.update(ok=7, failed=1)
    rows.frames.update(a=8)
    stalls.see(1, 0.0)
    stalls.see(2, 0.25)
    text = summary(
        seed=7,
        done={Fault.KILL: 2, Fault.FREEZE: 1},
        nobody=1,
        rows=rows,
        redispatched=5,
        stalls=stalls,
        stalled_at_s=1.25,
        checks=[Check("rows", holds=True, text="8"), Check("undone", holds=False, text="eth0")],
    )
    assert text.splitlines() == [
        "seed           7",
        "acts           freeze 1, kill 2; 1 more found nobody",
        "frames         ok 7 + failed 1 + dropped 0 = 8; sent again 5",
        "longest stall  250 ms, from 1.2 s on",
        "rows           passed: 8",
        "undone         FAILED: eth0",
    ]


def test_what_is_not_known_is_not_said() -> None:
    """No report, no acts, no second write."""
    text = summary(
        seed=0, done={}, nobody=0, rows=Rows(), redispatched=None, stalls=Stalls(), stalled_at_s=0.0, checks=[]
    )
    assert "acts           none\nframes         ok 0 + failed 0 + dropped 0 = 0\nlongest stall  none" in text
