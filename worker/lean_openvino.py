"""OpenVINO without its model converter: `from worker.lean_openvino import ov`.

`import openvino` also imports `openvino.tools.ovc`, if it can. That costs more than all the rest (see decision 0017),
and its telemetry starts a thread and a child process that reports the import to a web service. Nothing here converts
models, and a detector of people tells nobody that it runs: so the converter is declared to be absent, which Python does
by None in `sys.modules`, and which OpenVINO's own `import` expects and passes over.

Whoever imported all of OpenVINO before keeps it.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type] # None is how Python marks it absent

import openvino as ov  # noqa: E402 - that is the point

__all__ = ["ov"]
