"""What a decoder met, and whether that makes a complete stream.

A damaged file looks like end of file to a decoder, so its word is compared with what the container announced. Pure.

What this file cannot know: transport, program and raw streams announce nothing, so one that was cut exactly between
two packets is complete as far as anyone can tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from common.rows import Ending

END_SLACK_FRAMES: Final = 2
"""Containers round a duration, and encoders a last frame's: less than this is not missing."""


@dataclass
class Tally:
    """Counts of one stream.

    Attributes:
        announced: frames that the container announces, or 0.
        announced_s: length of the video track that the container announces, seconds, or 0.
        decoded: frames that came out.
        hidden: packets that give no frame by design (edit lists, repeats).
        undecodable: packets that the decoder refused.
        damaged: packets and frames that libav itself marks as corrupt.
        stopped: why reading stopped before the end of the file, for people; empty otherwise.
        end_s: end of the last frame, in seconds from 0, or from the first frame where that is earlier.
        frame_s: nominal length of a frame, seconds.
    """

    announced: int = 0
    announced_s: float = 0.0
    decoded: int = 0
    hidden: int = 0
    undecodable: int = 0
    damaged: int = 0
    stopped: str = ""
    end_s: float = 0.0
    frame_s: float = 0.0

    def verdict(self) -> tuple[Ending, str]:
        """The ending, and what is missing (empty when complete)."""
        problems = [self.stopped] if self.stopped else []
        if self.decoded + self.hidden < self.announced:
            problems.append(f"decoded {self.decoded} of {self.announced} frames announced by the container")
        elif self.end_s + END_SLACK_FRAMES * self.frame_s < self.announced_s:
            problems.append(f"ends at {self.end_s:.2f} s of {self.announced_s:.2f} s announced by the container")
        if self.undecodable:
            problems.append(f"{self.undecodable} packets could not be decoded")
        if self.damaged:
            problems.append(f"{self.damaged} packets or frames are damaged")
        return (Ending.INCOMPLETE if problems else Ending.COMPLETE), "; ".join(problems)
