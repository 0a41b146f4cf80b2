"""The example notebook: executed, small, and its code runs as it stands; `make notebook` executes it in Jupyter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.roles import PATIENCE_S

pytestmark = pytest.mark.tour

NOTEBOOK = Path(__file__).parents[2] / "examples/async_inference.ipynb"
BYTES_MAX = 300_000

STUBS = """
import sys
from types import ModuleType, SimpleNamespace
shell, pictures = ModuleType("IPython.core.getipython"), ModuleType("IPython.display")
shell.get_ipython = object
pictures.Image = lambda *_, **__: None
pictures.display = lambda *_, **__: SimpleNamespace(update=lambda _: None)
for module in (ModuleType("IPython"), ModuleType("IPython.core"), shell, pictures):
    sys.modules[module.__name__] = module
"""


def cells() -> list[dict[str, object]]:
    """The cells that hold code."""
    document = json.loads(NOTEBOOK.read_text())
    return [cell for cell in document["cells"] if cell["cell_type"] == "code"]


def source_of(cell: dict[str, object]) -> str:
    """A cell's text."""
    lines = cell["source"]
    assert isinstance(lines, list)
    return "".join(lines)


def test_it_is_executed_and_small() -> None:
    """Each cell that prints or shows has what came of it, and none has failed."""
    assert NOTEBOOK.stat().st_size < BYTES_MAX
    for cell in cells():
        outputs = cell["outputs"]
        assert isinstance(outputs, list)
        assert not [output for output in outputs if output["output_type"] == "error"]
        assert bool(outputs) is (not source_of(cell).startswith("MODEL"))


def test_its_cells_run() -> None:
    """One after the other, on fewer frames; commands are `vinofleet`'s own."""
    texts = [source_of(cell) for cell in cells()]
    commands = [text for text in texts if text.startswith("!")]
    assert all(text.startswith("!vinofleet ") for text in commands)
    script = STUBS + "\n".join(text for text in texts if not text.startswith("!"))
    assert "frames=100" in script
    done = subprocess.run(
        [sys.executable, "-c", script.replace("frames=100", "frames=12").replace("workers=2", "workers=1")],
        check=False,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode == 0, done.stderr
    assert "12 captured, 12 ok" in done.stdout
