"""What other systems lack is missed where it is used, not where it is imported: help and messages work everywhere."""

from __future__ import annotations

import subprocess
import sys

MODULES = (
    "collector.app", "producer.app", "worker.app", "vinofleet.run.app", "vinofleet.chaos.app", "vinofleet.status.app",
    "vinofleet.cli", "vinofleet.compare.app", "vinofleet.bench.app", "vinofleet.tune.app",
    "vinofleet.api.results", "vinofleet.notebook",
)  # fmt: skip
LACKING = {
    "signal": ("SIGHUP", "SIGKILL", "SIGSTOP", "SIGCONT", "SIGCHLD", "pthread_sigmask", "pidfd_send_signal"),
    "os": ("pidfd_open", "sched_getaffinity", "sched_setaffinity", "geteuid", "killpg", "O_CLOEXEC", "O_NONBLOCK"),
    "select": ("poll",),
}

PROGRAM = f"""
import subprocess, sys, tempfile
import numpy, cv2, av, zmq  # what these need is not in question
sys.modules["fcntl"] = None
for module, names in {LACKING}.items():
    for name in names:
        delattr(sys.modules[module], name)
from common.interrupt import leave_at_once
leave_at_once()
for module in {MODULES}:
    __import__(module)
print("imported")
"""


def test_every_command_can_be_imported_where_windows_differs() -> None:
    """Nothing is tried beyond that: no such system was at hand."""
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "imported\n"), done.stderr
