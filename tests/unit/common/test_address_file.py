"""The file that tells scripts which address was bound."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.address_file import write_address
from common.errors import OutputError


def test_the_file_holds_the_address_and_replaces_an_earlier_one(tmp_path: Path) -> None:
    """One line, and nothing is left beside it."""
    path = tmp_path / "address"
    write_address(path, "tcp://127.0.0.1:1")
    write_address(path, "tcp://127.0.0.1:2")
    assert path.read_text() == "tcp://127.0.0.1:2\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_folder_is_an_output_error(tmp_path: Path) -> None:
    """The message names the file and what to do."""
    with pytest.raises(OutputError, match=r"none/address cannot be written .*: name a file"):
        write_address(tmp_path / "none" / "address", "tcp://127.0.0.1:1")
