"""OpenVINO's nested messages as one line."""

from __future__ import annotations

import pytest

from common.openvino_text import plain


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            (
                "Exception from src/cpp/core.cpp:84:\nCheck 'm_weights_provider' failed at src/a/b.cpp:887:\n"
                "Empty weights data in bin file or bin file cannot be found!\n\n"
            ),
            "Empty weights data in bin file or bin file cannot be found!",
        ),
        (
            (
                "Exception from src/x.cpp:1:\nCheck 'a' failed at f.cpp:2:\nFrontEnd API failed with GeneralFailure:\n"
                "Model can't be parsed\n"
            ),
            "Model can't be parsed",
        ),
        (
            "Exception from src/x.cpp:1:\nVCL failed: Exception from src/y.cpp:2:\nno file",
            "VCL failed: no file",
        ),
        ("two\nlines.", "two lines"),
        ("", "OpenVINO gave no reason"),
    ],
)
def test_only_what_happened_is_left(message: str, expected: str) -> None:
    """Source locations and conditions go, the text stays, on one line."""
    assert plain(message) == expected


def test_a_long_text_is_cut() -> None:
    """A line for people stays one."""
    assert len(plain("word " * 1000)) <= 300
