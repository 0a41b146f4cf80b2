"""Who runs here and where it listens, read from a /proc of our own making."""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

import pytest

from common.errors import UsageError
from vinofleet.status.find import roles_of, running_roles

UNIX = """Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 11 @vinofleet-0a-work
0000000000000000: 00000003 00000000 00000000 0001 03 12 @vinofleet-0a-work
0000000000000000: 00000002 00000000 00010000 0001 01 13 /tmp/results
0000000000000000: 00000002 00000000 00010000 0001 01 14
"""
TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:15B3 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 21 1 0
   1: 00000000:15B4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22 1 0
   2: 0100007F:15B3 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 23 1 0
"""
TCP6 = """  sl  local_address rem_address st
   0: 00000000000000000000000001000000:15B5 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 24 1 0
   1: 00000000000000000000000000000000:15B6 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 25 1 0
   2: 0000000000000000FFFF00000100007F:15B7 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 26 1 0
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="the layout of Linux's /proc, on a file system like its"
)


class Machine:
    """A /proc with the processes that a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "net").mkdir()
        for name, text in (("unix", UNIX), ("tcp", TCP), ("tcp6", TCP6)):
            (folder / "net" / name).write_text(text)
        (folder / "version").touch()

    def process(self, pid: int, command: str, *inodes: int, parent: int = 1) -> None:
        """Add a process with these sockets open."""
        folder = self.folder / str(pid)
        (folder / "fd").mkdir(parents=True)
        (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in command.split()) + b"\0")
        (folder / "stat").write_text(f"{pid} (a) b) S {parent} 1 1")
        (folder / "fd" / "0").symlink_to("/dev/null")
        for number, inode in enumerate(inodes, 1):
            (folder / "fd" / str(number)).symlink_to(f"socket:[{inode}]")


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """An empty one."""
    return Machine(tmp_path)


def test_roles_are_known_by_their_commands(machine: Machine) -> None:
    """As `run` starts them, and as people do; nobody else's sockets are told."""
    machine.process(10, "/usr/bin/python -P -m vinofleet producer --parent=5 -- a.mp4", 11, 12)
    machine.process(11, "/usr/bin/python /home/me/bin/vinofleet --debug collector", 13)
    machine.process(12, "python -m collector --bind tcp://127.0.0.1:5555", 21, 23)
    machine.process(13, "vim producer collector", 22)
    machine.process(14, "vinofleet worker", 22)
    assert running_roles(machine.folder) == ["ipc://@vinofleet-0a-work", "ipc:///tmp/results", "tcp://127.0.0.1:5555"]


def test_a_run_is_known_by_its_children(machine: Machine) -> None:
    """And theirs; others are others'."""
    machine.process(5, "vinofleet run clip.mp4")
    machine.process(6, "sh", parent=5)
    machine.process(7, "python -m vinofleet producer", 11, parent=6)
    machine.process(8, "python -m vinofleet collector", 13, parent=1)
    assert roles_of(5, machine.folder) == ["ipc://@vinofleet-0a-work"]
    assert roles_of(8, machine.folder) == ["ipc:///tmp/results"]
    assert roles_of(99, machine.folder) == []


def test_addresses_can_be_connected_to(machine: Machine) -> None:
    """Whatever was bound to every interface is reached at loopback."""
    machine.process(5, "vinofleet producer", 21, 22, 24, 25, 26)
    assert sorted(roles_of(5, machine.folder)) == [
        "tcp://127.0.0.1:5555",
        "tcp://127.0.0.1:5556",
        "tcp://127.0.0.1:5559",
        "tcp://[::1]:5557",
        "tcp://[::1]:5558",
    ]


def test_a_process_that_ends_meanwhile_is_passed_over(machine: Machine) -> None:
    """Nothing of it can be read any more."""
    (machine.folder / "7").mkdir()
    assert running_roles(machine.folder) == roles_of(7, machine.folder) == []


def test_this_very_process_is_found() -> None:
    """In the real /proc."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert f"tcp://127.0.0.1:{server.getsockname()[1]}" in roles_of(os.getpid())


def test_other_systems_are_told_to_name_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no /proc to read."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="name an address"):
        running_roles()
