"""Read one model with OpenVINO and print its inputs and outputs as JSON: a script for `common.inspection`'s child.

It runs by path and imports nothing of vinofleet, so it works from a checkout as from an installation, and what OpenVINO
does to a process (threads, memory, a crash on a hostile file) stays out of the one that asks.

Output: the last line of stdout, `{"inputs": [PORT...], "outputs": [PORT...]}` or `{"error": OpenVINO's own text}`, with
PORT as `port_fields` returns it.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def describe(path: str) -> dict[str, Any]:
    """Return what the module's docstring calls the output."""
    sys.modules.setdefault("openvino.tools.ovc", None)  # type: ignore[arg-type] # see worker.lean_openvino
    import openvino as ov  # noqa: PLC0415 - tests load this file without paying for openvino

    try:
        model = ov.Core().read_model(path)
    except RuntimeError as error:
        return {"error": str(error)}
    sides = {"inputs": model.inputs, "outputs": model.outputs}
    return {side: [port_fields(node) for node in nodes] for side, nodes in sides.items()}


def port_fields(node: Any) -> dict[str, Any]:  # noqa: ANN401 - OpenVINO ships no types
    """Return the fields of a `common.families.Port`; an open dimension is -1, an open rank is no dimensions."""
    shape = node.partial_shape
    sides = [] if shape.rank.is_dynamic else [-1 if side.is_dynamic else side.get_length() for side in shape]
    name = node.any_name if node.names else node.node.friendly_name
    return {"name": name, "shape": sides, "element_type": node.element_type.to_string()}


if __name__ == "__main__":
    print(json.dumps(describe(sys.argv[1])))  # noqa: T201 - the parent reads it
