"""Tuning from its start to its end: settings are tried within a time, and the best is written where `run` takes it.

Guarantees that no process is left, and that what was found by an interruption is written.
What this file does not know: what is tried next, how a trial is measured.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from collector.paths import output_error
from common.console import write_line
from common.exits import Exit
from common.machine import machine_facts, versions
from common.params import Goal
from vinofleet.measure.files import write_json
from vinofleet.measure.outcome import RunError, interrupted_by_all
from vinofleet.measure.room import room
from vinofleet.measure.subject import Subject, SubjectOptions, check_output, subject_of
from vinofleet.run.cores import usable_cores
from vinofleet.tune.config import config_text
from vinofleet.tune.figures import Figures
from vinofleet.tune.result import Result, as_json, as_text, verdict
from vinofleet.tune.search import Search
from vinofleet.tune.setting import DEFAULTS, Setting, coarse, near
from vinofleet.tune.trial import tried

FRAMES: Final = 3000
"""Of a synthetic source, which is repeated like any other; its opening takes longer the more it has."""

TRIALS: Final = 40
"""So many trials a search is to have room for, as far as their length goes."""

LEAST_S, MOST_S = 1.2, 10.0
"""How long a trial is measured at least, and at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TuneOptions:
    """The options of `vinofleet tune`; `passed` are those of roles, by name, `given` those that are no defaults."""

    source: str
    seconds: float
    goal: Goal
    config: Path | None
    json: Path | None
    force: bool
    passed: Mapping[str, Any]
    given: Mapping[str, Any]


def run_tune(options: TuneOptions) -> Exit:
    """Tune, print, and write what was asked for.

    Raises:
        VinofleetError: something is refused, or the defaults cannot be run.
        KeyboardInterrupt: before anything was measured.
    """
    with interrupted_by_all():
        for path in (options.config, options.json):
            check_output(path, options.source, force=options.force)
        subject = subject_of(
            SubjectOptions(
                command="tune", source=options.source, frames=FRAMES, skip_first_frames=0, passed=options.passed
            )
        )
        result = _searched(subject, options)
        click.echo(as_text(result))
        _write(result, options)
    return Exit.INTERRUPTED if result.interrupted else Exit.OK


def _searched(subject: Subject, options: TuneOptions) -> Result:
    cores, goal, is_cpu = len(usable_cores()), options.goal, options.passed["device"] == "CPU"

    def nearby(setting: Setting) -> list[Setting]:
        return near(setting, goal, cores, is_cpu=is_cpu)

    search = Search(coarse(goal, cores, is_cpu=is_cpu), nearby, "less" if goal == "latency" else "more")
    figures: dict[Setting, list[Figures]] = {}
    began = time.monotonic()
    interrupted = False
    with room() as folder:
        try:
            _search(search, figures, subject, options, folder)
        except KeyboardInterrupt:
            if not figures:
                raise
            interrupted = True
    return Result(
        goal=goal,
        subject=f"{subject.job.model} on {options.passed['device']}, {options.source}",
        search=search,
        figures=figures,
        seconds=time.monotonic() - began,
        interrupted=interrupted,
        machine=machine_facts(),
        versions=versions(),
    )


def _search(
    search: Search[Setting],
    figures: dict[Setting, list[Figures]],
    subject: Subject,
    options: TuneOptions,
    folder: Path,
) -> None:
    """Try one setting after the other, until the next would not be over in time."""
    began, longest_s = time.monotonic(), 0.0
    measured_s = min(MOST_S, max(LEAST_S, options.seconds / TRIALS))
    while not figures or time.monotonic() + longest_s <= began + options.seconds:
        now = time.monotonic()
        setting = search.next((now - began) / options.seconds)
        try:
            found = tried(subject, options.goal, setting, measured_s, folder)
        except RunError as error:
            if setting != DEFAULTS:
                search.fails(setting, error.what)
            elif DEFAULTS not in figures:
                raise
            _tell(f"{now - began:.0f} s: {setting}: {error.what}")
            continue
        search.tell(setting, found.latency_ms or found.fps)
        figures.setdefault(setting, []).append(found)
        longest_s = max(longest_s, time.monotonic() - now)
        latency = f", p50 {found.latency_ms:.1f} ms" if found.latency_ms else ""
        _tell(f"{now - began:.0f} s, {search.phase}: {setting}: {found.fps:.1f} FPS{latency}")


def _tell(text: str) -> None:
    with suppress(OSError, ValueError):  # whoever closed stderr does not want to know
        write_line(f"vinofleet tune: {text}")


def _write(result: Result, options: TuneOptions) -> None:
    if options.config is not None:
        machine = result.machine
        comments = [
            f"Found by `vinofleet tune` ({options.goal}) for {result.subject}",
            f"on {machine['cpu']}, {machine['usable_cores']} cores, with OpenVINO {result.versions['openvino']}:",
            verdict(result),
        ]
        goal = {"goal": options.goal} if options.goal != "throughput" else {}
        text = config_text(comments, {**options.given, **goal, **result.best.given()}, options.source)
        try:
            options.config.write_text(text, encoding="utf-8")
        except OSError as error:
            raise output_error("written", options.config, error, passing=False) from error
        click.echo(f"written: {options.config}; use it as `vinofleet run --config {options.config}`")
    if options.json is not None:
        write_json(options.json, as_json(result))
