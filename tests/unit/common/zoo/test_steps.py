"""Steps of a fetch in words."""

from __future__ import annotations

from common.zoo.steps import Began, Fetched, Reached, Trouble, Waiting, as_text, public


def test_each_step_is_a_line_or_only_moves_a_bar() -> None:
    """Sizes are in megabytes, as publishers give them."""
    assert as_text(Waiting("m/FP16")) == "another process is fetching m/FP16: waiting for it"
    assert as_text(Began("m/FP16", 3_889_273, "https://h/")) == "fetching m/FP16, 3.9 MB, from https://h/"
    assert as_text(Reached(7)) is None
    assert as_text(Trouble("m.bin", "no answer")) == "m.bin: no answer; trying again"
    assert as_text(Fetched("m/FP16", 3_889_273)) == "m/FP16 is here, 3.9 MB"


def test_an_address_is_shown_without_name_and_password() -> None:
    """What follows the host is not taken for one, and what has none stays as it is."""
    assert public("https://me:p@ss@host:8/a/b@c") == "https://***@host:8/a/b@c"
    assert public("https://host/a/b@c") == "https://host/a/b@c"
