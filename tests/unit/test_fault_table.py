"""The fault table of docs/operations.md names tests that exist, and every test of a fault is in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
SECTION: Final = re.search(
    r"^## Faults\n(.*?)^## ", (ROOT / "docs/operations.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
)
TEST: Final = re.compile(r"`(tests/\w+/test_\w+\.py)::(test_\w+)`")


def rows() -> list[list[str]]:
    """The cells of each row, the headings left out."""
    assert SECTION is not None
    lines = [line for line in SECTION[1].splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def functions(path: Path) -> set[str]:
    """The names of a file's functions."""
    return {node.name for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)}


def test_every_row_is_whole_and_named_once() -> None:
    """A fault, what happens, what the user sees, and a test; at least 25 of them."""
    assert all(len(row) == 4 and all(row) for row in rows()), rows()
    faults = {row[0] for row in rows()}
    assert len(faults) == len(rows()) >= 25


def test_every_test_that_is_named_exists() -> None:
    """`make faults` runs what the table says."""
    for row in rows():
        named = TEST.findall(row[3])
        assert named, row
        for file, function in named:
            assert function in functions(ROOT / file), row


def test_every_test_of_a_fault_is_in_the_table() -> None:
    """So its reader knows what is shown."""
    named = {(file, function) for row in rows() for file, function in TEST.findall(row[3])}
    for path in (ROOT / "tests/faults").glob("test_*.py"):
        tests = {name for name in functions(path) if name.startswith("test_")}
        missing = tests - {function for file, function in named if file == f"tests/faults/{path.name}"}
        assert not missing, f"{path.name}: no row of docs/operations.md names {missing}"
