"""What is fuzzed: a function that is given bytes from outside, what valid ones look like, and what it may cost.

A target raises what its caller would not expect, or an AssertionError where something does not hold; it catches what
its decoder documents. Coverage-guided (`guided.py`), grammar-based (`test_targets.py`) and corpus tests
(`test_corpus.py`) all run the same targets.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Final, TypeAlias

from common.errors import VinofleetError

Run: TypeAlias = Callable[[bytes], object]
Seeds: TypeAlias = Callable[[], Sequence[bytes]]
Twist: TypeAlias = Callable[[bytes, Random], bytes]

MEGABYTE: Final = 1 << 20
CORPUS: Final = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """One decoder of outside bytes.

    Attributes:
        name: of its corpus's folder.
        run: takes any bytes.
        seeds: valid bytes, of each kind that there is.
        twist: a change that keeps the form of the bytes, so that what lies behind the form is reached.
        memory: bytes that a case may allocate at a time.
        most: bytes of a case.
        share: of all cases, as against the other targets: decoders that take longer get fewer.
    """

    name: str
    run: Run
    seeds: Seeds
    twist: Twist
    memory: int
    most: int
    share: float

    @property
    def corpus(self) -> list[Path]:
        """The files whose bytes are tried first, and by `make test`."""
        return sorted((CORPUS / self.name).glob("*"))


TARGETS: Final[dict[str, Target]] = {}
"""By name; filled by the modules of `tests.fuzz.targets`."""


def target(
    seeds: Seeds, twist: Twist, *, memory: int = MEGABYTE, most: int = 4096, share: float = 1.0
) -> Callable[[Run], Run]:
    """Make a function a target, under its own name with dashes."""

    def register(run: Run) -> Run:
        name = run.__name__.replace("_", "-")
        assert name not in TARGETS, name
        TARGETS[name] = Target(name, run, cache(seeds), twist, memory, most, share)
        return run

    return register


@cache
def _room(process: int) -> Path:
    folder = Path(tempfile.mkdtemp(prefix=f"vinofleet-fuzz-{process}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def room() -> Path:
    """A folder of this process's own, removed at its end; its files may be left to the next case."""
    return _room(os.getpid())


@contextmanager
def refused(*kinds: type[VinofleetError], secret: str = "") -> Iterator[None]:
    """Let these errors pass, as the documented answer to bytes that are not as they should: one line, without a secret.

    Args:
        kinds: which errors.
        secret: what their text must not hold.
    """
    try:
        yield
    except kinds as error:
        text = str(error)
    else:
        return
    assert text.isprintable(), text
    assert not secret or secret not in text, text


def file_of(name: str, data: bytes) -> Path:
    """A file with these bytes."""
    path = room() / name
    path.write_bytes(data)
    return path
