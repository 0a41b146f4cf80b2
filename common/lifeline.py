"""What ties a role to the process that started it (`--parent`): when that is gone, however it went, the role ends.

The descriptor is one end of a pair of sockets whose other end only the parent holds, so the kernel closes it with the
parent: reading gives end of file. A process that was halted (SIGSTOP) reads nothing; who starts it must have it
woken up (`vinofleet.run.children` does).

Guarantees that `ORPHAN_S` after its parent, or at once if it had said nothing yet, this process and its children are
gone, if its threads get to run at all.
What this file does not know: roles, and what is said on the same sockets.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from typing import Final

from common.exits import Exit

ORPHAN_S: Final = 2.5
"""Longer than `limits.DRAIN_S`, so that what was under way is still accounted for; then the process is ended."""


class Lifeline:
    """The child's end.

    Args:
        descriptor: a connected stream socket, inherited from the parent.
        interrupts: whether to interrupt this process (as Ctrl-C does) at once when the parent is gone; others wait
            until those whom they serve have left.
    """

    def __init__(self, descriptor: int, *, interrupts: bool) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._interrupts = interrupts
        self._has_spoken = False
        # A daemon: it waits for as long as the process lives.
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()

    def write(self, data: bytes) -> None:
        """Tell the parent; waits while it does not read.

        Raises:
            OSError: it is gone.
        """
        self._has_spoken = True
        self._socket.sendall(data)

    def _watch(self) -> None:
        try:
            while self._socket.recv(1):
                pass  # a parent says nothing, it is only there
        except ConnectionError:
            pass  # it went with something unread
        if self._interrupts:
            os.kill(os.getpid(), signal.SIGINT)
        if self._interrupts or self._has_spoken:
            threading.Event().wait(ORPHAN_S)
        if os.getpgrp() == os.getpid():
            os.killpg(0, signal.SIGKILL)  # with it goes whatever it has started
        os._exit(Exit.INTERRUPTED)
