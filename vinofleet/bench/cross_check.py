"""Inference alone once more, by a program that is not ours: OpenVINO's benchmark_app, which comes with its package.

It takes the model as its file has it, and pixels by chance, so it should agree with our figure and not be equal to it.
What this file does not know: what is made of that.
"""

from __future__ import annotations

import contextlib
import json
import sys
from pathlib import Path
from typing import Any, Final

from common.errors import DeviceError
from worker import lean_openvino  # noqa: F401 - before the import below, which would load the converter and its telemetry

SECONDS: Final = 2
_REPORT: Final = "benchmark_report.json"


def arguments(graph: Path, precision: str, device: dict[str, Any], folder: Path) -> list[str]:
    """Its command line.

    Args:
        graph: the model's file.
        precision: of the job.
        device: options of the engine, by name.
        folder: for its report.
    """
    words = ["-m", str(graph), "-d", device["device"], "-hint", device["hint"], "-t", str(SECONDS)]
    words += [] if precision == "default" else ["-infer_precision", precision]
    for name, option in (("streams", "-nstreams"), ("nireq", "-nireq"), ("threads", "-nthreads")):
        words += [option, str(device[name])] if device.get(name) else []
    return [*words, "-report_type", "no_counters", "-json_stats", "-report_folder", str(folder)]


def measured(graph: Path, precision: str, device: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run it in this process; see `arguments`.

    Returns:
        Notes: inferences a second. What it takes of the CPU, it does not tell.

    Raises:
        DeviceError: it is not installed, or failed.
    """
    try:
        from openvino.tools.benchmark.main import main  # noqa: PLC0415 - not every package of OpenVINO has it
    except ImportError as error:
        raise DeviceError("benchmark_app is not installed", "it comes with the package openvino") from error
    sys.argv = ["benchmark_app", *arguments(graph, precision, device, folder)]
    with contextlib.redirect_stdout(sys.stderr), contextlib.suppress(SystemExit):
        main()
    try:
        report = json.loads((folder / _REPORT).read_text(encoding="utf-8"))
        return {"fps": float(report["execution_results"]["throughput"]), "cpu_ms": None, "engine": {}}
    except (OSError, ValueError, KeyError) as error:
        raise DeviceError("benchmark_app does not run this model", "run it by hand to see why") from error
