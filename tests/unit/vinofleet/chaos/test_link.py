"""What nft and ip are told; that they do it is shown between namespaces (tests/faults)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from common.errors import NetworkError, UsageError
from vinofleet.chaos.link import Link, Side, check_device, check_tools, rules

EMPTY = "table inet vinofleet_chaos\ndelete table inet vinofleet_chaos\n"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], str]]:
    """What would be run."""
    made: list[tuple[list[str], str]] = []

    def run(words: list[str], *, input: str, **_: object) -> None:  # noqa: A002 - subprocess's word
        made.append((words, input))

    monkeypatch.setattr(subprocess, "run", run)
    return made


def test_loss_is_a_table_of_its_own_that_replaces_itself() -> None:
    """Both sides of the device, by chance; whatever was there before is gone in the same step."""
    assert rules("eth0", 0.02, tuple(Side)) == EMPTY + (
        "table inet vinofleet_chaos {\n"
        'chain input { type filter hook input priority 0; iifname "eth0" numgen random mod 1000000 < 20000 drop; }\n'
        'chain output { type filter hook output priority 0; oifname "eth0" numgen random mod 1000000 < 20000 drop; }\n'
        "}\n"
    )


def test_a_cut_needs_no_chance(commands: list[tuple[list[str], str]]) -> None:
    """One way only, in another namespace."""
    Link("veth0", ["ip", "netns", "exec", "a"]).cut(Side.OUT)
    assert commands == [
        (
            ["ip", "netns", "exec", "a", "nft", "-f", "-"],
            EMPTY + "table inet vinofleet_chaos {\n"
            'chain output { type filter hook output priority 0; oifname "veth0" drop; }\n}\n',
        )
    ]


def test_every_harm_has_its_undoing(commands: list[tuple[list[str], str]]) -> None:
    """Also where there was nothing to undo."""
    device = Link("veth0")
    device.heal()
    device.down()
    device.up()
    assert commands == [
        (["nft", "-f", "-"], EMPTY),
        (["ip", "link", "set", "dev", "veth0", "down"], ""),
        (["ip", "link", "set", "dev", "veth0", "up"], ""),
    ]


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1])
def test_no_such_share(share: float) -> None:
    """Nothing is run."""
    with pytest.raises(ValueError, match="share"):
        Link("eth0").lose(share)


@pytest.mark.parametrize("device", ["", 'a"; drop', "a\nb"])
def test_a_name_that_would_be_rules_is_none(device: str) -> None:
    """It never reaches nft."""
    with pytest.raises(UsageError):
        rules(device, 1.0, [Side.IN])


def test_what_a_tool_says_is_told() -> None:
    """In one line, with what to do."""
    with pytest.raises(NetworkError, match="check the device's name"):
        Link("no-such-device", ["/no/such/program"]).down()


@pytest.mark.parametrize(
    ("platform", "tools", "user", "words"),
    [("darwin", {}, 0, "needs Linux"), ("linux", {"ip"}, 0, "no nft"), ("linux", {"ip", "nft"}, 7, "only root")],
)
def test_where_it_cannot_be_done_it_is_refused(
    monkeypatch: pytest.MonkeyPatch, platform: str, tools: set[str], user: int, words: str
) -> None:
    """Before anything is harmed."""
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(shutil, "which", lambda name: name if name in tools else None)
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(UsageError, match=words):
        check_tools("eth0")


def test_a_device_has_to_be_there() -> None:
    """Loopback is everywhere."""
    check_device("lo")
    with pytest.raises(UsageError, match="no network device nope"):
        check_device("nope")
