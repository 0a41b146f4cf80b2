"""Somebody who asks every role of a history how it is, now and then, and is nobody's peer.

Says so when an answer does not add up. What this file does not know: when it is time to ask (script.py).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from common import limits
from common.messages import PROTOCOL, Ask, Told
from common.transport import SERVER
from tests.sim.node import Node
from tests.sim.oracle import BrokenPromiseError

if TYPE_CHECKING:
    from tests.sim.fleet import Fleet

_CONNECTED_S: Final = 0.02
"""By then there is a connection, if there is somebody at all."""
_PATIENCE_S: Final = 0.3


class Asker(Node):
    """One connection to a role, for one question; it asks twice, as whoever gets no answer does."""

    def __init__(self, fleet: Fleet, address: str) -> None:
        super().__init__(fleet, "asker", "h0")
        self._endpoint = fleet.connect(self, address)
        for after_s in (_CONNECTED_S, _PATIENCE_S / 2):
            self.later(after_s, self._ask)
        self.later(_PATIENCE_S, self._leave)

    def read_mail(self) -> None:
        """Look at what is told."""
        while self.alive and (inbound := self._endpoint.receive()) is not None:
            message, payload = inbound.header, inbound.payload
            if not isinstance(message, Told) or payload is None or payload.nbytes > limits.STATUS_MAX_BYTES:
                raise BrokenPromiseError(f"a question is answered by {inbound}")
            self.fleet.told += 1
            _verify(json.loads(bytes(payload)))

    def _ask(self) -> None:
        self._endpoint.send(SERVER, Ask(PROTOCOL, 1, ""))

    def _leave(self) -> None:
        self.alive = False
        self._endpoint.close()


def _verify(told: dict[str, Any]) -> None:
    """Every frame of a stream is somewhere, and as often as the role says."""
    producer = told["role"] == "producer"
    for stream in told["streams"]:
        if producer:
            under_way = stream["captured"] - stream["settled"]
            sound = stream["state"] in {"finished", "rejected"} or under_way == sum(stream["unsettled"].values())
        else:
            ended = stream["ok"] + stream["failed"] + stream["dropped"]
            sound = stream["written"] <= stream["next"] and ended <= stream["next"]
        if not sound:
            raise BrokenPromiseError(f"a {told['role']} tells of {stream}")
