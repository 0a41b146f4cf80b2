"""From what `--show` and `--serve` say to viewers, and what can be refused of it before anything is started.

What this file does not know: how a viewer shows what it is shown.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final

from collector.sinks import sink_for
from collector.viewer_process import BEGIN_S, ViewerProcess
from collector.web_token import check_token
from common.address import Address, parse_address
from common.errors import NetworkError, OutputError, UsageError, VinofleetError

WINDOW_A_SECOND: Final = 30
"""Pictures of a stream a second that a window shows at most."""

SERVED_A_SECOND: Final = 15
"""The same of a browser: each is encoded, and each viewer's network has to carry it."""

_INSTEAD: Final = "give --serve 8080 in its place, and open the page in a browser"
_NAP_S: Final = 0.05


def check_viewing(*, show: bool, serve: str | None, insecure: bool) -> None:
    """Refuse what is known not to work here.

    Raises:
        OutputError: there is no screen for a window.
        UsageError: `serve` is no port, or the token for it is none.
        NetworkError: others would reach the port, and nobody said that they may.
    """
    if show and sys.platform == "linux" and not os.environ.get("DISPLAY"):
        raise OutputError("--show needs a screen, and DISPLAY names none", _INSTEAD)
    if serve is not None:
        check_token(os.environ)
    if serve is not None and not serve_address(serve).is_local and not insecure:
        remedy = "leave the host out, or add --insecure if everyone who reaches it may watch"
        raise NetworkError(f"--serve {serve} would show the pictures to other machines", remedy)


def check_anonymity(outputs: Sequence[str], *, show: bool, serve: str | None) -> None:
    """Refuse to make people unrecognisable where nobody is shown.

    Raises:
        UsageError: no output has pictures.
    """
    drawn = any(sink_for(text, overwrite=False).draws for text in outputs)
    if not (drawn or show or serve is not None):
        raise UsageError("--anonymize changes pictures, and no output has any", "add --output, --show or --serve")


def serve_address(text: str) -> Address:
    """Read the value of `--serve`: a port of loopback, or a host and a port.

    Raises:
        UsageError: it is neither.
    """
    host, _, port = text.rpartition(":")
    try:
        return parse_address(f"tcp://{host or '127.0.0.1'}:{port}")
    except NetworkError as error:
        raise UsageError(f"--serve {text} is no port", "write a port, or HOST:PORT, such as 8080") from error


def viewers_for(*, show: bool, serve: str | None, on_closed: Callable[[], None]) -> list[ViewerProcess]:
    """The viewers that were asked for, not begun.

    Args:
        show: whether there is to be a window.
        serve: as given on the command line; it was checked.
        on_closed: told that the user has closed the window.
    """
    made = []
    if show:
        screen = f" on the screen {os.environ['DISPLAY']}" if "DISPLAY" in os.environ else ""
        window = ViewerProcess(
            what="the window (--show)",
            module="collector.window",
            interval_s=1 / WINDOW_A_SECOND,
            watches_all=True,
            no_start=OutputError(f"no window can be opened{screen}", _INSTEAD),
            on_closed=on_closed,
        )
        made.append(window)
    if serve is not None:
        address = serve_address(serve)
        server = ViewerProcess(
            what="the page (--serve)",
            module="collector.web",
            arguments=[address.host, str(address.port)],
            interval_s=1 / SERVED_A_SECOND,
            watches_all=False,
            no_start=OutputError("the server of --serve did not start", "run it again without --serve"),
        )
        made.append(server)
    return made


def begin(viewers: list[ViewerProcess], sleep: Callable[[float], bool]) -> None:
    """Begin viewers, and wait until they are ready.

    Args:
        viewers: not begun.
        sleep: lets time pass; True where somebody wants to end instead.

    Raises:
        VinofleetError: one of them cannot be.
        KeyboardInterrupt: somebody wants to end.
    """
    for viewer in viewers:
        viewer.begin()
    deadline = time.monotonic() + BEGIN_S
    for viewer in viewers:
        while not viewer.is_up(_NAP_S):
            if sleep(0):
                raise KeyboardInterrupt
            if time.monotonic() > deadline:
                raise _late(viewer)


def _late(viewer: ViewerProcess) -> VinofleetError:
    return OutputError(f"{viewer.what} was not ready within {BEGIN_S:g} s", "try again, or leave it out")
