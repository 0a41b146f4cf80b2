"""How old a result is with `--goal latency`, against what preparing and inferring a frame take alone.

    python bench/latency.py CLIP --model M [--frames 150] [--repeats 3] [--rate 25] [--out FILE]

In turns, so that a machine's moods touch each alike:

- `alone`: one process decodes, and takes the time of each frame from there to its detections: resized as the producer
  does it, inferred by one request of the LATENCY hint. Nothing else runs.
- `fleet`: `vinofleet run --goal latency`; latency as its report states it, from the decoded frame to the
  acknowledgement that its row is written (percentiles to 3 %, upwards).

Both as a file, one frame after the other, and as a camera of so many frames a second (what waits for its time is not
counted). Prints a line of JSON for each, and the limit: 1.15 x alone + 1.5 ms, of the medians.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Final

FACTOR: Final = 1.15
MORE_MS: Final = 1.5
WARM: Final = 10
"""First frames that count nowhere alone: memory is touched the first time."""

KINDS: Final = ("file", "camera")


def alone(clip: str, model: str, frames: int, rate: float) -> list[float]:
    """Milliseconds from each decoded frame to its detections; at no rate (0) one after the other."""
    import numpy as np  # noqa: PLC0415 - so that the other process, which measures, stays small

    from common.job_builder import Wish, build_job  # noqa: PLC0415
    from common.model_choices import Asked  # noqa: PLC0415
    from common.zoo.names import obtain  # noqa: PLC0415
    from producer.sources import open_source  # noqa: PLC0415
    from worker.decoders import decoder_for  # noqa: PLC0415
    from worker.engine import EngineOptions  # noqa: PLC0415
    from worker.lean_openvino import ov  # noqa: PLC0415
    from worker.openvino_model import load_model, tensor_shape  # noqa: PLC0415

    found = obtain(model, lambda _: None)
    wish = Wish(threshold=0.5, asked=Asked(labels=None, label_base=None, color=None), precision="default", pixels=None)
    job, _ = build_job(str(found.path), found.entry, wish)
    request = load_model(job, found.path.parent, EngineOptions(hint="latency")).create_infer_request()
    decode = decoder_for(job.output.decoder)
    pixels = np.empty(job.input.nbytes, np.uint8)
    tensor = ov.Tensor(pixels.reshape(tensor_shape(job.input)), shared_memory=True)
    times, never, began = [], threading.Event(), time.perf_counter()
    for number, frame in enumerate(open_source(clip, "alone").frames()):
        if number == frames:
            break
        if rate:
            never.wait(max(0.0, began + number / rate - time.perf_counter()))
        start = time.perf_counter()
        frame.write_to(job.input, pixels)
        request.infer({0: tensor}, share_inputs=True)
        output = np.asarray(request.get_tensor(job.output.name).data)
        decode({job.output.name: output}, job.output, (frame.width, frame.height))
        times.append(1000 * (time.perf_counter() - start))
    return times[WARM:]


def alone_in_a_process(options: argparse.Namespace, rate: float) -> float:
    """The median of `alone`."""
    words = [options.clip, "--model", options.model, "--frames", str(options.frames), "--rate", str(rate), "--alone"]
    done = subprocess.run([sys.executable, __file__, *words], capture_output=True, text=True, check=True)
    times: list[float] = json.loads(done.stdout.splitlines()[-1])
    return statistics.median(times)


def fleet(options: argparse.Namespace, rate: float, more: list[str]) -> dict[str, Any]:
    """The report of a run."""
    with tempfile.TemporaryDirectory() as folder:
        out, report = Path(folder, "out.jsonl"), Path(folder, "report.json")
        words = ["run", options.clip, "--model", options.model, "--goal", "latency", "--frames", str(options.frames)]
        words += ["--live", "--fps", str(rate)] if rate else []
        words += ["--json", str(out), "--report", str(report), *more]
        subprocess.run([sys.executable, "-m", "vinofleet", *words], capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(report.read_text())
        return found


def main() -> None:
    """Measure what the command line asks for."""
    parser = argparse.ArgumentParser(description="How old a result is.")
    parser.add_argument("clip")
    parser.add_argument("--model", required=True)
    parser.add_argument("--frames", type=int, default=150)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rate", type=float, default=25.0, help="of the camera")
    parser.add_argument("--kinds", nargs="*", choices=KINDS, default=KINDS)
    parser.add_argument("--out", type=Path, help="also write the lines here")
    parser.add_argument("--alone", action="store_true", help="for this script itself")
    options, more = parser.parse_known_args()
    if options.alone:
        print(json.dumps(alone(options.clip, options.model, options.frames, options.rate)))
        return
    lines = []
    for kind in options.kinds:
        rate = options.rate if kind == "camera" else 0.0
        singles: list[float] = []
        reports: list[dict[str, Any]] = []
        for _ in range(options.repeats):
            singles.append(alone_in_a_process(options, rate))
            reports.append(fleet(options, rate, more))
        p50 = [report["latency_ms"]["p50"] for report in reports]
        limit = FACTOR * statistics.median(singles) + MORE_MS
        line = {
            "kind": kind,
            "alone_ms": [round(single, 2) for single in singles],
            "fleet_p50_ms": p50,
            "fleet_p95_ms": [report["latency_ms"]["p95"] for report in reports],
            "fleet_fps": [round(report["fps"], 1) for report in reports],
            "alone_median_ms": round(statistics.median(singles), 2),
            "fleet_median_ms": round(statistics.median(p50), 2),
            "limit_ms": round(limit, 2),
            "within": statistics.median(p50) <= limit,
        }
        lines.append(json.dumps(line))
        print(lines[-1], flush=True)
    if options.out is not None:
        options.out.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
