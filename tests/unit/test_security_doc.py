"""The table of docs/security.md names files and tests that exist, and `make defences` switches each of its rows off."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

from tests.defences.switches import SWITCHES

ROOT: Final = Path(__file__).parents[2]
ROW: Final = re.compile(r"^\| .+ \| .+, `([\w/]+\.py)` \| `(tests/[\w/]+\.py)::(test_\w+)` \|$", re.MULTILINE)
TEXT: Final = (ROOT / "docs/security.md").read_text(encoding="utf-8")
SECTION: Final = TEXT.partition("## Threats and defences\n")[2].partition("\n## ")[0]
ROWS: Final = ROW.findall(SECTION)


def test_every_row_is_understood() -> None:
    """A threat, a defence with its file, and a test."""
    assert len(ROWS) == sum(line.startswith("| ") for line in SECTION.splitlines()) - 1 >= 25


def test_every_file_and_test_exists() -> None:
    """Under that name."""
    for defence, path, test in ROWS:
        assert (ROOT / defence).is_file(), defence
        functions = {node.name for node in ast.parse((ROOT / path).read_text()).body if hasattr(node, "name")}
        assert test in functions, f"{path}::{test}"


def test_every_defence_can_be_switched_off() -> None:
    """And nothing else is."""
    assert [f"{path}::{test}" for _, path, test in ROWS] == list(dict.fromkeys(f"{p}::{t}" for _, p, t in ROWS))
    assert {f"{path}::{test}" for _, path, test in ROWS} == SWITCHES.keys()
