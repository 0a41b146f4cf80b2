"""What several tests of `common` start from."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Two files that look like an IR."""
    path = tmp_path / "model.xml"
    path.write_text("graph")
    path.with_suffix(".bin").write_bytes(b"weights")
    return path
