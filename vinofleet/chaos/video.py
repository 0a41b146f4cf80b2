"""Does a video play? Decodes it from one end to the other and counts.

What this file does not know: what the pictures show, and how many there should be.
"""

from __future__ import annotations

from pathlib import Path

import av


class VideoError(Exception):
    """A video that does not play; the words are for a person."""


def count_frames(path: Path) -> int:
    """Decode a video and count its frames.

    Raises:
        VideoError: it is missing, does not open or decode, or a frame's time is not after the one before.
    """
    count, latest = 0, None
    try:
        with av.open(str(path)) as video:
            for frame in video.decode(video=0):
                if frame.pts is None or (latest is not None and frame.pts <= latest):
                    raise VideoError(f"picture {count} is not after the one before")
                latest = frame.pts
                count += 1
    except (av.error.FFmpegError, OSError, IndexError) as error:
        raise VideoError(f"it does not play ({getattr(error, 'strerror', None) or error})") from error
    return count
