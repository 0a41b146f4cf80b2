"""`vinofleet run` with rows, a video and a report: started, started again, compared with one that nobody disturbed."""

from __future__ import annotations

from pathlib import Path

import av

from tests.process.family import Family
from tests.process.roles import Role, Shell, assert_conserved, until


class Run:
    """One run's outputs, in a folder of the shell's.

    Args:
        shell: closes what is started.
        source: a video that can be read again.
        frames: how many it has.
        name: of its folder in the shell's.
    """

    def __init__(self, shell: Shell, source: str, frames: int, name: str = "outputs") -> None:
        self.family = Family()
        self.frames = frames
        self.mine = Shell(shell.folder / name)
        self.mine.folder.mkdir()
        self._shell = shell
        self._source = source

    @property
    def video(self) -> Path:
        """The video with boxes."""
        return self.mine.folder / "out.mp4"

    def start(self, *arguments: str, model: str = "scripted://?service_ms=4&requests=2&detections=3") -> Role:
        """Start it, or start it again."""
        folder = self.mine.folder
        outputs = [f"--json={folder / 'out.jsonl'}", f"--output={self.video}", f"--report={folder / 'report.json'}"]
        return self._shell.run(
            "run", self._source, "--model", model, *outputs, *arguments, environment=self.family.environment
        )

    def until_written(self, rows: int) -> None:
        """Wait for a number of rows."""
        until(lambda: self.mine.written() >= rows)

    def assert_whole(self, undisturbed: Run) -> None:
        """The rows are an undisturbed run's to the byte, the video has a picture of each, the report counts all."""
        assert self.mine.jsonl == undisturbed.mine.jsonl
        assert_conserved(self.mine, self.frames)
        with av.open(str(self.video)) as video:
            assert video.streams.video[0].frames == self.frames
            assert sum(1 for _ in video.decode(video=0)) == self.frames


def undisturbed(folder: Path, source: str, frames: int) -> Run:
    """A run that nobody disturbs, to its end."""
    shell = Shell(folder)
    try:
        run = Run(shell, source, frames)
        role = run.start()
        assert role.ends() == 0, role
        run.assert_whole(run)
        return run
    finally:
        shell.close()
