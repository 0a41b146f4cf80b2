"""Command lines and addresses."""

from __future__ import annotations

import json
import sys

import pytest

from common.address import parse_address
from common.errors import NetworkError, UsageError
from vinofleet.run.actions import Start
from vinofleet.run.fleet import Fleet, Links, private_links, shared_links

LINKS = Links("ipc://@w", "ipc://@w", "ipc://@r", "ipc://@r")
FLEET = Fleet(source=("-a.mp4",), passed={"model": "m.xml", "force": True, "transport": "shm"}, links=LINKS)


def words(name: str, *, again: bool = False, restarts: int = 0, of: Fleet = FLEET) -> list[str]:
    """A role's command line without the interpreter's part."""
    made = of.command(Start(name, again, restarts), 7)
    assert made[:5] == [sys.executable, "-P", "-m", "vinofleet", made[4]]
    return made[4:]


def test_each_role_has_its_own_command_line() -> None:
    """With its lifeline, its options and its addresses; a source that begins with a dash is one."""
    options = ["--model=m.xml", "--transport=shm"]
    assert words("producer") == [
        *("producer", "--parent=7"), *options, "--bind=ipc://@w", "--collector=ipc://@r", "--", "-a.mp4"
    ]  # fmt: skip
    own = f"--part-of={json.dumps(sys.argv)}"  # the report names what the user has typed
    assert words("collector") == ["collector", "--parent=7", "--force", "--bind=ipc://@r", own]
    assert words("worker 2") == ["worker", "--parent=7", "--transport=shm", "--connect=ipc://@w", "--name=worker-2"]


def test_who_is_started_again_continues() -> None:
    """A producer at the frame that is missing, a collector with what is there, a worker under a new name."""
    assert "--resume" in words("producer", again=True, restarts=1)
    assert "--force" not in words("collector", again=True, restarts=1)
    assert "--force" in words("collector", again=False, restarts=1)
    assert "--name=worker-2.2" in words("worker 2", restarts=1)


def test_debug_is_passed_on() -> None:
    """Whose traceback it is, it is wanted."""
    debugged = Fleet(source=("a",), passed={}, links=LINKS, debug=True)
    assert words("worker 1", of=debugged)[2] == "--debug"


def test_private_addresses_are_local_and_new_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs on one machine never meet."""
    for platform in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        links, others = private_links(), private_links()
        assert parse_address(links.work).is_local
        assert parse_address(links.results).is_local
        assert len({links.work, links.results, others.work, others.results}) == 4
        assert (links.work_bind, links.results_bind) == (links.work, links.results)


@pytest.mark.parametrize(
    ("bind", "expected"),
    [
        ("tcp://10.0.0.5:5555", Links("tcp://10.0.0.5:5555", "tcp://10.0.0.5:5555", *["tcp://10.0.0.5:5556"] * 2)),
        (
            "tcp://0.0.0.0:5555",
            Links("tcp://0.0.0.0:5555", "tcp://127.0.0.1:5555", "tcp://0.0.0.0:5556", "tcp://127.0.0.1:5556"),
        ),
        ("tcp://*:5555", Links("tcp://*:5555", "tcp://127.0.0.1:5555", "tcp://*:5556", "tcp://127.0.0.1:5556")),
        ("tcp://[::]:5555", Links("tcp://[::]:5555", "tcp://[::1]:5555", "tcp://[::]:5556", "tcp://[::1]:5556")),
    ],
)
def test_a_shared_address_is_a_port_and_the_next(bind: str, expected: Links) -> None:
    """This machine's processes reach a wildcard by loopback."""
    assert shared_links(bind) == expected


@pytest.mark.parametrize("bind", ["tcp://127.0.0.1:0", "tcp://127.0.0.1:*", "tcp://127.0.0.1:65535", "ipc://x"])
def test_an_address_without_a_port_after_it_is_refused(bind: str) -> None:
    """The results need one too."""
    with pytest.raises(UsageError, match="names no port"):
        shared_links(bind)
    with pytest.raises(NetworkError):
        shared_links("nonsense")
