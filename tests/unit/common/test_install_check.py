"""Strangers among the packages are found and named."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path

import pytest

from common import install_check
from common.exits import Exit

HOME = Path(install_check.__file__).resolve().parent.parent


def test_this_installation_is_whole() -> None:
    """The packages that run these tests come from one folder."""
    install_check.check_install()


def test_a_package_from_elsewhere_is_named_with_both_places(tmp_path: Path) -> None:
    """The message says which package, where it was found, where vinofleet is, and what to do."""
    stranger = ModuleSpec("worker", None, is_package=True)
    stranger.submodule_search_locations = [str(tmp_path / "worker")]
    with pytest.raises(install_check.ForeignPackageError) as caught:
        install_check.check_install(lambda name: stranger if name == "worker" else find_spec(name))
    assert str(caught.value) == (
        f"vinofleet is installed in {HOME}, but package worker comes from {tmp_path / 'worker'}: {install_check.REMEDY}"
    )


def test_a_module_of_a_packages_name_is_a_stranger(tmp_path: Path) -> None:
    """A file `common.py` on the path hides the package as well as a folder does."""
    stranger = ModuleSpec("common", None, origin=str(tmp_path / "common.py"))
    with pytest.raises(install_check.ForeignPackageError, match=r"package common comes from .*common\.py"):
        install_check.check_install(lambda name: stranger if name == "common" else find_spec(name))


def test_a_missing_package_is_named() -> None:
    """Half an installation is refused."""
    with pytest.raises(install_check.ForeignPackageError, match="package collector is missing"):
        install_check.check_install(lambda name: None if name == "collector" else find_spec(name))


@pytest.mark.process
@pytest.mark.parametrize(
    ("stranger", "module", "line"),
    [
        ("worker", "vinofleet", b"package worker comes from"),
        ("common", "vinofleet", b"package common is not its own"),
        ("common", "producer", b"package common is not its own"),
    ],
)
def test_a_folder_that_hides_a_package_ends_a_command_with_one_line(
    stranger: str, module: str, line: bytes, tmp_path: Path
) -> None:
    """Whichever package is hidden, a person reads one line and no traceback."""
    (tmp_path / stranger).mkdir()
    (tmp_path / stranger / "__init__.py").touch()
    done = subprocess.run(
        [sys.executable, "-m", module, "devices"],
        capture_output=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(HOME)},
    )
    assert done.returncode == Exit.INTERNAL
    assert line in done.stderr
    assert done.stderr.count(b"\n") == 1
