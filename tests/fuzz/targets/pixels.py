"""Pictures, pixels and memory that others wrote: JPEG files, images, Exif data, stamps, segments, a model's output."""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from contextlib import suppress
from functools import cache
from typing import Final

import cv2
import numpy as np

from collector.picture_store import _decode
from common import limits
from common.counter import read_stamp, stamp
from common.job import OutputSpec
from common.jpeg import GREY, jpeg_size
from common.shm import MAGIC, VERSION, Attachment, Segment, ShmOffer, attach, segment_size
from producer.exif import orientation_in
from producer.image_file import decode_image
from producer.orientation import UPRIGHT, orientation_of
from producer.source import UndecodableError
from producer.view import Region
from tests.fuzz.target import MEGABYTE, target
from tests.fuzz.twist import in_bytes
from worker.decoders import ssd
from worker.unpacking import decode_planes

_SIDE: Final = 64
"""The largest picture that is decoded here: what larger ones cost is bounded by their size alone."""


@cache
def _picture(channels: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(1).integers(0, 255, (8, 16, 3) if channels == 3 else (12, 16), np.uint8)


def _file(kind: str, channels: int = 3, *options: int) -> bytes:
    done, data = cv2.imencode(kind, _picture(channels), options)
    assert done
    return data.tobytes()


def _jpegs() -> list[bytes]:
    plain = _file(".jpg")
    progressive = _file(".jpg", 3, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    restarts = _file(".jpg", 3, cv2.IMWRITE_JPEG_RST_INTERVAL, 1)
    return [plain, progressive, restarts, _file(".jpg", 1), plain[:2] + b"\xff\xfe\0\4ab" + plain[2:]]


@target(_jpegs, in_bytes, share=2, most=1500)
def jpeg_head(data: bytes) -> None:
    """A size within what two bytes can say, or none."""
    for components in (GREY, 3):
        found = jpeg_size(data, components)
        assert found is None or (min(found) >= 0 and max(found) < 2**16)


@target(_jpegs, in_bytes, share=0.4, most=1500, memory=4 * MEGABYTE)
def jpeg_picture(data: bytes) -> None:
    """What a decoder makes of a picture has the size that its head was read as, or there is no picture."""
    size = jpeg_size(data)
    if size is not None and min(size) > 0 and max(size) <= _SIDE:
        width, height = size
        whole = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        assert whole is None or whole.shape == (height, width, 3)
        if width % 2 == 0 and height % 2 == 0:
            planes = _decode(data, width, height)
            assert planes is None or planes.shape == (height * 3 // 2, width)


@target(lambda: [_file(".jpg", 1), *_jpegs()], in_bytes, share=0.4, most=1500, memory=4 * MEGABYTE)
def jpeg_planes(data: bytes) -> None:
    """A frame's planes have the job's shape, or there are none."""
    size = jpeg_size(data, GREY)
    if size is not None and min(size) > 0 and max(size) <= _SIDE:
        found = decode_planes(data, (12, 16))
        assert found is None or found.shape == (12, 16)


def _images() -> list[bytes]:
    kinds = [_file(kind) for kind in (".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm")]
    return [
        *kinds,
        _file(".pgm", 1),
        b"P1\n4 2\n1 0 1 0\n0 1 0 1\n",
        b"P4\n8 1\n\xaa",
        b"P2\n2 1\n255\n0 255\n",
        b"P3\n1 1\n255\n1 2 3\n",
    ]


@target(_images, in_bytes, share=0.1, most=2500, memory=600 * MEGABYTE)
def image(data: bytes) -> None:
    """A frame within the bounds, or an UndecodableError."""
    with suppress(UndecodableError):
        frame = decode_image(data, "it")
        assert 0 < max(frame.width, frame.height) <= limits.SIDE_MAX_PIXELS


_TIFF: Final = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
_TIFF_BIG: Final = b"MM\0*" + struct.pack(">IHHHIHHI", 8, 1, 0x0112, 3, 1, 8, 0, 0)


def _exifs() -> list[bytes]:
    app1 = b"\xff\xe1" + struct.pack(">H", len(_TIFF) + 8) + b"Exif\0\0" + _TIFF
    exif = struct.pack(">I4s", len(_TIFF_BIG), b"eXIf") + _TIFF_BIG
    png = (
        b"\x89PNG\r\n\x1a\n"
        + struct.pack(">I4s", 0, b"IDAT")
        + bytes(4)
        + exif
        + struct.pack(">I", zlib.crc32(exif[4:]))
    )
    webp = (
        b"RIFF"
        + bytes(4)
        + b"WEBP"
        + struct.pack("<4sI", b"VP8 ", 3)
        + bytes(4)
        + struct.pack("<4sI", b"EXIF", len(_TIFF))
        + _TIFF
    )
    return [_TIFF, _TIFF_BIG, b"\xff\xd8\xff\xe0\0\4ab" + app1 + b"\xff\xda", png, webp]


@target(_exifs, in_bytes, share=2, most=600)
def exif(data: bytes) -> None:
    """One of the eight ways, whatever a file says."""
    found = orientation_in(data)
    assert found.stored(Region(1, 2, 3, 4), 10, 20).width in {3, 4}


@target(lambda: [struct.pack("=9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 1 << 30), bytes(36)], in_bytes, most=36)
def display_matrix(data: bytes) -> None:
    """Any nine numbers are some way up."""
    orientation_of(data.ljust(36, b"\0")[:36])
    assert orientation_of(bytes(36)) == UPRIGHT


def _stamped() -> list[bytes]:
    pixels = np.zeros(200, np.uint8)
    stamp(pixels, 7)
    other = pixels.copy()
    stamp(other[72:], 8)
    return [pixels.tobytes(), other.tobytes(), bytes(128), b"\xff" * 128, bytes(10)]


@target(_stamped, in_bytes, most=300)
def counter(data: bytes) -> None:
    """Pixels carry a number that was written into both ends, or none."""
    pixels = np.frombuffer(data, np.uint8)
    with suppress(ValueError):
        number = read_stamp(pixels)
        again = np.where(pixels >= 128, 255, 0).astype(np.uint8)
        stamp(again, number)
        ends = np.concatenate([pixels[:64], pixels[-64:]]) >= 128
        assert np.array_equal(np.concatenate([again[:64], again[-64:]]) >= 128, ends)


_OFFER: Final = struct.Struct("<IIQII")


@cache
def _segment(_process: int) -> tuple[Segment, ShmOffer]:
    segment = Segment.create(3, 500)
    offer = segment.offer()
    assert offer is not None, "this system has no memfd"
    return segment, offer


def _offers() -> list[bytes]:
    whole = segment_size(3, 500)
    own = (0, 0, whole, 3, 500)
    others = [(0, 0, whole, 4, 500), (0, 0, segment_size(4, 500), 4, 500), (1, 0, whole, 3, 500), (0, 1, whole, 3, 500)]
    return [_OFFER.pack(*each) for each in (own, *others, (0, 0, 0, 0, 0), (0, 0, 2**63, 2**20, 2**32 - 1))]


@target(_offers, in_bytes, most=_OFFER.size)
def shm_offer(data: bytes) -> None:
    """Only an offer whose slots lie within a segment is attached; pid and descriptor 0 stand for this process's."""
    pid, fd, size, slots, slot_bytes = _OFFER.unpack(data.ljust(_OFFER.size, b"\0")[: _OFFER.size])
    segment, own = _segment(os.getpid())
    found = attach(ShmOffer(pid or own.pid, fd or own.fd, size, slots, slot_bytes))
    if isinstance(found, Attachment):
        assert found.token == segment.token
        assert size == segment_size(slots, slot_bytes) == own.size
    else:
        assert found


@cache
def _shared(_process: int) -> tuple[int, ShmOffer]:
    size = segment_size(1, 64)
    fd = os.memfd_create("fuzz", os.MFD_ALLOW_SEALING)
    os.ftruncate(fd, size)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)
    return fd, ShmOffer(os.getpid(), fd, size, 1, 64)


def _heads() -> list[bytes]:
    good = struct.pack("=8sI4x16s", MAGIC, VERSION, bytes(range(16)))
    return [good, good[:8], struct.pack("=8sI4x16s", MAGIC, VERSION + 1, bytes(16)), bytes(32)]


@target(_heads, in_bytes, most=48)
def shm_head(data: bytes) -> None:
    """Memory is a segment if and only if it begins as this version's does; its token is what stands there."""
    fd, offer = _shared(os.getpid())
    start = data.ljust(48, b"\0")[:48]
    os.pwrite(fd, start, 0)
    found = attach(offer)
    assert isinstance(found, Attachment) == (start[:12] == struct.pack("=8sI", MAGIC, VERSION))
    if isinstance(found, Attachment):
        assert found.token == start[16:32]
        found.mark(0, 1, 1)
        assert os.pread(fd, 48, 0) == start


def _outputs() -> list[bytes]:
    row = np.array([[0, 1, 0.9, 0.1, 0.1, 0.5, 0.5], [0, 2, 0.4, 0, 0, 1, 1], [-1, 0, 0, 0, 0, 0, 0]], np.float32)
    return [b"\0" + row.tobytes(), b"\1" + (row * np.float32(1e38)).tobytes(), b"\0" + bytes(28 * 3)]


@target(_outputs, in_bytes, most=1 + 28 * 12)
def model_output(data: bytes) -> None:
    """Whatever a model computes, what is made of it are finite rows of a class, with a score that is enough."""
    rows = np.frombuffer(data[1 : 1 + (len(data) - 1) // 28 * 28], np.float32) if data else np.zeros(0, np.float32)
    spec = OutputSpec("ssd", "out", data[0] % 2 if data else 0, (), 0.5)
    with np.errstate(invalid="ignore"):  # signalling NaN
        found = ssd.decode({"out": rows}, spec, (1920, 1080))
    assert np.isfinite(found).all()
    assert (found[:, 4] >= 0.5).all()
    assert (found[:, 5] >= 0).all()
