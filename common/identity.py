"""Which process this is: what whoever asks it is told, so that a person finds it. The edge's part of `inquiries`."""

from __future__ import annotations

import os
import platform
from importlib import metadata

from common.inquiries import Identity


def identity() -> Identity:
    """Version, process number and host of this process; a version that cannot be found out is empty."""
    try:
        version = metadata.version("vinofleet")
    except metadata.PackageNotFoundError:
        version = ""
    return Identity(version, os.getpid(), platform.node())
