"""Facts about this machine and the versions in use, for reports and `--version`.

Guarantees to import none of the packages it names and never to fail: what cannot be found out is None. Does NOT name
the host or its user: reports are shared. (A worker's name does unless it is given one, so that a person finds it.)
"""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Final

PACKAGES: Final = ("vinofleet", "openvino", "opencv-python", "av", "numpy", "pyzmq", "msgpack", "click")
"""Distributions whose versions can change a result or a figure."""

_CPUINFO: Final = Path("/proc/cpuinfo")


def machine_facts() -> dict[str, str | int | None]:
    """What a figure must be read with.

    Returns:
        platform (system and kernel), cpu (model), logical_cores (of the machine), usable_cores (of this process),
        memory_bytes.
    """
    return {
        "platform": platform.platform(),
        "cpu": cpu_model(_CPUINFO),
        "logical_cores": os.cpu_count(),
        "usable_cores": _usable_cores(),
        "memory_bytes": _memory_bytes(),
    }


def versions() -> dict[str, str | None]:
    """Python and every package in `PACKAGES`; None for one that is not installed."""
    return {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}}


def cpu_model(cpuinfo: Path) -> str | None:
    """The processor's name: from Linux's /proc/cpuinfo, otherwise what Python knows."""
    try:
        lines = cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    fields = (line.partition(":") for line in lines)
    model = next((value.strip() for key, _, value in fields if key.strip() == "model name"), "")
    return model or platform.processor() or platform.machine() or None


def _usable_cores() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()


def _memory_bytes() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
