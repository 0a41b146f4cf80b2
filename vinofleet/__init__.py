"""The umbrella: the command line that knows every role, and is known by none; and `results`, the same from Python.

    from vinofleet import results

    for result in results("clip.mp4", model="vinofleet-person", workers=2):
        print(result.frame, [detection.label for detection in result.detections])

Importing it costs nothing: what a name stands for is loaded when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from common.errors import VinofleetError
    from vinofleet.api.results import Results, results
    from vinofleet.api.values import Box, Detection, Result

__all__ = ["Box", "Detection", "Result", "Results", "VinofleetError", "results"]

_HOMES = {
    "Box": "vinofleet.api.values",
    "Detection": "vinofleet.api.values",
    "Result": "vinofleet.api.values",
    "Results": "vinofleet.api.results",
    "VinofleetError": "common.errors",
    "results": "vinofleet.api.results",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415 - the command line needs none of this

    return getattr(import_module(_HOMES[name]), name)
