"""Opening a camera's or a server's stream and nothing else: formats and protocols by list.

Guarantees that an address of the network leads to the network alone: a playlist that names a file of this machine, a
redirection to another protocol and a format that is not on the list are refused by libav itself. Everything that a
playlist may name is of the same list of formats.

What this file does not know: time-outs (whoever waits for this process ends it), decoding, pixels.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

import av

from common.errors import InputError
from producer.container import FORMATS, OPTIONS, OpenedVideo, choose_video

if TYPE_CHECKING:
    from av.container import InputContainer

_HTTP: Final = {
    "format_whitelist": ",".join((*FORMATS, "hls", "mpjpeg")),
    "protocol_whitelist": "http,https,tcp,tls,crypto",  # crypto: the encrypted segments of a playlist
    "reconnect": "1",  # where a file breaks off before its announced end, go on from there
    "reconnect_delay_max": "2",
}
_RTSP: Final = {
    "format_whitelist": "rtsp,rtp,sdp",
    "protocol_whitelist": "rtsp,rtsps,rtp,srtp,tcp,tls,udp,http,https",
    "rtsp_transport": "tcp",  # nothing is lost on the way, and it passes firewalls
    "allowed_media_types": "video",
    "analyzeduration": "1000000",  # microseconds: what is looked at before the first picture is old when it comes
}
_ENDLESS: Final = frozenset({"rtsp", "mpjpeg"})
"""Formats that have no end, whatever they say."""

_UNTIMED: Final = frozenset({"mpjpeg"})
"""Formats without timestamps: libav would make up 25 a second."""


def open_remote_container(uri: str, shown: str) -> OpenedVideo:
    """Open `rtsp(s)://` or `http(s)://` and choose its first video track that is no cover picture.

    Args:
        uri: the address, with its secrets.
        shown: the same for people.

    Raises:
        InputError: it does not answer, refuses, is not of an admitted format, or holds no video that can be decoded.
    """
    options = _RTSP if uri.lower().startswith("rtsp") else _HTTP
    with ExitStack() as stack:
        container = stack.enter_context(_open(uri, options, shown))
        stream = choose_video(container, shown)
        return OpenedVideo(container, stream, stack.pop_all())


def is_live(container: InputContainer) -> bool:
    """Whether it has no end: RTSP and multipart pictures always; others where they say neither length nor duration."""
    if container.format.name in _ENDLESS:
        return True
    return container.duration is None and container.size <= 0


def has_time(container: InputContainer) -> bool:
    """Whether its frames carry timestamps that mean anything."""
    return container.format.name not in _UNTIMED


def _open(uri: str, options: dict[str, str], shown: str) -> InputContainer:
    try:
        return av.open(uri, "r", options=OPTIONS, container_options=options, metadata_errors="replace")
    except av.InvalidDataError as error:
        raise InputError(f"{shown} gives no video that is known", "see what a player says of it") from error
    except av.ArgumentError as error:  # what libav says to a format or a protocol that is not on its list
        raise InputError(f"{shown} gives a format, or leads to a place, that is not admitted", "") from error
    except (av.FFmpegError, OSError, ValueError) as error:  # their text holds the address
        why = getattr(error, "strerror", None) or type(error).__name__
        raise InputError(f"{shown} cannot be opened ({why})", "check the address, and whether it is there") from error
