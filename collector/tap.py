"""The sink that hands rows to a program as they are written: hidden option `--tap`, for `vinofleet.results`.

Guarantees that a row that was flushed reaches its reader although this process dies, that a reader who takes its time
holds up the run and loses nothing, and that waiting for one is not taken for a disk that hangs. A reader that is gone
is no failure: `vinofleet run` ends with it, and what comes until then is dropped.
What this file does not know: who reads, and whether a row was read before (`vinofleet.api.receiver`).
"""

from __future__ import annotations

import json
import select
import socket
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from collector.layout import seconds
from collector.paths import OutputPath
from collector.records import StreamRecord
from common.rows import Ending, Row, StreamHeader
from common.tap import REPORT, ROWS, StreamBegins, TappedRow, pack

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from collector.picture import Picture

ORIGINAL, ANNOTATED = "original", "annotated"
"""Pictures that a reader may want."""

BUFFER_BYTES: Final = 32 << 10
"""How far the fleet may be ahead of its reader, besides the window: some dozens of rows; a picture goes in pieces."""

NAP_S: Final = 1.0
"""How often it is said that a reader is waited for."""


class TapSink:
    """Sends rows to the reader; see `Sink`.

    Args:
        descriptor: the control socket, inherited; see `common.tap`.
        pictures: `ORIGINAL`, `ANNOTATED`, or nothing.

    Attributes:
        on_waiting: called in the sinks' thread from time to time while the reader is waited for.
    """

    path: Final = OutputPath(Path("tap:"))
    single: Final = False
    durable: Final = False
    overwrite = False

    def __init__(self, descriptor: int, pictures: str | None) -> None:
        self.draws: Final = pictures is not None
        self.slow: Final = pictures is not None
        self.is_plain: Final = pictures == ORIGINAL
        self.on_waiting: Callable[[], None] = lambda: None
        self._control = socket.socket(fileno=descriptor)
        self._control.set_inheritable(False)
        self._rows: socket.socket | None = None
        self._bases: dict[str, tuple[int, int]] = {}
        self._starts: dict[str, StreamBegins] = {}
        self._original: bytes = b""
        self._waiting: list[bytes] = []

    def check(self) -> None:
        """See `Sink.check`: it always works."""

    def create(self) -> None:
        """See `Sink.create`: the reader gets a socket for what this process has to say."""
        if self._rows is not None:
            return
        self._rows, theirs = socket.socketpair()
        with theirs:
            self._rows.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            self._rows.settimeout(0)
            self._hand_over(ROWS, theirs.fileno())

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`; never called, because nothing is durable."""
        return dict.fromkeys(records, 0)

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`."""
        del epoch
        self._bases[header.name] = header.time_base.as_integer_ratio()
        self._starts[header.name] = StreamBegins(header.name, 0, header.width, header.height, labels)

    def see(self, row: Row, picture: Picture | None) -> None:
        """Keep the original of the row that is taken next; None where there is none."""
        del row
        self._original = b"" if picture is None else picture.i420.tobytes()

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        begins = self._starts.pop(row.stream, None)
        if begins is not None:  # where it begins is where its first row is
            self._waiting.append(pack(begins._replace(start=row.seq)))
        picture, self._original = self._original, b""
        if canvas is not None and not self.is_plain and self.draws:
            picture = canvas.tobytes()
        found = b"" if row.detections is None else row.detections.tobytes()
        time = seconds(row.pts, self._bases[row.stream])
        self._waiting.append(pack(TappedRow(row.stream, row.seq, time, str(row.status), row.reason, found), picture))

    def flush(self) -> None:
        """See `Sink.flush`: returns when the system has everything, however long the reader takes."""
        data, self._waiting = memoryview(b"".join(self._waiting)), []
        while data and self._rows is not None:
            try:
                data = data[self._rows.send(data) :]
            except BlockingIOError:
                self._wait(self._rows)
            except OSError:
                self.close()  # nobody reads any more

    def _wait(self, rows: socket.socket) -> None:
        poll = select.poll()
        poll.register(rows, select.POLLOUT)
        if not poll.poll(NAP_S * 1000):
            self.on_waiting()

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`."""

    def sync(self) -> None:
        """See `Sink.sync`."""

    def close(self) -> None:
        """See `Sink.close`; the report may follow."""
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def discard(self) -> None:
        """See `Sink.discard`."""
        self.close()

    def report(self, report: dict[str, Any]) -> None:
        """Hand over the report of the run; never waits, and costs nothing where nobody reads."""
        with tempfile.TemporaryFile() as file, suppress(OSError):
            file.write(json.dumps(report).encode())
            file.flush()
            self._hand_over(REPORT, file.fileno())

    def _hand_over(self, kind: bytes, descriptor: int) -> None:
        with suppress(BrokenPipeError, ConnectionResetError):
            socket.send_fds(self._control, [kind], [descriptor])
