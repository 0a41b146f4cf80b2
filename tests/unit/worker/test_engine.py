"""The promises of `worker.engine`, kept by the fake and by the real engine alike."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from common.counter import stamp
from common.job import InputSpec, JobDocument, OutputSpec
from common.script import scripted_detections
from tests.unit.worker.completions import Completions
from tests.unit.worker.tiny_models import FAILS, FRAME_SIZE, HEIGHT, WIDTH, tiny_job, write_model
from worker.engine import Engine, EngineOptions, make_engine

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass
class Subject:
    """One kind of engine, with pixels that carry a number and what it detects in them. Number FAILS fails."""

    job: JobDocument
    folder: Path
    pixels: Callable[[int], NDArray[np.uint8]]
    expected: Callable[[int], NDArray[np.float32]]


def _scripted(folder: Path) -> Subject:
    spec = InputSpec("pixels", WIDTH, HEIGHT, "bgr", "BGR", "stretch")
    output = OutputSpec("scripted", "", 0, (), 0.5)
    job = JobDocument("scripted", "scripted", (), spec, output, script=f"requests=2&detections=2&error={FAILS}")

    def pixels(number: int) -> NDArray[np.uint8]:
        stamped = np.zeros(spec.nbytes, np.uint8)
        stamp(stamped, number)
        return stamped

    return Subject(job, folder, pixels, lambda number: scripted_detections(number, 2, FRAME_SIZE))


def _openvino(folder: Path) -> Subject:
    job = tiny_job(write_model(folder))

    def expected(number: int) -> NDArray[np.float32]:
        return np.array([[number, number, number, 127.5, 0.9, 0]], np.float32)

    return Subject(job, folder, lambda number: np.full(job.input.nbytes, number, np.uint8), expected)


@pytest.fixture(params=[_scripted, _openvino], ids=["scripted", "openvino"], scope="module")
def subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Subject:
    """Each kind of engine in turn."""
    made: Subject = request.param(tmp_path_factory.mktemp("model"))
    return made


@pytest.fixture
def done() -> Completions:
    """Where the engine's completions arrive."""
    return Completions()


@pytest.fixture
def engine(subject: Subject, done: Completions) -> Iterator[Engine]:
    """An engine with two requests, closed after the test."""
    made = make_engine(subject.job, subject.folder, EngineOptions(nireq=2), done)
    yield made
    made.close()


def test_its_info_tells_the_requests_that_may_be_under_way(engine: Engine, subject: Subject) -> None:
    """The report and the credits are about the same number."""
    assert engine.requests == engine.info.requests == 2
    assert engine.info.kind == subject.job.engine


def test_each_token_completes_once_with_its_own_result(engine: Engine, subject: Subject, done: Completions) -> None:
    """Sixty frames kept two under way come back sixty times, each with what its pixels hold."""
    numbers = {token: token * 7 % 200 for token in range(60)}
    for token in range(2):
        engine.submit(token, subject.pixels(numbers[token]), FRAME_SIZE)
    for token in range(2, 62):
        completion = done.next()
        found = completion.detections
        assert completion.error == ""
        assert found is not None
        assert found.dtype == np.float32
        assert found.flags.c_contiguous
        np.testing.assert_allclose(found, subject.expected(numbers.pop(completion.token)), rtol=1e-5)
        if token < 60:
            engine.submit(token, subject.pixels(numbers[token]), FRAME_SIZE)
    assert not numbers
    assert done.is_empty()


def test_read_only_pixels_are_taken_and_left_as_they_are(engine: Engine, subject: Subject, done: Completions) -> None:
    """A received message cannot be written, and need not be."""
    content = subject.pixels(42).tobytes()
    engine.submit(1, np.frombuffer(content, np.uint8), FRAME_SIZE)
    found = done.next().detections
    assert found is not None
    np.testing.assert_allclose(found, subject.expected(42), rtol=1e-5)
    assert content == subject.pixels(42).tobytes()


def test_a_failed_frame_completes_with_its_error_and_the_next_are_well(
    engine: Engine, subject: Subject, done: Completions
) -> None:
    """An inference that fails is the frame's end, not the engine's: also when it is the last or several fail."""
    for token, number in enumerate((FAILS, FAILS, 5, FAILS, 6)):
        engine.submit(token, subject.pixels(number), FRAME_SIZE)
        completion = done.next()
        assert completion.token == token
        assert bool(completion.error) == (number == FAILS)
        assert (completion.detections is None) == (number == FAILS)


def test_failed_and_sound_frames_under_way_together_all_complete(
    engine: Engine, subject: Subject, done: Completions
) -> None:
    """A failure takes nothing with it that is under way at the same time."""
    engine.submit(1, subject.pixels(FAILS), FRAME_SIZE)
    engine.submit(2, subject.pixels(9), FRAME_SIZE)
    errors = {completion.token: completion.error for completion in (done.next(), done.next())}
    assert errors[1]
    assert errors[2] == ""


@pytest.mark.parametrize("number", [3, FAILS], ids=["sound", "failed"])
def test_pixels_are_let_go_when_their_frame_ends(
    engine: Engine, subject: Subject, done: Completions, number: int
) -> None:
    """A slot can be unmapped as soon as its completion came."""
    pixels = subject.pixels(number)
    alive = weakref.ref(pixels)
    engine.submit(1, pixels, FRAME_SIZE)
    del pixels
    done.next()
    gc.collect()
    assert alive() is None


def test_close_waits_for_what_is_under_way(subject: Subject, done: Completions) -> None:
    """No completion is lost, and none comes after close has returned."""
    engine = make_engine(subject.job, subject.folder, EngineOptions(nireq=2), done)
    engine.submit(1, subject.pixels(1), FRAME_SIZE)
    engine.submit(2, subject.pixels(FAILS), FRAME_SIZE)
    engine.close()
    assert {done.next().token, done.next().token} == {1, 2}
    assert done.is_empty()
