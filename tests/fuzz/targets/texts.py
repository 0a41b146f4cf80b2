"""Texts that a person or a peer wrote: addresses, sources, scripts, values of options, words for people."""

from __future__ import annotations

from contextlib import suppress
from typing import Final
from unittest import mock

import click

from common.address import advertised, parse_address, require_protected
from common.errors import InputError, ModelError, NetworkError, UsageError, VinofleetError
from common.job_builder import Wish, _scripted
from common.model_choices import Asked
from common.openvino_text import plain
from common.params import Seconds
from common.redaction import redacted
from common.schema import as_text, is_name, is_text
from common.script import parse_script
from producer import raw, synthetic
from producer.options import read_policy
from producer.params import Moment, Rate, Rectangle
from producer.sources import default_stream_names, may_be_live, reads_stdin
from tests.fuzz.target import MEGABYTE, refused, target
from tests.fuzz.twist import in_text

_MOST: Final = 600


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


@target(
    lambda: [
        b"tcp://127.0.0.1:5555",
        b"tcp://[::1]:*",
        b"tcp://*:0",
        b"tcp://host.example:65535",
        b"ipc:///run/x",
        b"inproc://a",
    ],
    in_text,
    share=2,
    most=_MOST,
)
def address(data: bytes) -> None:
    """A welcome may name any collector; what is read can be written and read again, and says who reaches it."""
    text = _text(data)
    with refused(NetworkError):
        found = parse_address(text)
        assert parse_address(str(found)) == found
        assert parse_address(advertised(text, "tcp://192.0.2.1:5555")).scheme == found.scheme
        require_protected(found, secured=False, insecure=False)
        assert found.is_local


@target(
    lambda: [
        *(b"synthetic://counter?frames=9&size=64x48&fps=30000/1001&seed=3", b"synthetic://street?frames=2&people=3"),
        *(b"raw:///tmp/x.yuv?size=640x360&format=yuv420p&fps=25", b"raw://-?size=2x2&format=gray&fps=0.5"),
        *(b"rtsp://user:secret@10.0.0.7:554/door?key=1", b"0", b"/dev/video3", b"-", b"clips/*.jpg", b"a b.mp4"),
    ],
    in_text,
    share=0.5,
    most=_MOST,
)
def source(data: bytes) -> None:
    """What a source is called is a stream's name; its options are within bounds, or it is refused in one line."""
    text = _text(data)
    names = default_stream_names([text, text])
    assert all(map(is_name, names)), names
    assert len(set(names)) == 2
    reads_stdin(text)
    may_be_live(text)
    with refused(InputError):
        if text.startswith("synthetic://"):
            with mock.patch("producer.street.StreetPainter"):  # what it costs to paint is bounded by the picture's size
                header = synthetic.open_synthetic(text, "it").header
            assert 0 < header.rate <= 1000
        elif text.startswith("raw://"):
            assert raw._parse(text)[1].nbytes > 0


@target(
    lambda: [b"rtsp://user:secret@10.0.0.7/door", b"see https://a:b@c/d?e=f#g and http://x", b"RTSPS://u:p@/w@h/p"],
    in_text,
    share=1,
    most=_MOST,
)
def secrets_in_addresses(data: bytes) -> None:
    """What was hidden once shows nothing more when it is hidden again, and no user's part is left."""
    found = redacted(_text(data))
    assert redacted(found) == found
    for word in found.split():
        scheme, mark, rest = word.lower().partition("://")
        if mark and scheme in {"rtsp", "rtsps", "http", "https"}:
            assert "@" not in rest


@target(
    lambda: [b"service_ms=2&requests=4&poison=17,18&hang=3&error=4&lost=9&unnumbered=1&detections=2", b""],
    in_text,
    memory=2 * MEGABYTE,
    most=_MOST,
)
def script(data: bytes) -> None:
    """A script comes with a job, from a peer: within bounds, or refused in one line."""
    with refused(ModelError):
        found = parse_script(_text(data))
        assert found.requests > 0
        assert 0 <= found.service_ms <= 3_600_000


_WISH: Final = Wish(threshold=0.5, asked=Asked(), precision="default", pixels=None)


@target(lambda: [b"scripted://?width=64&height=48&service_ms=2", b"scripted://"], in_text, most=_MOST, share=0.5)
def scripted_model(data: bytes) -> None:
    """The address of a scripted model is a job, or refused in one line."""
    with refused(ModelError, UsageError):
        found = _scripted("scripted://" + _text(data).removeprefix("scripted://"), _WISH)
        assert found.input.nbytes > 0


_TYPES: Final = (Seconds(), Moment(), Rate(), Rectangle())


@target(
    lambda: [
        b"12.5",
        b"1:02:03.5",
        b"30000/1001",
        b"100,0,640,480",
        b"max-age=500ms",
        b"freshest",
        b"max-age=0.5s",
        b"lossless",
    ],
    in_text,
    most=_MOST,
)
def option_values(data: bytes) -> None:
    """A value of an option is one within bounds, or refused."""
    text = _text(data)
    for kind in _TYPES:
        with suppress(click.ClickException):
            kind.convert(text, None, None)
    with refused(UsageError):
        assert read_policy(text, live=True).max_age_s >= 0


@target(
    lambda: [b"words", b"a\x1b[2Jb\nc", "\u202ex\u2028y\ud7ff".encode(), b"Exception from a:1:\nwhat happened"],
    in_text,
    most=2000,
)
def words(data: bytes) -> None:
    """Anybody's words become one line that moves no cursor."""
    text = _text(data)
    assert is_text(as_text(text))
    assert as_text(as_text(text)) == as_text(text)
    assert str(VinofleetError(text, text)).isprintable()
    assert "\n" not in plain(text)
