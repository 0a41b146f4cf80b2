"""Tests of collector.web_token."""

from __future__ import annotations

import pytest

from collector.web_token import VARIABLE, check_token
from common.errors import UsageError


def test_a_token_that_can_be_sent_is_taken() -> None:
    """So is none."""
    check_token({})
    check_token({VARIABLE: ""})
    check_token({VARIABLE: "0123456789abcdef"})


@pytest.mark.parametrize("token", ["short", "x" * 129, "0123456789abcde\n", "0123456789 abcdef", "0123456789;abcdef"])
def test_what_protects_nothing_or_breaks_a_cookie_is_refused(token: str) -> None:
    """It is not repeated: error messages end up in logs."""
    with pytest.raises(UsageError, match="16 to 128") as caught:
        check_token({VARIABLE: token})
    assert token not in str(caught.value)
