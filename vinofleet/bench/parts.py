"""What is measured beside each other. Pure.

What this file does not know: how a part is measured, and what came of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Kind = Literal["inference", "check", "decode", "prepare", "flat-out", "paced", "fleet"]


@dataclass(frozen=True, slots=True)
class Part:
    """One of them.

    Attributes:
        kind: what it is.
        name: for people.
        about: what it does, for people.
    """

    kind: Kind
    name: str
    about: str


INFERENCE: Final = Part("inference", "inference only", "frames that are ready, inferred again and again on all cores")
CHECK: Final = Part("check", "benchmark_app", "the same by OpenVINO's own program, random pixels")
DECODE: Final = Part("decode", "decode only", "one thread reads the source, and leaves its frames")
PREPARE: Final = Part("prepare", "decode + resize", "one thread reads the source, and makes the model's input of it")
FLEET: Final = Part("fleet", "fleet", "the whole: `vinofleet run --json`")
FLAT_OUT: Final = Part("flat-out", "transport only", "a fleet that neither decodes nor infers, as fast as it can")
PACED: Final = Part("paced", "transport, paced", "the same at the rate of the fleet")

PARTS: Final = (INFERENCE, CHECK, DECODE, PREPARE, FLEET, FLAT_OUT, PACED)
"""In the order of the first repeat: what is paced needs a fleet's rate."""
