"""The AsyncInferQueue loop of OpenVINO's notebook "Asynchronous Inference with OpenVINO", without its display.

What the notebook does for each frame is done here: `cv2.VideoCapture.read`, resize, BGR to RGB, transpose, float32,
`start_async` on a queue of two requests of a model compiled with defaults, boxes scaled to the frame in the callback.
Left out: drawing, encoding and showing, which the fleet does not do here either. Mended: each frame is counted once.

Run by `notebook_vs_fleet.py` as a process of its own, so that its whole CPU time can be measured.
"""

from __future__ import annotations

import argparse
import json
import time

import cv2
import numpy as np
import openvino as ov


def main() -> None:
    """Run the loop over a clip and print what was done as one JSON object."""
    options = argparse.ArgumentParser()
    options.add_argument("clip")
    options.add_argument("model")
    options.add_argument("--hint", choices=("default", "throughput"), default="default")
    options.add_argument("--precision", default="default")
    asked = options.parse_args()
    print(json.dumps(run(asked.clip, asked.model, asked.hint, asked.precision)))


def run(clip: str, model: str, hint: str, precision: str) -> dict[str, float]:
    """Infer every frame of the clip; return frames, boxes and the seconds of the loop without its start-up."""
    core = ov.Core()
    config = {} if hint == "default" else {"PERFORMANCE_HINT": hint.upper()}
    if precision != "default":
        config["INFERENCE_PRECISION_HINT"] = precision
    compiled = core.compile_model(core.read_model(model), "CPU", config)
    height, width = list(compiled.input(0).shape)[2:]
    counts = {"frames": 0, "boxes": 0}

    def callback(request: ov.InferRequest, frame: np.ndarray) -> None:
        rows = request.get_output_tensor(0).data[0][0]
        counts["frames"] += 1
        counts["boxes"] += len(boxes(rows, frame))

    queue = ov.AsyncInferQueue(compiled, 2 if hint == "default" else 0)
    queue.set_callback(callback)
    capture = cv2.VideoCapture(clip)  # noqa: TID251 - it is what the notebook does
    started = time.perf_counter()
    while True:
        read, frame = capture.read()
        if not read:
            break
        queue.start_async({0: prepare(frame, width, height)}, frame)
    queue.wait_all()
    return {**counts, "loop_s": time.perf_counter() - started}


def prepare(frame: np.ndarray, width: int, height: int) -> np.ndarray:
    """Return the notebook's input: float32 [1, 3, H, W]."""
    resized = cv2.cvtColor(cv2.resize(frame, (width, height)), cv2.COLOR_BGR2RGB)
    return np.expand_dims(resized.transpose((2, 0, 1)), axis=0).astype(np.float32)


def boxes(rows: np.ndarray, frame: np.ndarray) -> list[tuple[int, int, int, int]]:
    """Return the boxes above 0.5 in pixels of the frame, as the notebook's postprocess does."""
    height, width = frame.shape[:2]
    corners = ((row[3] * width, row[4] * height, row[5] * width, row[6] * height) for row in rows if row[2] > 0.5)
    return [(int(left), int(top), int(right), int(bottom)) for left, top, right, bottom in corners]


if __name__ == "__main__":
    main()
