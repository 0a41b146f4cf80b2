"""Asks at addresses, and waits for who answers.

Guarantees to ask again until there is an answer or the time is over, to be bound nowhere, and to believe nothing that
has not the shape of an answer. What this file does not know: what answers mean.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from common import limits
from common.messages import PROTOCOL, Ask, Refuse, Told
from common.transport import SERVER, Inbound, Outcome
from common.wire import WireError, decode, encode
from common.zmq_transport import ZmqEndpoint, ZmqTransport
from vinofleet.status.answer import Answer, read_answer

_QUEUE_MESSAGES: Final = 16


class Asker:
    """Asks at any number of addresses. Close it.

    Args:
        worker: whom to ask for; "" for all.
    """

    def __init__(self, worker: str = "") -> None:
        self._worker: Final = worker
        self._transport: Final = ZmqTransport()
        self._endpoints: Final[dict[str, ZmqEndpoint]] = {}
        self._number = 0

    def __repr__(self) -> str:
        return f"Asker({list(self._endpoints)})"

    def ask(self, addresses: Sequence[str], timeout_s: float) -> list[Answer]:
        """Ask everybody at once, and return when all have answered, or after so many seconds.

        Raises:
            NetworkError: that is no address, or one whose host is not known.
        """
        for gone in self._endpoints.keys() - set(addresses):  # who watches sees fleets come and go
            self._endpoints.pop(gone).close()
        for address in addresses:
            if address not in self._endpoints:
                self._endpoints[address] = self._transport.connect(
                    address,
                    max_message_bytes=limits.HEADER_MAX_BYTES + limits.STATUS_MAX_BYTES,
                    queue_messages=_QUEUE_MESSAGES,
                )
        self._number += 1
        answers: dict[str, Answer] = {}
        ask_at = dict.fromkeys(addresses, 0.0)
        until = time.monotonic() + timeout_s
        while ask_at and (now := time.monotonic()) < until:
            for address in [address for address, at in ask_at.items() if at <= now]:
                ask_at[address] = now + self._say(address)
            self._transport.wait(max(0.0, min(until, *ask_at.values()) - now))
            for address in list(ask_at):
                answer = self._hear(address)
                if answer is not None:
                    answers[address] = answer
                    del ask_at[address]
        return [answers.get(address, Answer(address)) for address in addresses]

    def close(self) -> None:
        """Leave."""
        self._transport.close()

    def _say(self, address: str) -> float:
        """Ask; return after how many seconds to ask again: soon where nobody was connected yet."""
        question = encode(Ask(PROTOCOL, self._number, self._worker))
        sent = self._endpoints[address].send(SERVER, question).outcome is Outcome.SENT
        return limits.STATUS_EVERY_S if sent else limits.HELLO_UNSENT_RETRY_S

    def _hear(self, address: str) -> Answer | None:
        while (inbound := self._endpoints[address].receive()) is not None:
            answer = self._read(address, inbound)
            if answer is not None:
                return answer
        return None

    def _read(self, address: str, inbound: Inbound[bytes]) -> Answer | None:
        payload = b"" if inbound.payload is None else bytes(inbound.payload)
        try:
            message = decode(inbound.header, len(payload))
        except WireError:
            return None
        if isinstance(message, Refuse):
            return Answer(address, refusal=message.text or message.code)
        if isinstance(message, Told) and message.number == self._number:
            document = read_answer(payload)
            # Whatever it calls itself, it is shown under the address at which it was asked.
            return None if document is None else Answer(address, {"address": address} | document | {"address": address})
        return None
