"""Peers that speak ZeroMQ's wire protocol (ZMTP 3.0) by hand, and so say what no library lets them say."""

from __future__ import annotations

import socket
from typing import Final

from common.address import parse_address

GREETING: Final = b"\xff" + bytes(8) + b"\x7f\x03\x00" + b"NULL".ljust(20, b"\0") + bytes(32)
_BODY: Final = b"\x05READY\x0bSocket-Type" + (6).to_bytes(4, "big") + b"DEALER"
READY: Final = b"\x04" + bytes([len(_BODY)]) + _BODY
PONG: Final = b"\x04\x05\x04PONG"
"""What a peer answers that is there."""

PATIENCE_S: Final = 20.0


def caller(address: str) -> socket.socket:
    """Connect to a bound TCP address, and say nothing."""
    where = parse_address(address)
    made = socket.create_connection((where.host, where.port), PATIENCE_S)
    made.settimeout(PATIENCE_S)
    return made


def greeted(address: str) -> socket.socket:
    """Connect as a DEALER without keys does; what comes next is messages."""
    made = caller(address)
    made.sendall(GREETING + READY)
    heard = b""
    while b"Identity" not in heard:
        heard += made.recv(4096)
    return made


def part(data: bytes, *, more: bool = False) -> bytes:
    """A part of a message as it travels."""
    if len(data) < 256:
        return bytes([int(more), len(data)]) + data
    return bytes([2 + int(more)]) + len(data).to_bytes(8, "big") + data


def is_over(made: socket.socket) -> bool:
    """Whether the other side has ended the connection; what it said is thrown away."""
    made.settimeout(0)
    try:
        while made.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        return True
    finally:
        made.settimeout(PATIENCE_S)
    return True
