"""Coverage-guided fuzzing: each target with inputs that reach what no input before has reached (Atheris, libFuzzer).

    python -m tests.fuzz.guided --cases 50000 [--only NAME]... [--seed N] [--work FOLDER] [--keep]

Every target runs in a process of its own, so that one which crashes, hangs or eats memory ends that process alone, and
what it was given is kept. A run begins at the target's seeds and its corpus (`tests/fuzz/corpus`). `--keep` adds what
was found to the corpus, reduced to as few files as reach the same.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import sys
import tempfile
import time
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

import atheris

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

with atheris.instrument_imports(
    include=[
        "common",
        "producer",
        "worker",
        "collector",
        "vinofleet",
        "tomllib",
        "urllib.parse",
        "fractions",
        "ipaddress",
    ]
):
    import tests.fuzz.targets  # noqa: F401 - it fills TARGETS
    from tests.fuzz.target import CORPUS, TARGETS, Target

MEMORY: Final = Path("/dev/shm")  # noqa: S108 - for a folder of a random name
"""Files of cases are written and synced some 10 times each: not on a disk."""

HANG_S: Final = 20
"""No case takes a hundredth of it, unless somebody else has the cores."""

ROOM_BYTES: Final = 512 << 20
"""What libFuzzer, its corpus and caches may need beside what a target allocates."""

INNER: Final = "--inner"
"""Before a target's name and libFuzzer's own options."""

TWISTED: Final = 0.5
"""Of the cases so many keep the form of the bytes, the others are changed anyhow."""


class Outcome(NamedTuple):
    """What became of a target.

    Attributes:
        status: its process's exit code; 0 where nothing was found.
    """

    name: str
    cases: int
    seconds: float
    edges: int
    new: int
    peak_mb: int
    slowest_s: int
    status: int

    def __str__(self) -> str:
        verdict = "" if self.status == 0 else f"  FAILED ({self.status})"
        figures = f"{self.cases:>9} cases {self.seconds:>7.1f} s {self.edges:>5} edges {self.new:>4} new"
        return f"{self.name:<22} {figures} {self.peak_mb:>5} MB{verdict}"


def main(arguments: Sequence[str]) -> int:
    """Run targets one after the other; the exit code is 0 if none has failed."""
    options = _parsed(arguments)
    chosen = [TARGETS[name] for name in options.only or sorted(TARGETS)]
    whole = sum(target.share for target in chosen)
    in_memory = MEMORY if MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(prefix="vinofleet-fuzz-", dir=in_memory) as folder:
        # Those whom libFuzzer ends clean nothing up: what they leave, also in `tests.fuzz.target.room`, goes with this.
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        work = options.work or Path(folder)
        outcomes = [
            _run(each, max(100, round(options.cases * each.share / whole)), options.seed, work) for each in chosen
        ]
        if options.keep:
            for each in chosen:
                _keep(each, work)
    print(f"{sum(each.cases for each in outcomes)} cases, {sum(each.seconds for each in outcomes):.0f} s", flush=True)
    if options.report:
        options.report.write_text(json.dumps([each._asdict() for each in outcomes], indent=1) + "\n")
    return int(any(each.status for each in outcomes))


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--cases", type=int, default=50_000, help="of all targets together")
    parser.add_argument("--only", action="append", choices=sorted(TARGETS), help="a target; may be given several times")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, help="where inputs are kept from one run to the next")
    parser.add_argument("--keep", action="store_true", help="add what was found to tests/fuzz/corpus")
    parser.add_argument("--report", type=Path, help="write figures as JSON")
    return parser.parse_args(arguments)


def _run(target: Target, cases: int, seed: int, work: Path) -> Outcome:
    """Run one target in a process of its own, and say what it wrote."""
    inputs, start, log = work / target.name, work / f"{target.name}.start", work / f"{target.name}.log"
    inputs.mkdir(parents=True, exist_ok=True)
    _fill(start, [*target.seeds(), *(path.read_bytes() for path in target.corpus)])
    flags = [
        *(f"-runs={cases}", f"-seed={seed}", f"-max_len={target.most}", f"-timeout={HANG_S}"),
        *("-rss_limit_mb=4096", "-print_final_stats=1", "-len_control=0", f"-artifact_prefix={work}/{target.name}-"),
        *(str(inputs), str(start)),
    ]
    began = time.monotonic()
    status = _in_a_process(lambda: _fuzz(target, flags, work), log)
    told = log.read_text(errors="replace")
    outcome = Outcome(
        target.name,
        _last(r"number_of_executed_units:\s+(\d+)", told) or _last(r"^#(\d+)\s", told),
        time.monotonic() - began,
        _last(r"cov: (\d+)", told),
        len(list(inputs.iterdir())),
        _last(r"peak_rss_mb:\s+(\d+)", told),
        _last(r"slowest_unit_time_sec:\s+(\d+)", told),
        status,
    )
    print(outcome, flush=True)
    if status:
        print("\n".join(line for line in told.splitlines() if not line.startswith("#"))[-3000:], flush=True)
    return outcome


def _keep(target: Target, work: Path) -> None:
    """Reduce what was found to few files that reach as much; those of before stay: each was kept for a reason."""
    kept, finds = work / f"{target.name}.kept", work / target.name
    shutil.rmtree(kept, ignore_errors=True)
    _fill(kept, [*target.seeds(), *(path.read_bytes() for path in target.corpus)])
    before = set(kept.iterdir())
    # Edges alone, not how often each is passed: a tenth of the files.
    merge = ["-set_cover_merge=1", "-use_counters=0", f"-max_len={target.most}", str(kept), str(finds)]
    _in_a_process(lambda: _fuzz(target, merge, work), work / f"{target.name}.log")
    found = [*(set(kept.iterdir()) - before), *work.glob(f"{target.name}-crash*")]
    _fill(CORPUS / target.name, [path.read_bytes() for path in found])


def _fill(folder: Path, contents: Sequence[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for content in contents:
        (folder / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)


def _in_a_process(act: Callable[[], object], log: Path) -> int:
    """Act in a copy of this process, whose output goes to a file; return its exit code."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        with log.open("wb") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
        try:
            act()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _fuzz(target: Target, flags: Sequence[str], work: Path) -> None:
    """Hand this process over to libFuzzer, which ends it; what is found is left in `work`."""
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    limit = used + ROOM_BYTES + 4 * target.memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    for seed in target.seeds():  # what is imported and kept once is not what a case costs
        target.run(seed)

    cases = count(1)

    def one(data: bytes) -> None:
        number, before = next(cases), _peak_bytes()
        try:
            target.run(data)
            grown = _peak_bytes() - before
            assert grown <= target.memory + ROOM_BYTES // 16, f"{grown} bytes more than ever before"
        except BaseException:
            (work / f"{target.name}-crash").write_bytes(data)
            print(f"case {number} fails; what it was given is kept as {target.name}-crash")
            raise

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        if chance.random() < TWISTED:
            return target.twist(data, chance)[:most]
        return bytes(atheris.Mutate(data, most))

    # What libFuzzer starts where it reduces a corpus: whatever crashes there is left out.
    again = f"{sys.executable} -m tests.fuzz.guided {INNER} {target.name}"
    atheris.Setup([again, *flags], one, custom_mutator=mutate)
    atheris.Fuzz()


def _peak_bytes() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _last(pattern: str, text: str) -> int:
    found = re.findall(pattern, text, re.MULTILINE)
    return int(found[-1]) if found else 0


if __name__ == "__main__":
    if sys.argv[1:2] == [INNER]:
        _fuzz(TARGETS[sys.argv[2]], sys.argv[3:], Path(tempfile.gettempdir()))
    sys.exit(main(sys.argv[1:]))
