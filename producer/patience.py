"""How long a producer does without a collector or without a worker, and when it says so."""

from __future__ import annotations

from typing import Final

from common.actions import Notice

SAY_AFTER_S: Final = 2.0
"""A peer that comes within this time is not worth a line."""

_NEVER: Final = float("inf")


class Patience:
    """Watches for a peer that stays away.

    Args:
        timeout_s: patience in seconds; None for ever.
    """

    def __init__(self, timeout_s: float | None) -> None:
        self._timeout_s: Final = timeout_s
        self._since: Final[dict[str, float]] = {}
        self._told: Final[set[str]] = set()

    def __repr__(self) -> str:
        return f"Patience(missing since {self._since})"

    @property
    def missing(self) -> str:
        """Who has been missing longest; "" if nobody is."""
        return min(self._since, key=lambda who: self._since[who], default="")

    def start(self, now: float) -> None:
        """Begin: nobody is there yet."""
        self._since.update(collector=now, worker=now)

    def notices(self, now: float, *, collector: bool, worker: bool) -> list[Notice]:
        """Take who is there, and say once whom it waits for."""
        said = []
        for who, present in (("collector", collector), ("worker", worker)):
            if present:
                self._since.pop(who, None)
                self._told.discard(who)
            elif now >= self._since.setdefault(who, now) + SAY_AFTER_S and who not in self._told:
                self._told.add(who)
                said.append(Notice("info", f"waiting for a {who}"))
        return said

    def is_over(self, now: float) -> bool:
        """Whether somebody has been missing for too long."""
        return self._timeout_s is not None and any(now >= since + self._timeout_s for since in self._since.values())

    def deadline(self) -> float:
        """When something changes by itself."""
        if not self._since:
            return _NEVER
        times = [since + SAY_AFTER_S for who, since in self._since.items() if who not in self._told]
        if self._timeout_s is not None:
            times += [since + self._timeout_s for since in self._since.values()]
        return min(times, default=_NEVER)
