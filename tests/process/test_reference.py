"""A real clip through a real model: the detections are those of plain OpenVINO, whatever the fleet."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import openvino as ov
import pytest
from numpy.typing import NDArray

from tests.process.conftest import SHORT_FRAMES
from tests.process.roles import Shell, assert_conserved, sent_to_another, until

pytestmark = [pytest.mark.process, pytest.mark.assets, pytest.mark.slow]

FRAMES = 795
STEP = 3
"""Of the frames that plain OpenVINO sees too: alone, it takes as long as the fleet."""
REFERENCE_FRAME = 50
REFERENCE_BOXES = (
    (668, 256, 712, 369),
    (551, 215, 588, 302),
    (506, 215, 540, 307),
    (433, 173, 459, 245),
    (373, 178, 397, 255),
    (401, 179, 429, 261),
)
"""f32, person-detection-0202, vtest.avi; one of them has a score of 0.529."""

Boxes = NDArray[np.float32]
"""[N, 5]: x1 y1 x2 y2 score, in pixels."""


def run_fleet(shell: Shell, clip: Path, model: Path, workers: int, *arguments: str) -> None:
    """Run a fleet at f32 from start to end."""
    shell.collector()
    shell.producer(str(clip), "--model", str(model), "--precision", "f32", "--labels", "person", *arguments)
    for number in range(workers):
        shell.worker(f"w{number}")
    assert [role.ends(300) for role in shell.roles] == [0] * (2 + workers)


def run_plainly(clip: Path, model: Path, threshold: float, step: int) -> list[Boxes]:
    """Infer each `step`th frame with one synchronous request at f32, from BGR as the model was trained."""
    core = ov.Core()
    compiled = core.compile_model(core.read_model(model), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    height, width = list(compiled.input(0).shape)[2:]
    found = []
    with av.open(str(clip)) as container:
        for frame in islice(container.decode(video=0), 0, None, step):
            bgr = cv2.resize(frame.to_ndarray(format="bgr24"), (width, height))
            blob = bgr.transpose(2, 0, 1)[None].astype(np.float32)
            rows = next(iter(request.infer({0: blob}).values())).reshape(-1, 7)
            padding = np.flatnonzero(rows[:, 0] < 0)
            rows = rows[: padding[0]] if padding.size else rows
            rows = rows[rows[:, 2] >= threshold]
            scale = (frame.width, frame.height, frame.width, frame.height)
            found.append(np.concatenate([rows[:, 3:7] * scale, rows[:, 2:3]], axis=1).astype(np.float32))
    return found


def boxes_of(row: dict[str, Any]) -> Boxes:
    """The boxes of a result line."""
    found = [[*detection["box"], detection["score"]] for detection in row["detections"]]
    return np.asarray(found, np.float32).reshape(-1, 5)


def matched(some: Boxes, others: Boxes) -> int:
    """How many of `some` with a score of 0.55 have a partner: IoU of 0.85 and a score within 0.05."""
    return sum(
        any(iou(box, other) >= 0.85 and abs(box[4] - other[4]) <= 0.05 for other in others) for box in confident(some)
    )


def confident(boxes: Boxes) -> Boxes:
    """Those well above the threshold, so that a partner just below it is not missed."""
    return boxes[boxes[:, 4] >= 0.55]


def iou(one: Boxes, other: Boxes) -> float:
    """Intersection over union of two boxes."""
    low, high = np.maximum(one[:2], other[:2]), np.minimum(one[2:4], other[2:4])
    common = float(np.prod(np.clip(high - low, 0, None)))
    areas = float(np.prod(one[2:4] - one[:2])) + float(np.prod(other[2:4] - other[:2]))
    return common / (areas - common)


def test_the_whole_clip_agrees_with_plain_openvino(shell: Shell, assets: Path, reference_model: Path) -> None:
    """795 frames in order by two workers; 99.5 % of the boxes in every third have their partner, both ways."""
    clip = assets / "videos/vtest.avi"
    run_fleet(shell, clip, reference_model, 2)
    assert_conserved(shell, FRAMES)
    fleet = [boxes_of(row) for row in shell.rows()]
    assert len(fleet[REFERENCE_FRAME]) == len(REFERENCE_BOXES)
    for box in REFERENCE_BOXES:
        assert min(np.abs(fleet[REFERENCE_FRAME][:, :4] - box).max(axis=1)) <= 3, box
    plain, compared = run_plainly(clip, reference_model, 0.5, STEP), fleet[::STEP]
    for some, others in ((compared, plain), (plain, compared)):
        partners = sum(matched(mine, theirs) for mine, theirs in zip(some, others, strict=True))
        assert partners >= 0.995 * sum(len(confident(boxes)) for boxes in some)


def test_workers_and_transports_do_not_change_a_byte(tmp_path: Path, short_clip: Path, reference_model: Path) -> None:
    """1, 2 and 4 workers, by shared memory and inline, write the same file."""
    files = {}
    for workers, transport in ((1, "shm"), (2, "shm"), (4, "shm"), (2, "inline")):
        folder = tmp_path / f"{workers}-{transport}"
        folder.mkdir()
        shell = Shell(folder)
        try:
            run_fleet(shell, short_clip, reference_model, workers, "--transport", transport)
            assert_conserved(shell, SHORT_FRAMES)
            assert shell.report()["transport"] == transport
            files[workers, transport] = shell.jsonl
        finally:
            shell.close()
    assert len(set(files.values())) == 1, {key: len(text) for key, text in files.items()}


def test_killing_workers_during_real_inference_changes_nothing(
    shell: Shell, short_clip: Path, reference_model: Path
) -> None:
    """A worker is killed in the middle and another takes its place: all frames ok, re-dispatches counted."""
    shell.collector()
    shell.producer(str(short_clip), "--model", str(reference_model), "--precision", "f32", "--labels", "person")
    first = shell.worker("first")
    shell.worker("second")
    until(lambda: shell.written() >= 30)
    first.kill()
    shell.worker("third")
    collector, producer = shell.roles[:2]
    assert (producer.ends(), collector.ends()) == (0, 0)
    assert_conserved(shell, SHORT_FRAMES)
    assert sent_to_another(shell.report()) >= 1
