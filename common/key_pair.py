"""Key pairs for CURVE: made, and checked, by the library that will use them.

What this file does not know: whose they are, and where they are kept.
"""

from __future__ import annotations

import zmq
from zmq.utils import z85

from common.errors import KeyFileError


def new_pair() -> tuple[bytes, bytes]:
    """Make a key pair by chance.

    Returns:
        The secret key and the public key, 32 bytes each.

    Raises:
        KeyFileError: ZeroMQ was built without CURVE.
    """
    try:
        public, secret = zmq.curve_keypair()
    except zmq.ZMQError as error:
        raise _without_curve(error) from error
    return z85.decode(secret), z85.decode(public)


def public_of(secret: bytes) -> bytes:
    """Return the public key that belongs to a secret key, 32 bytes each.

    Raises:
        KeyFileError: ZeroMQ was built without CURVE.
    """
    try:
        return z85.decode(zmq.curve_public(z85.encode(secret)))
    except zmq.ZMQError as error:
        raise _without_curve(error) from None  # whose frames hold the secret


def _without_curve(error: zmq.ZMQError) -> KeyFileError:
    return KeyFileError(f"ZeroMQ cannot make keys here ({error.strerror})", "install a pyzmq that has CURVE")
