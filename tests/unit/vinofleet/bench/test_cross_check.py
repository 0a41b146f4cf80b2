"""What benchmark_app is told, and that it need not be there."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from common.errors import DeviceError
from vinofleet.bench.cross_check import arguments, measured

DEVICE = {"device": "CPU", "hint": "latency", "streams": None, "nireq": 3, "threads": 1, "pin": None}


def test_it_is_told_what_the_device_is_told(tmp_path: Path) -> None:
    """And nothing of what nobody asked for."""
    words = " ".join(arguments(Path("m.xml"), "bf16", DEVICE, tmp_path))
    assert words.startswith(
        "-m m.xml -d CPU -hint latency -t 2 -infer_precision bf16 -nireq 3 -nthreads 1 -report_type"
    )
    assert "precision" not in " ".join(arguments(Path("m.xml"), "default", DEVICE, tmp_path))


def test_where_it_is_not_installed_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks goes on without it."""
    monkeypatch.setitem(sys.modules, "openvino.tools.benchmark.main", None)
    with pytest.raises(DeviceError, match="not installed"):
        measured(Path("m.xml"), "f32", DEVICE, tmp_path)
