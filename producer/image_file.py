"""From the bytes of an image file to a frame: format by content, size checked before anything of it is allocated.

Guarantees: a picture that is cut off or damaged is an error, as far as its format can tell, not a picture with a grey
half; `FRAME_MAX_PIXELS` is kept by libav, which reads the size from the file's head.

What this file does not know: folders, streams; what a frame is used for.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import av

from common import limits
from producer.container import FRAME_MAX_PIXELS
from producer.exif import orientation_in
from producer.orientation import Orientation
from producer.source import UndecodableError

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

FILE_MAX_BYTES: Final = 256 * 1024**2
"""An image file; as much as the largest frame admitted has as uncompressed RGB, and some more."""

_DECODERS: Final = (
    (b"\xff\xd8\xff", 0, "mjpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "png"),
    (b"BM", 0, "bmp"),
    (b"WEBP", 8, "webp"),
    (b"II*\0", 0, "tiff"),
    (b"MM\0*", 0, "tiff"),
    (b"P1", 0, "pbm"),
    (b"P4", 0, "pbm"),
    (b"P2", 0, "pgm"),
    (b"P5", 0, "pgm"),
    (b"P3", 0, "ppm"),
    (b"P6", 0, "ppm"),
)
"""What stands where in a file of which libav's decoder of this name makes a frame."""

_OPTIONS: Final = {"max_pixels": str(FRAME_MAX_PIXELS)}
_STRICT: Final = {**_OPTIONS, "err_detect": "explode"}
"""Of TIFF, whose cut ends are errors anyhow, it would refuse files that are sound (LZW as OpenCV writes it)."""


def read_image(path: Path) -> tuple[av.VideoFrame, Orientation]:
    """Read and decode a file.

    Returns:
        The frame as stored, and how it is to be turned.

    Raises:
        UndecodableError: it cannot be read, is no image, is damaged, or too large.
    """
    try:
        status = path.stat()  # looked at before it is opened: to open a pipe waits for its writer
        if not stat.S_ISREG(status.st_mode):
            raise UndecodableError(f"{path} is not a regular file")
        if status.st_size > FILE_MAX_BYTES:
            raise UndecodableError(f"{path} has {status.st_size} bytes, more than {FILE_MAX_BYTES}")
        data = path.read_bytes()
    except OSError as error:
        raise UndecodableError(f"{path} cannot be read ({error.strerror})") from error
    return decode_image(data, str(path)), orientation_in(data)


def decode_image(data: bytes, name: str) -> av.VideoFrame:
    """Decode the bytes of a file, of several pictures the first; `name` is for messages.

    Raises:
        UndecodableError: as above.
    """
    if not data:
        raise UndecodableError(f"{name} is empty")
    decoder = next((codec for magic, at, codec in _DECODERS if data[at : at + len(magic)] == magic), None)
    if decoder is None:
        raise UndecodableError(f"{name} is no image of a kind that is admitted")
    context = cast("VideoCodecContext", av.CodecContext.create(decoder, "r"))
    context.options = dict(_OPTIONS if decoder == "tiff" else _STRICT)
    context.thread_type = "NONE"
    context.thread_count = 1
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
    except (av.FFmpegError, OSError, ValueError) as error:
        raise UndecodableError(f"{name} cannot be decoded ({getattr(error, 'strerror', None) or error})") from error
    if not frames or frames[0].is_corrupt:
        raise UndecodableError(f"{name} cannot be decoded (it is damaged)")
    if max(frames[0].width, frames[0].height) > limits.SIDE_MAX_PIXELS:
        size = f"{frames[0].width}x{frames[0].height}"
        raise UndecodableError(f"{name} is {size} pixels, the limit is {limits.SIDE_MAX_PIXELS} a side")
    return frames[0]
