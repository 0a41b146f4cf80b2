"""The JSON file of a measurement.

What this file does not know: what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from collector.paths import output_error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write an object.

    Raises:
        OutputError: it cannot be written.
    """
    try:
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise output_error("written", path, error, passing=False) from error
