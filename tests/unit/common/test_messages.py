"""Tests of common.messages: the vocabulary is consistent in itself."""

from __future__ import annotations

from typing import get_args

from common import messages
from common.schema import SCHEMAS


def test_every_message_in_a_session_names_it_first() -> None:
    """A message of an earlier session can be told from its first field; a stranger's begin with the protocol."""
    first = {messages.Hello: "protocol", messages.Ask: "protocol", messages.Told: "number"}
    for kind in get_args(messages.Message):
        assert kind._fields[0] == first.get(kind, "session"), kind


def test_every_kind_has_a_schema_of_its_length() -> None:
    """No message can arrive unchecked, and none has a field that nobody checks."""
    assert set(get_args(messages.Message)) == set(SCHEMAS)
    for kind, checks in SCHEMAS.items():
        assert len(kind._fields) == len(checks), kind


def test_what_may_be_retried_is_a_refusal() -> None:
    """Protocol, role and job are refused for good: to say hello again would change nothing."""
    assert set(messages.REFUSALS) - messages.RETRYABLE_REFUSALS == {"protocol", "role", "job"}
    assert set(messages.REFUSALS) > messages.RETRYABLE_REFUSALS
