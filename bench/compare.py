"""`vinofleet compare` on a 1080p clip with person-detection-0202: one process as in the notebook, and the fleet.

    VINOFLEET_ASSETS=FOLDER python bench/compare.py [options of vinofleet compare]

Makes the clip (once, kept in the user's cache) of the first 400 frames of vtest.avi. Compare ratios: a machine's speed
drifts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT)]

from bench.clips import upscaled  # noqa: E402 - the repository's root has to be found first

FRAMES: Final = 400


def main() -> None:
    """Compare, with this checkout."""
    folder = os.environ.get("VINOFLEET_ASSETS")
    if not folder:
        sys.exit("set VINOFLEET_ASSETS to the folder with videos/vtest.avi and the model")
    assets = Path(folder).resolve()
    model = assets / "models/person-detection-0202/person-detection-0202.xml"
    clip = upscaled(assets / "videos/vtest.avi", FRAMES)
    command = [sys.executable, "-m", "vinofleet", "compare", str(clip), "--model", str(model), "--labels", "person"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    sys.exit(subprocess.run([*command, f"--frames={FRAMES}", *sys.argv[1:]], env=environment, check=False).returncode)


if __name__ == "__main__":
    main()
