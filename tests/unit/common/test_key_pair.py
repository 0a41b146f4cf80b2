"""Key pairs are those of the library that will use them."""

from __future__ import annotations

import errno

import pytest
import zmq

from common.errors import KeyFileError
from common.key_pair import new_pair, public_of


def test_a_pair_belongs_together_and_no_two_are_the_same() -> None:
    """32 bytes each."""
    secret, public = new_pair()
    assert (len(secret), len(public)) == (32, 32)
    assert public_of(secret) == public
    assert new_pair() != (secret, public)


def test_a_library_without_curve_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no secret is in what is raised."""

    def fail(*_arguments: object) -> None:
        raise zmq.ZMQError(errno.ENOTSUP)

    monkeypatch.setattr(zmq, "curve_keypair", fail)
    monkeypatch.setattr(zmq, "curve_public", fail)
    with pytest.raises(KeyFileError, match="install a pyzmq"):
        new_pair()
    with pytest.raises(KeyFileError, match="install a pyzmq") as caught:
        public_of(b"s" * 32)
    assert caught.value.__suppress_context__
