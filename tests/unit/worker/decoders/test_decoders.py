"""The table of decoders."""

from __future__ import annotations

import pytest

from common.errors import ModelError
from common.families import DECODERS
from worker.decoders import decoder_for


@pytest.mark.parametrize("name", sorted(DECODERS))
def test_every_family_that_is_recognised_has_a_decoder(name: str) -> None:
    """What a producer admits, a worker of the same version can decode."""
    assert callable(decoder_for(name))


def test_an_unknown_decoder_is_refused_with_those_known() -> None:
    """A job of a newer vinofleet says so instead of failing on its first frame."""
    with pytest.raises(ModelError, match=r"'yolo99' is unknown here \(ssd\)"):
        decoder_for("yolo99")
