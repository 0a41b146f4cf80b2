"""What is carried to workers without shared memory."""

from __future__ import annotations

from common import limits
from common.messages import JPEG, RAW
from producer.inline import REPORTED_WORKERS_MAX, Carriages, Carried


def test_what_is_answered_was_carried() -> None:
    """Bytes count once, with the time between the first answer and the last."""
    carriages = Carriages("jpeg")
    carriage = carriages.of("w")
    assert carriage.form == JPEG
    for seq in range(3):
        carriage.sent((("a", seq), 1), JPEG, 100 + seq, 5.0)
    for seq, now in ((0, 6.0), (2, 8.0), (2, 9.0)):
        carriages.answered("w", (("a", seq), 1), now)
    assert carriages.carried() == {"w": Carried(JPEG, 2, 202, 2.0)}


def test_who_shares_memory_is_not_told_of() -> None:
    """Nor is one who has answered nothing."""
    carriages = Carriages("raw")
    carriages.answered("shared", (("a", 0), 1), 1.0)
    assert carriages.of("slow").form == RAW
    assert carriages.carried() == {}


def test_what_is_never_answered_is_forgotten() -> None:
    """And so are the earliest of very many workers."""
    carriages = Carriages("auto")
    carriage = carriages.of("w")
    for seq in range(limits.CREDITS_MAX + 1):
        carriage.sent((("a", seq), 1), RAW, 1, 1.0)
    carriage.answered((("a", 0), 1), 2.0)
    assert carriages.carried() == {}
    for number in range(REPORTED_WORKERS_MAX):
        carriages.of(f"w{number}")
    assert carriages.of("w") is not carriage


def test_a_worker_that_comes_again_goes_on() -> None:
    """Its link is likely the same."""
    carriages = Carriages("auto")
    assert carriages.of("w") is carriages.of("w")
