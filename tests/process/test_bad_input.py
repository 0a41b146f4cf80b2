"""What can be wrong with what a role is given: one line says what, to what, and what to do, and nothing is left."""

from __future__ import annotations

import socket
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import av
import numpy as np
import pytest

from common.exits import Exit
from tests.process.media import clip, model
from tests.process.roles import Role, Shell

pytestmark = [pytest.mark.process, pytest.mark.timeout(180)]

SCRIPTED: Final = ("--model", "scripted://")
SOURCE: Final = "synthetic://counter?frames=5"


def sound(path: Path) -> Path:
    """Write a file without pictures."""
    with av.open(path, "w") as container:
        stream = container.add_stream("aac", rate=48_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        container.mux(stream.encode(silence))
        container.mux(stream.encode())
    return path


def written(path: Path, text: str) -> Path:
    """Write a text."""
    path.write_text(text)
    return path


def without_weights(path: Path) -> Path:
    """Take a model's weights away."""
    path.with_suffix(".bin").unlink()
    return path


def refused(shell: Shell, role: str, arguments: tuple[str, ...], code: Exit) -> str:
    """Start a role that must not begin; return its only line. Nothing in the folder may have changed."""
    before = {path: path.stat().st_mtime_ns for path in shell.folder.rglob("*")}
    process = shell.run(role, *arguments)
    assert process.ends() == code, process
    assert {path: path.stat().st_mtime_ns for path in shell.folder.rglob("*")} == before
    (line,) = process.text
    assert line.startswith("vinofleet: error: ")
    return line.removeprefix("vinofleet: error: ").rstrip().replace(str(shell.folder), "DIR")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "a.mp4", "DIR/a.mp4 cannot be opened (No such file or directory): check the path"),
        (
            lambda folder: written(folder / "a.mp4", "hello\n" * 99),
            "is no video file, or its header is damaged: give a",
        ),
        (lambda folder: written(folder / "a.mp4", ""), "DIR/a.mp4 is empty: give a video file"),
        (lambda folder: sound(folder / "a.mp4"), "DIR/a.mp4 holds no video stream: give a file with video"),
        (
            lambda folder: written(folder / "a.mp4", "ffconcat version 1.0\nfile b.mp4\n"),
            "not admitted, such as a playlist: give a self-contained video file",
        ),
        (
            lambda folder: written(folder / "a.mp4", "#EXTM3U\n#EXTINF:1,\nb.mp4\n#EXT-X-ENDLIST\n"),
            "is no video file, or its header is damaged: give a",
        ),
        (lambda folder: folder, "DIR holds no image: give images: .bmp, "),
    ],
    ids=["missing", "text", "empty", "sound only", "ffconcat", "hls", "folder"],
)
def test_a_source_that_is_none(make: Callable[[Path], Path], says: str, shell: Shell) -> None:
    """It is refused before an address is bound; nobody waits for it."""
    assert says in refused(shell, "producer", (str(make(shell.folder)), *SCRIPTED, "--bind", shell.frames), Exit.INPUT)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda folder: folder / "m.xml", "'DIR/m.xml' is neither a file nor the name of a model: check the path, or"),
        (
            lambda folder: written(folder / "m.pt", "x"),
            "DIR/m.pt is of no format that a job can carry (OpenVINO IR (.xml), ONNX (.onnx)",
        ),
        (lambda folder: without_weights(model(folder)), "has no weights: m.bin is not beside it: put it there"),
        (
            lambda folder: written(model(folder), "<net"),
            "m.xml is damaged, or no OpenVINO IR at all: export or copy it again",
        ),
        (
            lambda folder: written(folder / "m.onnx", "none"),
            "m.onnx is damaged, or no ONNX at all: export or copy it again",
        ),
        (
            lambda folder: model(folder, shape=(1, 100)),
            "m.xml is not supported: input 'image' f32[1,100] is no image: use a model with",
        ),
        (lambda folder: model(folder, found=(1, 5)), "'found' f32[1,5]"),
    ],
    ids=["missing", "other format", "no weights", "broken xml", "broken onnx", "other input", "other output"],
)
def test_a_model_that_is_none(make: Callable[[Path], Path], says: str, shell: Shell) -> None:
    """It is refused by the producer, before an address is bound."""
    given = (SOURCE, "--model", str(make(shell.folder)), "--bind", shell.frames)
    assert says in refused(shell, "producer", given, Exit.MODEL)


def damaged(path: Path) -> Path:
    """Overwrite a part of its middle with zeroes."""
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + len(data) // 20] = bytes(len(data) // 20)
    path.write_bytes(data)
    return path


def cut(path: Path) -> Path:
    """Cut it in half."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


@pytest.mark.parametrize("spoil", [damaged, cut])
def test_a_damaged_video_is_incomplete_and_what_was_decoded_is_kept(
    spoil: Callable[[Path], Path], shell: Shell
) -> None:
    """Every frame before the damage has a result; both ends say that the stream is incomplete, and why."""
    collector = shell.collector()
    producer = shell.producer(str(spoil(clip(shell.folder / "a.avi", frames=60))), "--model", str(model(shell.folder)))
    shell.worker("w1", "--cache-dir", str(shell.folder / "cache"))
    assert (producer.ends(), collector.ends()) == (Exit.INCOMPLETE, Exit.INCOMPLETE)
    rows = shell.rows()
    assert 20 <= len(rows) < 60
    assert [row["frame"] for row in rows] == list(range(len(rows)))
    assert {row["status"] for row in rows} == {"ok"}
    assert "stream a is incomplete: " in "".join(producer.text)
    assert "Traceback" not in "".join(producer.text + collector.text)


def test_a_size_that_changes_half_way_is_followed(shell: Shell) -> None:
    """Boxes are in pixels of the frame that they were found in."""
    first = clip(shell.folder / "a.mpg", frames=10)
    first.write_bytes(first.read_bytes() + clip(shell.folder / "b.mpg", frames=10, size=(128, 96)).read_bytes())
    collector, producer = shell.collector(), shell.producer(str(first), "--model", str(model(shell.folder)))
    shell.worker("w1", "--cache-dir", str(shell.folder / "cache"))
    assert (producer.ends(), collector.ends()) == (Exit.OK, Exit.OK), (producer, collector)
    assert {row["status"] for row in shell.rows()} == {"ok"}


@pytest.mark.parametrize(
    ("role", "arguments"),
    [("producer", (SOURCE, *SCRIPTED)), ("collector", ("--json", "{folder}/o.jsonl"))],
    ids=["producer", "collector"],
)
def test_a_port_in_use(role: str, arguments: tuple[str, ...], shell: Shell) -> None:
    """Nothing is written before the address is the role's."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        given = (*(text.format(folder=shell.folder) for text in arguments), "--bind", address)
        line = refused(shell, role, given, Exit.NETWORK)
    assert line == f"cannot bind {address}: it is in use: stop the process that has it, or choose another port"


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("missing/o.jsonl", "there is no folder DIR/missing: create the folder first"),
        ("", "DIR is a folder: name a file in it"),
        ("old.jsonl", "DIR/old.jsonl exists and no journal says that it can be resumed: choose another name or add"),
    ],
)
def test_an_output_that_cannot_be(output: str, says: str, shell: Shell) -> None:
    """It is refused before anybody computes for it, and what was there stays as it was."""
    written(shell.folder / "old.jsonl", "mine\n")
    given = ("--json", str(shell.folder / output), "--bind", shell.results)
    assert says in refused(shell, "collector", given, Exit.OUTPUT)
    assert (shell.folder / "old.jsonl").read_text() == "mine\n"


def test_a_device_that_is_not_there(shell: Shell) -> None:
    """The worker names those that are, and the producer waits for another."""
    producer = shell.producer(SOURCE, "--model", str(model(shell.folder)))
    worker = shell.worker("w1", "--device", "FOO", "--cache-dir", str(shell.folder / "cache"))
    assert worker.ends() == Exit.DEVICE
    assert "device FOO cannot run the model" in worker.text[-1]
    assert "devices present are CPU" in worker.text[-1]
    assert "w1 has left (device FOO cannot run" in producer.says("has left")


def test_a_model_that_a_worker_cannot_keep(shell: Shell) -> None:
    """It leaves, and the producer waits for another worker."""
    producer = shell.producer(SOURCE, "--model", str(model(shell.folder)))
    worker = shell.worker("w1", "--cache-dir", str(written(shell.folder / "file", "") / "cache"))
    assert worker.ends() == Exit.OUTPUT
    assert "models cannot be kept in" in worker.text[-1]
    assert "give another folder with --cache-dir" in worker.text[-1]
    assert "w1 has left (models cannot be kept" in producer.says("has left")


@pytest.mark.parametrize(
    ("role", "arguments", "says"),
    [
        ("producer", (SOURCE, *SCRIPTED), "no collector for 0.5 s: start one, or give its address with --collector"),
        ("collector", (), "no producer came within 0.5 s: start one whose --collector is this address"),
        ("worker", (), "no producer came within 0.5 s at ADDRESS: start one, or check --connect"),
    ],
)
def test_somebody_who_never_comes(role: str, arguments: tuple[str, ...], says: str, shell: Shell) -> None:
    """`--timeout` ends the wait; no empty output is left."""
    begin: dict[str, Callable[..., Role]] = {
        "producer": shell.producer,
        "collector": shell.collector,
        "worker": partial(shell.worker, "w"),
    }
    process = begin[role](*arguments, "--timeout", "0.5")
    assert process.ends() == Exit.TIMEOUT
    assert process.text[-1].rstrip().replace(shell.frames, "ADDRESS") == f"vinofleet {role}: error: {says}"
    assert not (shell.folder / "out.jsonl").exists()
