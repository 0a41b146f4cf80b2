"""What pip-audit says and what it leaves out: an audit that could not ask is no audit that found nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tools.audit import Verdict, judged

CLEAN: dict[str, Any] = {"name": "good", "version": "1", "vulns": []}
BAD: dict[str, Any] = {"name": "bad", "version": "2", "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"]}]}
SKIPPED: dict[str, Any] = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "verdict", "lines"),
    [
        ([CLEAN], Verdict.CLEAN, []),
        ([CLEAN, SKIPPED], Verdict.NOT_AUDITED, ["1 of 2 packages were not looked up, as unknown: not found"]),
        ([], Verdict.NOT_AUDITED, []),
        ([CLEAN, BAD], Verdict.VULNERABLE, ["bad 2: PYSEC-1 (fixed in 3)"]),
        (
            [SKIPPED, BAD],
            Verdict.VULNERABLE,
            ["bad 2: PYSEC-1 (fixed in 3)", "1 of 2 packages were not looked up, as unknown: not found"],
        ),
    ],
)
def test_only_what_was_looked_up_is_clean(packages: list[dict[str, Any]], verdict: Verdict, lines: list[str]) -> None:
    """A package that the service does not know, or no package at all, is a failure of its own."""
    assert judged(json.dumps({"dependencies": packages, "fixes": []})) == (verdict, lines)


@pytest.mark.parametrize("text", ["", "no connection", "[]", "{}", '{"dependencies": [{"vulns": [1]}]}'])
def test_other_output_is_no_answer(text: str) -> None:
    """A service that cannot be reached leaves no JSON behind."""
    with pytest.raises(ValueError, match=r"Expecting|what pip-audit writes"):
        judged(text)
