"""The sink that writes videos: `--output out.mp4`.

Guarantees that a stream's frame k is its row k, always: also of a frame without a picture, and after a restart. Does
NOT draw: it is given canvases. How the file is made: `collector.boxes`; how frames are coded: `collector.encoder`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

from collector.appendfile import AppendFile
from collector.encoder import check_encoder
from collector.fragments import Contents, read_contents
from collector.mp4_file import Mp4File, uncover
from collector.paths import START_OVER, OutputPath, remove
from collector.records import StreamRecord
from common.errors import OutputError
from common.rows import Ending, Row, StreamHeader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Mp4Sink:
    """Videos, one of each stream; see `Sink`. Without `{stream}` in the path it holds one stream.

    Args:
        path: where to.
        overwrite: see `Sink`.
    """

    draws: Final = True
    slow: Final = True
    durable: Final = True

    def __init__(self, path: OutputPath, *, overwrite: bool) -> None:
        self.path: Final = path
        self.single: Final = not path.per_stream
        self.overwrite = overwrite
        self._shared: AppendFile | None = None
        self._found: dict[str, Contents] = {}
        self._videos: dict[str, Mp4File] = {}
        self._made: list[Path] = []

    def check(self) -> None:
        """See `Sink.check`."""
        check_encoder()
        self.path.check()

    def create(self) -> None:
        """See `Sink.create`. Files a stream are made by `open`."""
        if self.single:
            self._shared = self._create(self.path.template)

    def recover(self, records: Mapping[str, StreamRecord]) -> dict[str, int]:
        """See `Sink.recover`. Torn ends are cut off when the stream opens again; a finished file stays finished.

        Raises:
            OutputError: a file is missing, or does not hold frames 0..n-1.
        """
        if self.single and len(records) > 1:
            raise OutputError(f"{self.path.template} holds one stream, its journal has several", START_OVER)
        self._found = {name: read_contents(self.path.of(name)) for name in records}
        return {name: len(contents) for name, contents in self._found.items()}

    def truncate(self, nexts: Mapping[str, int]) -> None:
        """See `Sink.truncate`."""
        for name, frames in nexts.items():
            contents = self._found[name]
            if frames < len(contents):
                contents.cut(frames)
                uncover(self.path.of(name), contents.end)

    def open(self, header: StreamHeader, epoch: int, labels: tuple[str, ...]) -> None:
        """See `Sink.open`.

        Raises:
            OutputError: the encoder refuses the stream, or cannot continue what another version began.
        """
        del epoch, labels
        name = header.name
        if name in self._videos:
            return
        found = self._found.get(name)
        file = self._new_file(name) if found is None else self._continued(name, found)
        self._shared = None
        try:
            self._videos[name] = Mp4File(file, header, found or Contents())
        except BaseException:
            file.close()
            raise

    def take(self, row: Row, canvas: NDArray[np.uint8] | None) -> None:
        """See `Sink.take`."""
        assert canvas is not None
        self._videos[row.stream].take(row, canvas)

    def flush(self) -> None:
        """See `Sink.flush`: one write a file."""
        for video in self._videos.values():
            video.flush()

    def end(self, stream: str, ending: Ending, reason: str) -> None:
        """See `Sink.end`. However the stream ended, its file becomes an ordinary MP4 with an index.

        The file of a stream that was recovered and never opened again stays as it is; it plays without an index.
        """
        del ending, reason
        video = self._videos.get(stream)
        if video is not None:
            video.finish()
            video.file.close()
            del self._videos[stream]

    def sync(self) -> None:
        """See `Sink.sync`."""
        for video in self._videos.values():
            video.file.sync()

    def close(self) -> None:
        """See `Sink.close`."""
        with ExitStack() as stack:
            for video in self._videos.values():
                stack.callback(video.file.close)
            if self._shared is not None:
                stack.callback(self._shared.close)
            self._videos, self._shared = {}, None

    def discard(self) -> None:
        """See `Sink.discard`."""
        self.close()
        for path in self._made:
            remove(path)

    def _new_file(self, name: str) -> AppendFile:
        return self._create(self.path.of(name)) if self._shared is None else self._shared

    def _continued(self, name: str, found: Contents) -> AppendFile:
        uncover(self.path.of(name), found.end)
        return AppendFile.reopen(self.path.of(name))

    def _create(self, path: Path) -> AppendFile:
        file = AppendFile.create(path, overwrite=self.overwrite)
        if file.created:
            self._made.append(path)
        return file
