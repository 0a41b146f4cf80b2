"""Which devices are refused before anything is started."""

from __future__ import annotations

from pathlib import Path

import pytest

from common.errors import DeviceError
from worker import device_choice
from worker.device_choice import check_device, device_names, refusal

PRESENT = ("CPU", "GPU.0", "GPU.1", "NPU")


@pytest.mark.parametrize(
    "text",
    [
        "CPU",
        "GPU",
        "GPU.1",
        "NPU.0",
        "AUTO",
        "AUTO:GPU,CPU",
        "AUTO:-FPGA,CPU",
        "MULTI:CPU,GPU.0(4)",
        "BATCH:CPU(8)",
    ],
)
def test_what_is_there_may_be_named(text: str) -> None:
    """By itself, by its kind, or among others; a device that AUTO is to leave out need not be there."""
    assert refusal(text, PRESENT) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cpu", "there is no device 'cpu' here; present are CPU, GPU.0, GPU.1, NPU: did you mean CPU?"),
        ("GPU.7", "did you mean GPU"),
        ("CUP", "did you mean CPU?"),
        ("FPGA", "there is no device 'FPGA' here"),
        ("ATUO", "did you mean AUTO?"),
        ("MULTI:CPU,VPUX", "there is no device 'VPUX' here"),
        ("HETERO:,CPU", "there is no device '' here"),
        ("MULTI:CPU(x)", "there is no device 'CPU(x)' here"),
    ],
)
def test_what_is_not_there_is_refused_with_what_is(text: str, said: str) -> None:
    """And with what was probably meant."""
    assert said in str(refusal(text, PRESENT))


def test_a_device_that_lacks_its_driver_is_no_slip_of_the_pen() -> None:
    """GPU is not a CPU misspelt."""
    assert str(refusal("GPU", ["CPU"])).endswith("present are CPU: choose one of these, or install its driver")


def test_openvino_is_asked_in_another_process_and_not_about_the_cpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its word counts."""
    assert "CPU" in device_names()
    with pytest.raises(DeviceError, match="there is no device 'NONE'"):
        check_device("NONE")
    monkeypatch.setattr(device_choice, "device_names", lambda: pytest.fail("it was asked"))
    check_device("CPU")


def test_a_driver_that_crashes_is_a_device_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of one line."""
    script = tmp_path / "names.py"
    script.write_text("import os; os.abort()")
    monkeypatch.setattr(device_choice, "_CHILD", script)
    with pytest.raises(DeviceError, match="does not say what devices there are"):
        device_names()
    script.write_text("print('[]')")
    assert device_names() == []
