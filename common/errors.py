"""Errors that reach a person: what happened, to what, whose fault, and what to do.

Every error that a command shows is a `VinofleetError`; it prints as one line and carries its exit code.
Foreign exceptions (PyAV, OpenVINO, ZeroMQ, OSError) are translated once, at the seam where they enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from common.exits import Exit


def one_line(text: str) -> str:
    """Write words as a line that moves no cursor: a name in them may hold whatever a file's name may hold."""
    words = " ".join(text.split())
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


class VinofleetError(Exception):
    """A failure with a remedy, shown to the user as one line.

    Args:
        what: what happened, to what ("clip.mp4 holds no video stream").
        remedy: what to do about it, as an imperative sentence without a full stop; may be empty.
    """

    exit_code: Exit = Exit.INTERNAL

    def __init__(self, what: str, remedy: str = "") -> None:
        super().__init__(what, remedy)
        self.what = what
        self.remedy = remedy

    def __str__(self) -> str:
        return one_line(f"{self.what}: {self.remedy}" if self.remedy else self.what)


class InputError(VinofleetError):
    """A source cannot be opened, is of a kind that is not admitted, or holds no video."""

    exit_code = Exit.INPUT


class ModelError(VinofleetError):
    """A model cannot be read, does not fit the decoders present, or differs from the job's digest."""

    exit_code = Exit.MODEL


class DeviceError(VinofleetError):
    """An inference device is missing, or failed while loading or inferring."""

    exit_code = Exit.DEVICE


class OutputError(VinofleetError):
    """An output cannot be written or must not be overwritten."""

    exit_code = Exit.OUTPUT


class DiskFullError(OutputError):
    """There is no room for an output now; the same write can be tried again, and works when there is."""


class NetworkError(VinofleetError):
    """An address cannot be bound, or would expose a socket without keys; or a model cannot be fetched."""

    exit_code = Exit.NETWORK


class KeyFileError(VinofleetError):
    """A key file is missing, damaged or open to others; or it says what it must not."""

    exit_code = Exit.KEYS


class RunError(VinofleetError):
    """A run that ended with a code that has no class of its own; `exit_code` says which."""

    def __init__(self, code: Exit, text: str) -> None:
        super().__init__(text)
        self.exit_code = code


class UsageError(VinofleetError):
    """The command line asks for something that cannot be meant."""

    exit_code = Exit.USAGE


_OF_CODES: Final[Mapping[Exit, type[VinofleetError]]] = {
    kind.exit_code: kind
    for kind in (InputError, ModelError, DeviceError, OutputError, NetworkError, KeyFileError, UsageError)
}


def error_of(code: Exit, text: str) -> VinofleetError:
    """The error of another process: of the class that has this code, where one has; prints as the same line."""
    kind = _OF_CODES.get(code)
    return RunError(code, text) if kind is None else kind(text)
