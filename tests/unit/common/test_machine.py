"""Facts about the machine: found without importing what they are about."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

from common import machine


def test_facts_are_plausible() -> None:
    """A machine that runs this has a core and memory."""
    facts = machine.machine_facts()
    assert facts["platform"] == platform.platform()
    assert isinstance(facts["usable_cores"], int)
    assert isinstance(facts["logical_cores"], int)
    assert 1 <= facts["usable_cores"] <= facts["logical_cores"]
    assert isinstance(facts["memory_bytes"], int)
    assert facts["memory_bytes"] > 2**20


def test_versions_name_every_package() -> None:
    """Installed ones have a version, Python always."""
    versions = machine.versions()
    assert set(versions) == {"python", *machine.PACKAGES}
    assert versions["python"] == platform.python_version()
    assert versions["numpy"]


def test_a_package_that_is_not_installed_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its absence is a fact, no failure."""
    monkeypatch.setattr(machine, "PACKAGES", ("no-such-distribution-anywhere",))
    assert machine.versions()["no-such-distribution-anywhere"] is None


def test_the_cpu_is_named_by_the_first_model_line(tmp_path: Path) -> None:
    """As /proc/cpuinfo writes it."""
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2: fast\nmodel name\t: Other\n")
    assert machine.cpu_model(cpuinfo) == "Some CPU @ 2: fast"


def test_without_cpuinfo_python_is_asked(tmp_path: Path) -> None:
    """Other systems have no such file."""
    assert machine.cpu_model(tmp_path / "none") == (platform.processor() or platform.machine() or None)


def test_nothing_heavy_is_imported() -> None:
    """Versions come from metadata: neither openvino nor cv2 is loaded."""
    code = (
        "import sys; from common.machine import machine_facts, versions; machine_facts(); versions(); "
        "sys.exit(int(bool({'openvino', 'cv2', 'av', 'numpy', 'zmq'} & set(sys.modules))))"
    )
    root = Path(machine.__file__).parents[1]
    assert subprocess.run([sys.executable, "-c", code], cwd=root, check=False).returncode == 0
