"""Grammar-based: each decoder of outside bytes against bytes of its form, a few of whose values are not as they should.

The forms are those of `tests.fuzz.twist`, and the strategies by which unit tests make valid messages and jobs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.fuzz.targets  # noqa: F401 - it fills TARGETS
from common.wire import encode
from tests.fuzz.harness import at_most, damaged, fuzzed
from tests.fuzz.target import TARGETS, Target
from tests.unit.common.message_strategies import ANY
from tests.unit.common.test_job import JOBS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

pytestmark = pytest.mark.fuzz

GRAMMARS: Final[Mapping[str, SearchStrategy[bytes]]] = {
    "header": ANY.map(encode),
    "job": JOBS.map(lambda job: job.canonical),
}
"""Of targets whose valid inputs are described in full."""


def inputs_of(target: Target) -> SearchStrategy[bytes]:
    """Valid bytes that were twisted up to four times, then perhaps damaged; or any bytes."""
    valid = st.sampled_from(list(target.seeds()))
    if target.name in GRAMMARS:
        valid |= GRAMMARS[target.name]

    def twisted(data: bytes, times: int, seed: int) -> bytes:
        chance = Random(seed)
        for _ in range(times):
            data = target.twist(data, chance)
        return data[: target.most]

    formed = st.builds(twisted, valid, st.integers(0, 4), st.integers(0, 2**32))
    return formed | damaged(formed) | st.binary(max_size=min(target.most, 300))


@cache
def warm(name: str) -> Target:
    """A target that has imported, and keeps, what it imports and keeps once: that is not what a case costs."""
    target = TARGETS[name]
    for seed in target.seeds():
        target.run(seed)
    return target


@pytest.mark.parametrize("name", sorted(TARGETS))
@fuzzed
@given(data=st.data())
def test_a_decoder_survives_what_has_its_form(name: str, data: st.DataObject) -> None:
    """What it decodes holds what it promises, what it refuses it refuses as it says, in bounded memory."""
    target = warm(name)
    given_bytes = data.draw(inputs_of(target))
    with at_most(target.memory):
        target.run(given_bytes)
