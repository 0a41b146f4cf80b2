"""The picture in a cell: drawn at a bounded rate, the last one always, and stopped by its button."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from common.errors import UsageError
from common.rows import Status
from vinofleet import notebook
from vinofleet.api.values import Result

REPORT = {"frames": {"captured": 3, "ok": 3}, "fps": 12.5}


class Run:
    """Results without a fleet."""

    report = REPORT

    def __init__(self, *, stops: bool = False) -> None:
        self.stops = stops

    def __iter__(self) -> Iterator[Result]:
        for frame in range(3):
            for stream in ("a", "b"):
                picture = np.full((48, 64, 3), 50 * frame, np.uint8)
                yield Result(stream, frame, None, Status.OK, "", (), picture)
        if self.stops:
            raise KeyboardInterrupt


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bytes]]:
    """A notebook: what was shown anew, and what replaced it."""
    seen: list[tuple[str, bytes]] = []

    class Handle:
        def update(self, image: dict[str, Any]) -> None:
            seen.append(("update", image["data"]))

    def display(image: dict[str, Any], *, display_id: bool) -> Handle:
        assert display_id
        seen.append(("new", image["data"]))
        return Handle()

    shell, pictures = ModuleType("IPython.core.getipython"), ModuleType("IPython.display")
    shell.__dict__["get_ipython"] = object
    pictures.__dict__.update(display=display, Image=dict)
    for module in (ModuleType("IPython"), ModuleType("IPython.core"), shell, pictures):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    return seen


@pytest.mark.parametrize(("rate", "updates"), [(0.001, 1), (1e9, 2)])
def test_a_cell_shows_each_stream_and_its_last_picture(
    shown: list[tuple[str, bytes]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    rate: float,
    updates: int,
) -> None:
    """However few are drawn; it says the rate."""
    monkeypatch.setattr(notebook, "results", lambda *_, **options: Run() if options["annotated"] else None)
    assert notebook.show("x.mp4", model="m", rate=rate) == REPORT
    assert [kind for kind, _ in shown] == ["new", "new"] + ["update"] * (2 * updates)
    assert shown[-1][1][:2] == b"\xff\xd8"
    assert "12.5 FPS, 3 captured, 3 ok" in capsys.readouterr().out


@pytest.mark.usefixtures("shown")
def test_the_stop_button_ends_it_with_a_report(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is how a camera ends."""
    monkeypatch.setattr(notebook, "results", lambda *_, **__: Run(stops=True))
    assert notebook.show("0", model="m") == REPORT
    assert capsys.readouterr().out.startswith("stopped")


def test_elsewhere_it_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to do instead."""
    monkeypatch.setitem(sys.modules, "IPython.core.getipython", None)
    with pytest.raises(UsageError, match="vinofleet run --show"):
        notebook.show("x.mp4", model="m")


@pytest.mark.usefixtures("shown")
def test_a_rate_of_nothing_is_refused() -> None:
    """Before anything is started."""
    with pytest.raises(UsageError, match="shows nothing"):
        notebook.show("x.mp4", model="m", rate=0)
