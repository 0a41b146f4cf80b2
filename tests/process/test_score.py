"""`--score` of real processes: the figures are those of the rows that were written, and what they leave out is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import pytest
import zmq
from openvino import opset13 as ops

from collector.score import match
from common import messages as m
from common.job import InputSpec, JobDocument, OutputSpec
from common.truth import read_truth
from common.wire import decode, encode
from tests.process.roles import PATIENCE_S, Shell, assert_conserved, until

pytestmark = pytest.mark.process

FRAMES = 60
WIDTH, HEIGHT = 320, 240
SCENE = f"people=8&size={WIDTH}x{HEIGHT}&fps=25&seed=3"
STREET = f"synthetic://street?frames={FRAMES}&{SCENE}"
SEEN_FRAME = 20
"""The frame whose people the model below finds, whatever it is shown."""


@pytest.fixture(scope="module")
def one_track_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SSD model that finds the people of one frame in every frame, and one in a corner where nobody is so small."""
    scale = np.array([WIDTH, HEIGHT, WIDTH, HEIGHT], np.float32)
    boxes = np.concatenate([there(SEEN_FRAME)[:, :4] / scale, [[0, 0, 0.01, 0.01]]])
    rows = np.array([[0, 0, 0.9 - index / 100, *box] for index, box in enumerate(boxes)], np.float32)
    image = ops.parameter([1, 3, 32, 32], np.float32, "image")
    image.output(0).set_names({"image"})
    nothing = ops.multiply(ops.reduce_mean(image, ops.constant(np.arange(4))), ops.constant(np.float32(0)))
    found = ops.add(ops.constant(rows.reshape(1, 1, -1, 7)), nothing)
    found.output(0).set_names({"found"})
    path = tmp_path_factory.mktemp("model") / "one_track.xml"
    ov.save_model(ov.Model([found], [image], "one_track"), path, compress_to_fp16=False)
    return path


def there(frame: int) -> Any:  # noqa: ANN401 - an array
    """Who is in a frame: [N, 5]."""
    scene = read_truth(f"synthetic://street?{SCENE}")
    assert scene is not None
    return scene.boxes(frame)


def figures(rows: list[dict[str, Any]]) -> dict[str, int]:
    """The sums over rows as they were written."""
    sums = np.zeros(3, int)
    for row in rows:
        found = [[*one["box"], one["score"], one["class_id"]] for one in row["detections"]]
        sums += match(np.array(found, np.float32).reshape(-1, 6), there(row["frame"]))
    return dict(zip(("people", "found", "false"), map(int, sums), strict=True))


def test_a_run_is_given_the_score_of_its_rows(shell: Shell, one_track_model: Path) -> None:
    """In the report and on standard output; all frames are compared."""
    outputs = ("--json", str(shell.folder / "out.jsonl"), "--report", str(shell.folder / "report.json"))
    run = shell.run("run", STREET, "--model", str(one_track_model), "--labels", "person", "--score", *outputs)
    assert run.ends(60) == 0, run
    assert_conserved(shell, FRAMES)
    score = shell.report()["score"]
    expected = figures(shell.rows())
    assert {name: score[name] for name in expected} == expected
    assert expected["found"] > 0 < expected["false"]
    assert (score["compared"], set(score["not_compared"].values())) == (FRAMES, {0})
    line = f"({expected['people']} people in {FRAMES} frames, {expected['found']} found, {expected['false']} false)"
    assert line in "".join(run.text)


def test_a_restarted_collector_says_what_it_did_not_see(shell: Shell, one_track_model: Path) -> None:
    """Killed half-way and started again, its figures are those of the rest, and it says how many are missing."""
    first = shell.collector("--score")
    shell.producer(STREET, "--model", str(one_track_model), "--labels", "person", "--window", "8")
    worker = shell.worker()
    until(lambda: shell.written() >= FRAMES // 4)
    worker.kill()
    first.kill()
    again = shell.collector("--score")
    shell.worker("w2")
    assert again.ends(60) == 0, shell.roles
    assert_conserved(shell, FRAMES)
    report = shell.report()
    score, (stream,) = report["score"], report["streams"]
    assert score["not_compared"]["earlier"] == stream["resumed_at"] >= FRAMES // 4
    assert score["compared"] == FRAMES - stream["resumed_at"]
    expected = figures(shell.rows()[stream["resumed_at"] :])
    assert {name: score[name] for name in expected} == expected


@pytest.mark.parametrize(
    "truth",
    [
        "synthetic://street?people=999999999&size=1280x720&fps=25&seed=1",
        "synthetic://street?people=6&size=99999999x99999999&fps=25&seed=1",
        f"synthetic://street?people={'9' * 250}",
        "/etc/passwd",
    ],
)
def test_a_scene_of_a_hostile_producer_costs_the_score_and_nothing_else(shell: Shell, truth: str) -> None:
    """Its stream opens, a warning says that nothing of it is compared."""
    collector = shell.collector("--score")
    job = JobDocument(
        engine="scripted",
        model="scripted",
        files=(),
        input=InputSpec("image", 4, 2, "bgr", "BGR", "stretch"),
        output=OutputSpec("scripted", "boxes", 0, (), 0.5),
    )
    with zmq.Context() as context, context.socket(zmq.DEALER) as peer:
        peer.setsockopt(zmq.LINGER, 0)
        peer.setsockopt(zmq.RCVTIMEO, int(PATIENCE_S * 1000))
        peer.connect(shell.results)
        peer.send_multipart([encode(m.Hello(m.PROTOCOL, "producer", "p", b"i" * 16, job.digest, ())), job.canonical])
        welcome = decode(peer.recv_multipart()[0])
        assert isinstance(welcome, m.Welcome), welcome
        wish = m.Open(welcome.session, "a", 0, 0, False, 8, 64, 48, (1, 25), (25, 1), 0, "a.mp4", truth, 0)  # noqa: FBT003
        peer.send(encode(wish))
        until(lambda: isinstance(decode(peer.recv_multipart()[0]), m.Opened))
        peer.send(encode(m.End(welcome.session, "a", 1, 0, "complete", "")))
        peer.send(encode(m.Bye(welcome.session, "complete", "")))
        assert collector.ends() == 0, collector
    assert "warning: stream a: it is not compared, its scene cannot be read: " in "".join(collector.text)
    assert shell.report()["score"]["compared"] == 0
