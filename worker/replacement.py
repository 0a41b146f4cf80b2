"""A worker that lost its device, or hangs, takes its own place: the process begins anew, under its number and name.

`exec` ends the threads that hang with the process image; what waits for the process notices nothing. Its successor
knows by an environment variable how many in a row have finished no frame, waits longer each time, and gives up in the
end. A device that never worked is none that was lost: that is said at once, and is the user's to mend.
What this file does not know: how a device is lost, sessions; who starts workers under `vinofleet run` (that does).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from common.actions import Notice
from common.exits import Exit
from common.leaving import INTERRUPTS, handled

FRUITLESS: Final = "VINOFLEET_WORKER_FRUITLESS"
"""Set for a successor: so many before it, in a row, have finished no frame."""

FRUITLESS_MAX: Final = 8
"""More than two frames take that hang side by side, in company once and three times alone each."""

BACK_OFF_S: Final = 0.5
BACK_OFF_MAX_S: Final = 8.0

_CAUSES: Final = {Exit.DEVICE: "lost its device", Exit.ENGINE_HUNG: "hangs"}


class Succession(NamedTuple):
    """What comes after this process: another one, `delay_s` later, which is told of `fruitless` ones before it."""

    delay_s: float
    fruitless: int


def succession(code: Exit, environment: Mapping[str, str], *, worked: bool) -> Succession | None:
    """Say what comes after a worker; None where nothing does.

    Args:
        code: how it ends.
        environment: of this process.
        worked: whether it has finished a frame.
    """
    before = environment.get(FRUITLESS, "")
    is_successor = before.isdecimal()
    if code not in _CAUSES or (code is Exit.DEVICE and not (worked or is_successor)):
        return None
    fruitless = 0 if worked else 1 + (int(before) if is_successor else 0)
    if fruitless >= FRUITLESS_MAX:
        return None
    return Succession(min(BACK_OFF_MAX_S, BACK_OFF_S * 2**fruitless), fruitless)


def take_over(code: Exit, speak: Callable[[Notice], None], *, worked: bool) -> None:
    """Begin this process anew, if that is what comes after it; returns if not, or if the system refuses.

    Raises:
        KeyboardInterrupt: the user wants to end instead.
    """
    follows = succession(code, os.environ, worked=worked)
    if follows is None or os.name != "posix" or not sys.orig_argv:  # elsewhere exec makes another process
        return
    why = f"this worker {_CAUSES[code]}"
    speak(Notice("warning", f"{why}: it starts itself again in {follows.delay_s:g} s"))
    with handled(dict.fromkeys(INTERRUPTS, signal.default_int_handler)):
        threading.Event().wait(follows.delay_s)
    os.environ[FRUITLESS] = str(follows.fruitless)
    sys.stdout.flush()
    sys.stderr.flush()
    # An interpreter that has just begun would answer an interrupt with a traceback: the next one takes it when it can.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # nosec B606 # noqa: S606 - its own command line
    except OSError as error:  # an upgrade has replaced the interpreter, or there is no memory
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        speak(Notice("warning", f"{sys.executable} cannot be started again ({error.strerror}): start the worker anew"))
