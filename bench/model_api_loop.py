"""The loop of Open Model Zoo's object_detection_demo, with the library that it became: what others reach on a clip.

    python -m venv model-api && model-api/bin/pip install openvino-model-api opencv-python-headless
    model-api/bin/python bench/model_api_loop.py clip.mp4 person-detection-0202.xml

It reads a frame, hands it to the library's AsyncPipeline, takes what is ready in its order, and draws it, as the demo
does; nothing is shown. The first frames are left out: they load the model.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import cv2
from model_api.adapters import OpenvinoAdapter, create_core  # type: ignore[import-not-found]
from model_api.models import SSD  # type: ignore[import-not-found]
from model_api.pipelines import AsyncPipeline  # type: ignore[import-not-found]

WARM_UP_FRAMES = 30


def main() -> None:
    """Measure, and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("clip")
    parser.add_argument("model")
    parser.add_argument("--threshold", type=float, default=0.5)
    options = parser.parse_args()
    adapter = OpenvinoAdapter(create_core(), options.model, plugin_config={"PERFORMANCE_HINT": "THROUGHPUT"})
    model = SSD(adapter, configuration={"confidence_threshold": options.threshold})
    clip = cv2.VideoCapture(options.clip)  # noqa: TID251 - as the demo reads
    print(json.dumps(measured(AsyncPipeline(model), clip)))


def measured(pipeline: Any, clip: Any) -> dict[str, float]:  # noqa: ANN401 - the libraries ship no types
    """Frames a second and CPU ms a frame of the whole clip but its first frames."""
    shown, submitted, detections, is_over = 0, 0, 0, False
    began = began_cpu = 0.0
    while shown < submitted or not is_over:
        done = pipeline.get_result(shown)
        if done is not None:
            detections += draw(done[1]["frame"], done[0])
            shown += 1
            if shown == WARM_UP_FRAMES:
                began, began_cpu = time.perf_counter(), time.process_time()
        elif is_over:
            pipeline.await_all()
        elif pipeline.is_ready():
            read, frame = clip.read()
            is_over = not read
            if read:
                pipeline.submit_data(frame, submitted, {"frame": frame})
                submitted += 1
        else:
            pipeline.await_any()
    frames = shown - WARM_UP_FRAMES
    return {
        "frames": frames,
        "detections": detections,
        "fps": round(frames / (time.perf_counter() - began), 2),
        "cpu_ms": round(1000 * (time.process_time() - began_cpu) / frames, 2),
    }


def draw(frame: Any, found: Any) -> int:  # noqa: ANN401 - as above
    """Draw a frame's detections into it, and say how many they are."""
    for (left, top, right, bottom), score in zip(found.bboxes, found.scores, strict=True):
        cv2.rectangle(frame, (int(left), int(top)), (int(right), int(bottom)), (0, 255, 0), 2)
        place = (int(left), int(top) - 7)
        cv2.putText(frame, f"{score:.1%}", place, cv2.FONT_HERSHEY_COMPLEX, 0.6, (0, 255, 0), 1)
    return len(found.scores)


if __name__ == "__main__":
    main()
