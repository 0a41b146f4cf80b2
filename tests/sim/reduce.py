"""Makes a failing history small: leaves out whatever it fails without, and writes the rest down as a test.

What this file does not know: why a history fails, and how it is run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.sim.script import Script, StreamPlan, WorkerPlan

Broken = Callable[[int, Script], str]
"""Runs a history; returns what it broke, or nothing."""


def reduce(seed: int, script: Script, broken: Broken) -> tuple[Script, str]:
    """Return the smallest script found that still fails, and how it fails; as given, and nothing, if it does not.

    Greedy: one thing at a time is left out for as long as that helps. What fails may change on the way.
    """
    what = broken(seed, script)
    helps = bool(what)
    while helps:
        helps = False
        for smaller in _smaller(script):
            if found := broken(seed, smaller):
                script, what, helps = smaller, found, True
                break
    return script, what


def as_test(seed: int, script: Script, what: str) -> str:
    """Write a history down as a test function, ready to be pasted beside the others."""
    fields = (f"        {name}={_source(getattr(script, name))},\n" for name in Script.__dataclass_fields__)
    return (
        f"def test_seed_{seed}() -> None:\n"
        f'    """{_one_line(what)}."""\n'
        f"    script = Script(\n{''.join(fields)}    )\n"
        f"    Fleet({seed}, script).run()\n"
    )


def _source(value: object) -> str:
    """A value's source text, one element a line where it is a tuple of plans or faults."""
    if not isinstance(value, tuple) or not value:
        return repr(value)
    return "(\n" + "".join(f"            {element!r},\n" for element in value) + "        )"


def _one_line(text: str) -> str:
    return " ".join(text.split()).replace('"', "'").replace("\\", "/")[:90].rstrip(".")


def _smaller(script: Script) -> Iterator[Script]:
    """Every script that is one thing smaller, the most worthwhile first."""
    faults = script.faults
    for index in range(len(faults)):
        yield replace(script, faults=faults[:index] + faults[index + 1 :])
    if len(script.workers) > 1:
        yield replace(script, workers=script.workers[:-1])
    last = script.streams[-1]
    if sum(stream.producer == last.producer for stream in script.streams) > 1:
        yield replace(script, streams=script.streams[:-1], poison=(), faulty=(), broken=())
    elif last.producer == len(script.producers) - 1 > 0:
        yield replace(
            script, streams=script.streams[:-1], producers=script.producers[:-1], poison=(), faulty=(), broken=()
        )
    for name in ("poison", "faulty", "broken"):
        frames = getattr(script, name)
        for index in range(len(frames)):
            yield replace(script, **{name: frames[:index] + frames[index + 1 :]})
    if script.asks:
        yield replace(script, asks=())
    if script.bad_store or script.model_bytes > 100:
        yield replace(script, bad_store=False, model_bytes=100)
    yield from _simpler(script)


def _simpler(script: Script) -> Iterator[Script]:
    """Scripts whose plans are nearer to their defaults."""
    for index, stream in enumerate(script.streams):
        for frames in {1, stream.frames // 2, stream.frames - 1}:
            if 0 < frames < stream.frames and not (script.poison or script.faulty or script.broken):
                yield _with_stream(script, index, stream._replace(frames=frames))
        if stream.pace_s or stream.ending != "complete":
            yield _with_stream(script, index, stream._replace(pace_s=0.0, ending="complete"))
    for index, worker in enumerate(script.workers):
        plain = WorkerPlan(host=worker.host)
        if worker != plain:
            workers = (*script.workers[:index], plain, *script.workers[index + 1 :])
            yield replace(script, workers=workers)


def _with_stream(script: Script, index: int, stream: StreamPlan) -> Script:
    return replace(script, streams=(*script.streams[:index], stream, *script.streams[index + 1 :]))
