"""Addresses of endpoints: how they are written, which of them others can reach, and what to tell a peer.

`tcp://HOST:PORT` (`*` for every interface, port 0 or `*` for any that is free, IPv6 in brackets), `ipc://PATH` and
`inproc://NAME`. ZeroMQ is more forgiving than this: it binds port 99999 as 34463.

What this file does not know: sockets, name servers, and whether anybody answers at an address.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final

from common.errors import NetworkError

PORT_MAX: Final = 65_535
_FORM: Final = "write tcp://HOST:PORT or ipc://PATH"
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9._-]{0,251}[A-Za-z0-9_])?\.?\Z")
_EVERY_IPV4: Final = "0.0.0.0"  # nosec B104 # noqa: S104 - it is recognised here, not bound
WILDCARDS: Final = frozenset({"*", _EVERY_IPV4, "::"})
"""Hosts that stand for every address of this machine."""


@dataclass(frozen=True, slots=True)
class Address:
    """One endpoint's address.

    Attributes:
        scheme: `tcp`, `ipc` or `inproc`.
        host: a name, an IP address without brackets, or `*`; empty unless tcp.
        port: 0 for any that is free, and unless tcp.
        path: a path (ipc) or a name (inproc); empty for tcp.
    """

    scheme: str
    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.scheme != "tcp":
            return f"{self.scheme}://{self.path}"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"tcp://{host}:{self.port}"

    @property
    def is_wildcard(self) -> bool:
        """Whether it stands for every interface of its machine."""
        return self.host in WILDCARDS

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it. A name other than localhost may mean anything, so it is not."""
        if self.scheme != "tcp" or self.host.lower() == "localhost":
            return True
        ip = _ip(self.host)
        return ip is not None and ip.is_loopback

    @property
    def is_ipv6(self) -> bool:
        """Whether the host is a literal IPv6 address."""
        return ":" in self.host


def parse_address(text: str) -> Address:
    """Read an address as a user or a peer wrote it.

    Raises:
        NetworkError: it is none, or one that a transport would read differently.
    """
    scheme, separator, rest = text.partition("://")
    if not separator or not rest or not text.isprintable():
        raise NetworkError(f"{text!r} is no address", _FORM)
    if scheme == "tcp":
        return _parse_tcp(text, rest)
    if scheme in {"ipc", "inproc"}:
        return Address(scheme, path=rest)
    raise NetworkError(f"{text!r} has the unknown scheme {scheme!r}", _FORM)


def require_protected(address: Address, *, secured: bool, insecure: bool) -> None:
    """Refuse to open a socket to other machines that anybody could use.

    Args:
        address: what is to be bound.
        secured: whether peers must prove who they are.
        insecure: whether the user said that it may be open.

    Raises:
        NetworkError: others could reach it, nothing protects it, and nobody said so.
    """
    if not (address.is_local or secured or insecure):
        raise NetworkError(
            f"{address} would be open to everybody who reaches this machine",
            "bind 127.0.0.1, or give --insecure on a network you trust",
        )


def advertised(bound: str, reached: str, advertise: str = "") -> str:
    """Name an endpoint to a peer in terms that make sense where the peer is.

    Args:
        bound: the address to be passed on (the collector's), as its own side knows it.
        reached: the address by which the peer reached the side that tells it (the producer's).
        advertise: what the user said to tell peers; wins if not empty.

    Returns:
        `bound`, with a loopback or wildcard host replaced by the host in `reached`.

    Raises:
        NetworkError: one of them is no address.
    """
    address = parse_address(advertise or bound)
    if advertise or address.scheme != "tcp" or not (address.is_local or address.is_wildcard):
        return str(address)
    via = parse_address(reached)
    host = via.host if via.scheme == "tcp" and not via.is_wildcard else "127.0.0.1"
    return str(Address("tcp", host, address.port))


def _parse_tcp(text: str, rest: str) -> Address:
    host, separator, port = rest.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    host = host[1:-1] if bracketed else host
    if not separator or not _is_host(host, bracketed=bracketed):
        raise NetworkError(f"{text!r} is no address", _FORM)
    if port == "*":
        return Address("tcp", host)
    if not (port.isascii() and port.isdigit() and len(port) <= len(str(PORT_MAX)) and int(port) <= PORT_MAX):
        raise NetworkError(f"{text!r} has no port between 0 and {PORT_MAX}", _FORM)
    return Address("tcp", host, int(port))


def _is_host(host: str, *, bracketed: bool) -> bool:
    ip = _ip(host)
    if bracketed:
        return ip is not None and ip.version == 6  # noqa: PLR2004 - the version of IP is its name
    return host == "*" or (ip is not None and ip.version == 4) or _HOST.match(host) is not None  # noqa: PLR2004


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
