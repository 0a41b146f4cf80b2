"""Clips for benchmarks, made once and kept in the user's cache directory.

python bench/clips.py CLIP FRAMES     # prints the path of its 1080p version
"""

from __future__ import annotations

import sys
from fractions import Fraction
from pathlib import Path

import av
import platformdirs

WIDTH, HEIGHT = 1920, 1080


def upscaled(source: Path, frames: int) -> Path:
    """Return a 1080p H.264 clip (libx264, veryfast, crf 23) of the first `frames` frames of a clip."""
    folder = Path(platformdirs.user_cache_dir("vinofleet")) / "bench"
    target = folder / f"{source.stem}-1080p-{frames}.mp4"
    if target.exists():
        return target
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part.mp4")
    with av.open(str(source)) as reading, av.open(str(unfinished), "w") as writing:
        stream = writing.add_stream("libx264", rate=Fraction(25), options={"preset": "veryfast", "crf": "23"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number, frame in enumerate(reading.decode(video=0)):
            if number == frames:
                break
            scaled = frame.reformat(WIDTH, HEIGHT, "yuv420p", interpolation="BICUBIC")
            scaled.pts, scaled.time_base = number, Fraction(1, 25)
            writing.mux(stream.encode(scaled))
        writing.mux(stream.encode())
    unfinished.rename(target)
    return target


if __name__ == "__main__":
    print(upscaled(Path(sys.argv[1]), int(sys.argv[2])))
