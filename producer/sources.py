"""From what a person typed to an open source: the one place that knows every kind.

Guarantees that a kind's module, and what it imports, is loaded only when such a source is opened.

What this file does not know: containers, codecs, pixels.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from common import limits
from common.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from producer.source import Source

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^?#]*)")
_ILLEGAL: Final = re.compile(r"[^A-Za-z0-9._-]+")


def open_source(uri: str, name: str) -> Source:
    """Open `synthetic://...` or the path of a media file.

    Args:
        uri: what the user gave.
        name: the stream's name, unique at the collector.

    Raises:
        InputError: it cannot be opened, holds no video, or is of a kind that is not admitted.
    """
    scheme = _SCHEME.match(uri)
    if scheme is None:
        from producer.media import open_media  # noqa: PLC0415 - loads libav and cv2

        return open_media(uri, name)
    if scheme[1].lower() == "synthetic":
        from producer.synthetic import open_synthetic  # noqa: PLC0415 - only when asked for

        return open_synthetic(uri, name)
    # Only the scheme is repeated: an address may hold a password.
    raise InputError(f"{scheme[1]}:// is no kind of source", "give the path of a video file, or synthetic://")


def default_stream_names(uris: Iterable[str]) -> list[str]:
    """A legal and unique stream name for each source: its file's stem, with `-2`, `-3` ... where it repeats."""
    taken: set[str] = set()
    names = []
    for uri in uris:
        stem = _stem(uri)
        name, copy = stem, 1
        while name in taken:
            copy += 1
            name = f"{stem[: limits.NAME_MAX_CHARS - len(str(copy)) - 1]}-{copy}"
        taken.add(name)
        names.append(name)
    return names


def _stem(uri: str) -> str:
    scheme = _SCHEME.match(uri)
    stem = PurePath(scheme[2] if scheme else uri).stem
    return _ILLEGAL.sub("-", stem).strip("._-")[: limits.NAME_MAX_CHARS] or "stream"
