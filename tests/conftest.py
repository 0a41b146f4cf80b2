"""Fixtures that every test may ask for, and the rules about what a machine lacks.

A path of assets that is set and wrong fails, it never skips. Where tools or rights are missing that some tests need,
those are skipped on a person's machine and fail in CI.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.process import disks, machines, screens
from tests.process.roles import Shell

# No duration is asserted, so neither does Hypothesis: a busy machine must not fail a property.
# CI judges a change by the same examples each time; chance is for people's machines, where a find is kept and mended.
settings.register_profile(
    "vinofleet",
    settings(),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.load_profile("vinofleet")

ASSETS_VARIABLE = "VINOFLEET_ASSETS"
REPEAT_VARIABLE = "VINOFLEET_FAULTS_REPEAT"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test as many times in a row as `make faults` asks for; those marked `long` once."""
    times = int(os.environ.get(REPEAT_VARIABLE, "1"))
    if times > 1 and metafunc.definition.get_closest_marker("long") is None:
        metafunc.fixturenames.append("repetition")
        metafunc.parametrize("repetition", range(1, times + 1))


@pytest.fixture(scope="session")
def assets() -> Path:
    """The folder of models and clips (`models/`, `videos/`), read-only.

    Without the variable a test is skipped with the reason; with one that names no such folder it fails, so that a
    machine which is meant to have assets (CI sets the variable) cannot pass by skipping.
    """
    value = os.environ.get(ASSETS_VARIABLE)
    if not value:
        pytest.skip(f"{ASSETS_VARIABLE} is not set: no models and clips here")
    path = Path(value)
    missing = [name for name in ("models", "videos") if not (path / name).is_dir()]
    if missing:
        pytest.fail(f"{ASSETS_VARIABLE}={value} holds no {' and no '.join(missing)}")
    return path


@pytest.fixture(scope="session", autouse=True)
def no_keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A user without keys, whoever runs the tests: with them, every tcp socket would use them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.delenv("VINOFLEET_KEYS", raising=False)
        yield


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    """A user's terminals, all closed at the end."""
    user = Shell(tmp_path)
    yield user
    user.close()


@pytest.fixture
def two_machines() -> Iterator[tuple[machines.Machine, machines.Machine]]:
    """Two machines, joined by a cable that can be cut."""
    _must_have(machines.obstacle())
    with machines.joined() as made:
        yield made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[disks.Disk]:
    """A disk of its own, with a file on it that leaves little room."""
    _must_have(disks.obstacle())
    with disks.mounted(tmp_path / "disk") as made:
        yield made


@pytest.fixture
def screen() -> Iterator[screens.Screen]:
    """A screen that nobody looks at but the test."""
    _must_have(screens.obstacle())
    with screens.opened() as made:
        yield made


@pytest.fixture(scope="session")
def rtsp_tools() -> None:
    """What a real RTSP server needs."""
    words = ["/usr/bin/python3", "-c", "import gi; gi.require_version('GstRtspServer', '1.0')"]
    have = Path(words[0]).exists() and subprocess.run(words, capture_output=True, check=False).returncode == 0
    _must_have("" if have else "no RTSP server: GStreamer's and its Python bindings are missing")


def _must_have(obstacle: str) -> None:
    if obstacle and "CI" in os.environ:
        pytest.fail(f"CI must be able to run this: {obstacle}")
    if obstacle:
        pytest.skip(obstacle)
