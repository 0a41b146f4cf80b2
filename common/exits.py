"""Exit codes of every command, by name. The README's table is checked against this file."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What a command's exit status says."""

    OK = 0
    """Every stream ended complete."""
    INTERNAL = 1
    """A defect of vinofleet itself; `--debug` shows the traceback."""
    USAGE = 2
    """The command line is wrong."""
    INCOMPLETE = 3
    """The run ended, but a stream is incomplete: a damaged file, a lost producer; or no frame of it is ok."""
    INPUT = 4
    """A source cannot be opened or read."""
    MODEL = 5
    """A model cannot be read, is not supported, or does not match the job."""
    DEVICE = 6
    """An inference device is missing or failed."""
    OUTPUT = 7
    """An output cannot be written, or exists and is not to be overwritten."""
    NETWORK = 8
    """An address cannot be bound or exposes an unauthenticated socket; or a model cannot be fetched."""
    REFUSED = 9
    """A peer refused this process: other protocol, other job, name taken."""
    TIMEOUT = 10
    """A peer never came, stayed away for longer than --timeout, or does not answer."""
    ENGINE_HUNG = 11
    """An inference request passed its deadline; the worker left."""
    NOT_READY = 12
    """It answers, but cannot do its work now; what it waits for is printed."""
    CHECK_FAILED = 13
    """`vinofleet chaos`: a fleet did not keep its promise; `vinofleet compare`: modes do not find the same."""
    KEYS = 14
    """A key file is missing, damaged or open to others; or keys cannot be used."""
    INTERRUPTED = 130
    """Stopped by SIGINT or SIGTERM, or by closing the window, before the end."""
