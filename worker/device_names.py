"""Print the names of this machine's inference devices as a JSON array: a script for `worker.device_choice`'s child.

It runs by path and imports nothing of vinofleet, as `common.inspect_child` does: what a device's driver does to a
process stays out of the one that asks.
"""

from __future__ import annotations

import json
import sys


def names() -> list[str]:
    """Return the names, in OpenVINO's order."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type] # see worker.lean_openvino
    import openvino as ov  # noqa: PLC0415 - tests load this file without paying for openvino

    return list(ov.Core().available_devices)


if __name__ == "__main__":
    print(json.dumps(names()))  # noqa: T201 - it is what this script is for
