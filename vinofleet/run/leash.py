"""What ties a run to the program that reads its rows (`--tap`): when that is gone, the run ends as by Ctrl-C.

Works from the first moment on, while a model is fetched as well. What this file does not know: what is read.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from contextlib import suppress


def end_with_reader(descriptor: int) -> None:
    """Interrupt this process when nobody holds the other end of a socket, on which nothing ever comes."""
    # A daemon: it waits for as long as the process lives.
    threading.Thread(target=_watch, args=(os.dup(descriptor),), name="leash", daemon=True).start()


def _watch(descriptor: int) -> None:
    with socket.socket(fileno=descriptor) as control, suppress(ConnectionError):
        control.recv(1)
    os.kill(os.getpid(), signal.SIGTERM)  # which nobody ignores, as a shell's background job does SIGINT
