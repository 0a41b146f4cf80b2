"""Images as a source: order, sizes, orientation, and what becomes of broken ones."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from common.errors import InputError
from common.job import InputSpec
from common.rows import Ending
from producer.exif import orientation_in
from producer.naturally import natural_key
from producer.orientation import UPRIGHT
from producer.source import RawFrame, Terms, UndecodableError
from producer.sources import open_source
from producer.view import Region
from producer.wish import Wish

SPEC = InputSpec("image", 48, 32, "bgr", "BGR", "stretch")
CLOSE = 6
"""Of 255: what 4:2:0, JPEG and a resize may cost, on the average."""


def picture(width: int = 48, height: int = 32) -> np.ndarray:
    """Another colour in each corner, smoothly."""
    x, y = np.linspace(0, 1, width)[None, :], np.linspace(0, 1, height)[:, None]
    planes = [40 + 150 * x + 0 * y, 40 + 150 * y + 0 * x, 60 + 60 * x + 60 * y]
    return np.stack(np.broadcast_arrays(*planes), axis=-1).round().astype(np.uint8)


def write(path: Path, shown: np.ndarray | None = None) -> Path:
    """Write an image file."""
    done, data = cv2.imencode(path.suffix, picture() if shown is None else shown)
    assert done
    path.write_bytes(data.tobytes())
    return path


def pixels(frame: RawFrame, spec: InputSpec = SPEC) -> np.ndarray:
    """What a frame writes."""
    out = np.zeros(spec.nbytes, np.uint8)
    frame.write_to(spec, out)
    return out.reshape(spec.shape)


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The mean difference of two pictures."""
    return float(np.abs(one.astype(int) - other.astype(int)).mean())


def exif(value: int, order: str) -> bytes:
    """A TIFF directory that says which way up a picture is."""
    head = b"II*\0" if order == "<" else b"MM\0*"
    return head + struct.pack(f"{order}IHHHIHHI", 8, 1, 0x0112, 3, 1, value, 0, 0)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".bmp", ".webp", ".tiff", ".ppm", ".JPEG"])
def test_every_kind_of_image_is_one_frame(tmp_path: Path, suffix: str) -> None:
    """With its size and colours, at 25 frames a second unless another rate is asked for."""
    source = open_source(str(write(tmp_path / f"shot{suffix}")), "s", Terms(rate=Fraction(2)))
    (frame,) = source.frames()
    assert (frame.width, frame.height, frame.pts) == (48, 32, 0)
    assert (source.header.rate, source.header.time_base, source.header.expected) == (Fraction(2), Fraction(1, 2), 1)
    assert difference(pixels(frame), picture()) < CLOSE
    assert (source.ending, source.ending_reason) == (Ending.COMPLETE, "")


def test_a_folder_is_in_the_order_of_people_and_says_what_it_leaves_out(tmp_path: Path) -> None:
    """Numbers by their value; sub-folders, other files and pipes are no images."""
    for name in ("shot10.jpg", "shot9.PNG", "Shot1.jpg"):
        write(tmp_path / name, np.full((8, 8 * int("".join(filter(str.isdigit, name))), 3), 90, np.uint8))
    (tmp_path / "notes.txt").touch()
    (tmp_path / "more.jpg").mkdir()
    os.mkfifo(tmp_path / "pipe.jpg")
    said: list[str] = []
    source = open_source(str(tmp_path), "s", Terms(note=said.append))
    assert [frame.width // 8 for frame in source.frames()] == [1, 9, 10]
    assert said == [f"{tmp_path}: 3 images; 3 other entries are left out"]


def test_a_pattern_gives_what_it_matches(tmp_path: Path) -> None:
    """A file whose name looks like a pattern is that file."""
    for name in ("a1.jpg", "a2.jpg", "b1.jpg"):
        write(tmp_path / name)
    assert len(list(open_source(str(tmp_path / "a*.jpg"), "s").frames())) == 2
    write(tmp_path / "c[1].jpg")
    assert len(list(open_source(str(tmp_path / "c[1].jpg"), "s").frames())) == 1
    with pytest.raises(InputError, match=r"matches no image: give images: \.bmp"):
        open_source(str(tmp_path / "z*.jpg"), "s")


def test_a_broken_image_is_one_frame_without_pixels(tmp_path: Path) -> None:
    """The others are as they would be; also where the first one is broken, and from wherever reading begins."""
    for number in range(5):
        write(tmp_path / f"{number}.jpg")
    cut = (tmp_path / "3.jpg").read_bytes()
    (tmp_path / "3.jpg").write_bytes(cut[: len(cut) // 2])
    (tmp_path / "0.jpg").write_bytes(b"")
    for first in range(5):
        frames = list(open_source(str(tmp_path), "s").frames(first))
        assert [frame.pts for frame in frames] == list(range(first, 5))
        for frame in frames:
            assert (frame.width, frame.height) == (48, 32)
            if frame.pts in {0, 3}:
                with pytest.raises(UndecodableError, match=f"{frame.pts}.jpg"):
                    pixels(frame)
            else:
                pixels(frame)


def test_a_picture_of_too_many_pixels_is_refused(tmp_path: Path) -> None:
    """A sound one, whose file is half a megabyte and whose pixels are 67: before anything is allocated for them."""
    write(tmp_path / "a.jpg", np.zeros((16_384, 4_100), np.uint8))
    with pytest.raises(InputError, match=r"cannot be decoded \(Invalid argument\)"):
        open_source(str(tmp_path / "a*.jpg"), "s")


def test_images_that_are_all_broken_are_no_source(tmp_path: Path) -> None:
    """As a video of which no frame can be decoded."""
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"no image")
    with pytest.raises(InputError, match=r"not one of 3 images can be decoded \(the first: .*0.png is no image"):
        open_source(str(tmp_path), "s")


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("value", range(1, 9))
def test_a_picture_is_shown_upright(tmp_path: Path, value: int, order: str) -> None:
    """As OpenCV does it, in all eight orientations."""
    path = write(tmp_path / "shot.jpg")
    data, tiff = path.read_bytes(), exif(value, order)
    segment = b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff
    path.write_bytes(data[:2] + segment + data[2:])
    seen = cv2.imread(str(path))
    assert seen is not None
    (frame,) = open_source(str(path), "s").frames()
    assert (frame.height, frame.width) == seen.shape[:2]
    spec = InputSpec("", frame.width, frame.height, "bgr", "BGR", "stretch")
    assert difference(pixels(frame, spec), seen) < CLOSE
    region = Region(6, 4, frame.width // 2, frame.height // 2)
    (part,) = open_source(str(path), "s", Terms(), Wish(roi=region, flip="horizontal")).frames()
    spec = InputSpec("", region.width, region.height, "bgr", "BGR", "stretch")
    wanted = seen[4 : 4 + region.height, 6 : 6 + region.width][:, ::-1]
    assert difference(pixels(part, spec), wanted) < CLOSE


def test_the_orientation_of_other_files() -> None:
    """PNG and WebP have it in a chunk, TIFF in itself; whatever cannot be understood is upright."""
    turned = orientation_in(exif(6, ">"))
    png = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 2) + b"IHDRab" + b"crc." + struct.pack(">I", 26) + b"eXIf"
    assert orientation_in(png + exif(6, "<")) == turned
    webp = b"RIFF\0\0\0\0WEBPVP8 " + struct.pack("<I", 1) + b"x\0EXIF" + struct.pack("<I", 32) + b"Exif\0\0"
    assert orientation_in(webp + exif(6, "<")) == turned
    for data in (b"", b"II*\0", exif(9, "<"), exif(6, "<")[:15], b"\xff\xd8\xff", png, b"BM"):
        assert orientation_in(data) == UPRIGHT


def test_numbers_are_sorted_by_value() -> None:
    """And no two names are alike."""
    names = ["a", "A1", "a01", "a1", "a2", "a10", "b", "1", "02"]
    assert sorted(names, key=natural_key) == ["1", "02", "a", "A1", "a01", "a1", "a2", "a10", "b"]
