"""A source that is made of another: it closes with it and ends as it does, unless it has an ending of its own.

What this file does not know: which frames of the other are left out, or what is changed about them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from common.rows import Ending

if TYPE_CHECKING:
    from common.rows import StreamHeader
    from producer.source import RawFrame, Source


class Derived:
    """See `producer.source.Source`; `frames` is the subclass's.

    Args:
        source: closed with this one.
        header: of what is made of it.
    """

    def __init__(self, source: Source, header: StreamHeader) -> None:
        self.source = source
        self.header = header
        self._own: tuple[Ending, str] | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.source!r})"

    @property
    def ending(self) -> Ending:
        """See `producer.source.Source.ending`."""
        return self.source.ending if self._own is None else self._own[0]

    @property
    def ending_reason(self) -> str:
        """See `producer.source.Source.ending_reason`."""
        return self.source.ending_reason if self._own is None else self._own[1]

    def frames(self, first: int = 0) -> Iterator[RawFrame]:
        """See `producer.source.Source.frames`."""
        raise NotImplementedError

    def close(self) -> None:
        """See `producer.source.Source.close`."""
        self.source.close()

    def end(self, ending: Ending, reason: str = "") -> None:
        """End otherwise than the source does."""
        self._own = (ending, reason)
