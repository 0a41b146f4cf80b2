"""From what a person typed to an open source: the one place that knows every kind.

Guarantees that a kind's module, and what it imports, is loaded only when such a source is opened.

What this file does not know: containers, codecs, pixels.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, NoReturn

from common import limits
from common.errors import InputError
from common.redaction import SCHEMES, redacted
from producer.source import Source, Terms
from producer.wish import AS_IT_IS, Wish, fulfil

if TYPE_CHECKING:
    from collections.abc import Iterable

Opener = Callable[[str, str, Terms], Source]
"""Opens what a person typed as a stream of that name."""

_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://([^?#]*)")
_ILLEGAL: Final = re.compile(r"[^A-Za-z0-9._-]+")
_KIND_OF_REMOTE: Final = re.compile(rf"(?:{SCHEMES})://.*", re.IGNORECASE | re.DOTALL)
_CAMERA: Final = re.compile(r"[0-9]{1,3}|/dev/video[0-9]{1,3}")
_STDIN: Final = re.compile(r"-|raw://-(?:[?#].*)?", re.IGNORECASE | re.DOTALL)
_GLOB: Final = re.compile(r"[*?\[]")
PIPE: Final = "-"

IMAGES: Final = frozenset(
    {".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff", ".pbm", ".pgm", ".ppm", ".pnm"}
)
"""How names of image files end, in any case."""


def open_source(uri: str, name: str, terms: Terms = Terms(), wish: Wish = AS_IT_IS) -> Source:  # noqa: B008 - immutable
    """Open whatever kind of source `uri` is; see `_KINDS`.

    Args:
        uri: what the user gave.
        name: the stream's name, unique at the collector.
        terms: what it is opened with.
        wish: what of it is wanted.

    Raises:
        InputError: it cannot be opened, holds no video, or is of a kind that is not admitted.
        UsageError: what is wanted of it cannot be.
    """
    opener = next(opener for pattern, opener in _KINDS if pattern.fullmatch(uri))
    return fulfil(lambda: opener(uri, name, terms), wish, is_read_once=reads_stdin(uri))


def reads_stdin(uri: str) -> bool:
    """Whether it comes through stdin: one source may, and it can be read once."""
    return _STDIN.fullmatch(uri) is not None


def may_be_live(uri: str) -> bool:
    """Whether it may have no end, as far as its address tells."""
    return _KIND_OF_REMOTE.fullmatch(uri) is not None or _CAMERA.fullmatch(uri) is not None


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
    if reads_stdin(uri):
        return "pipe"
    if _CAMERA.fullmatch(uri):
        return f"camera-{uri.removeprefix('/dev/video')}"
    scheme = _SCHEME.match(redacted(uri))
    stem = PurePath(scheme[2] if scheme else uri).stem
    return _ILLEGAL.sub("-", stem).strip("._-")[: limits.NAME_MAX_CHARS] or "stream"


def _nameless(_uri: str, _name: str, _terms: Terms) -> NoReturn:
    raise InputError("a source has no name", "name a video; '' is what an unset variable of the shell gives")


def _synthetic(uri: str, name: str, _terms: Terms) -> Source:
    from producer.synthetic import open_synthetic  # noqa: PLC0415 - only when asked for

    return open_synthetic(uri, name)


def _remote(uri: str, name: str, terms: Terms) -> Source:
    from producer.detached import open_remote  # noqa: PLC0415 - only when asked for

    return open_remote(uri, name, terms)


def _camera(uri: str, name: str, terms: Terms) -> Source:
    from producer.detached import open_camera  # noqa: PLC0415 - only when asked for

    return open_camera(uri, name, terms)


def _pipe(_uri: str, name: str, terms: Terms) -> Source:
    from producer.detached import open_pipe  # noqa: PLC0415 - only when asked for

    return open_pipe(name, terms)


def _raw(uri: str, name: str, _terms: Terms) -> Source:
    from producer.raw import open_raw  # noqa: PLC0415 - loads libav and cv2

    return open_raw(uri, name)


def _unknown(uri: str, _name: str, _terms: Terms) -> NoReturn:
    # Only the scheme is repeated: an address may hold a password.
    scheme = uri.partition("://")[0]
    remedy = "give a video file, images, rtsp://, http(s)://, raw:// or synthetic://"
    raise InputError(f"{scheme}:// is no kind of source", remedy)


def _file(uri: str, name: str, terms: Terms) -> Source:
    """A path that exists is never a pattern; without a pattern, what is no image, and no folder, is a video."""
    path = Path(uri)
    if path.suffix.lower() in IMAGES or _is_folder(path) or (_GLOB.search(uri) and not _exists(path)):
        from producer.images import open_images  # noqa: PLC0415 - loads libav and cv2

        return open_images(uri, name, terms)
    from producer.media import open_media  # noqa: PLC0415 - loads libav and cv2

    return open_media(uri, name)


_KINDS: Final[tuple[tuple[re.Pattern[str], Opener], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), opener)
    for pattern, opener in (
        (r"", _nameless),
        (r"synthetic://.*", _synthetic),
        (_KIND_OF_REMOTE.pattern, _remote),
        (_CAMERA.pattern, _camera),
        (PIPE, _pipe),
        (r"raw://.*", _raw),
        (rf"{_SCHEME.pattern}.*", _unknown),
        (r".*", _file),
    )
)
"""The first whose pattern is the whole of it opens it; a file that is called `0` is `./0`."""


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long; a NUL
        return False


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False
