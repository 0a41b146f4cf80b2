"""The command `vinofleet producer`: its options, each declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from common import completing, limits
from common.console import speaking
from common.job import PRECISIONS
from common.params import Seconds, address_file_option, goal_option, insecure_option, parent_option
from producer.params import Moment, Rate, Rectangle
from producer.source import TIMEOUT_DEFAULT_S

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet producer clip.mp4 --model person-detection-0202
  vinofleet producer a.mp4 b.mp4 --model m.xml --bind tcp://0.0.0.0:5555 \\
      --insecure --advertise tcp://10.0.0.5:5556
  vinofleet producer 'synthetic://counter?frames=1000' --model scripted://
  vinofleet producer clip.mp4 --model m.xml --live --policy freshest
  vinofleet producer rtsp://10.0.0.7/door 0 --model m.xml --policy freshest
  vinofleet producer shots/ --model m.xml --fps 2 --roi 0,200,1280,520

\b
Each frame ends exactly once at the collector: ok, failed or dropped.
Ctrl-C stops decoding, waits up to 1.5 s for what is under way and reports
the rest as dropped; a second Ctrl-C leaves at once.
"""

QUALITY_DEFAULT: Final = 90
MODEL_HELP: Final = "A file (.xml, .onnx, .tflite or .pb), a name of `vinofleet models list`, or scripted://."
_SAID: Final = "[default: what is known of the model, else {}]"


@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", nargs=-1, required=True, shell_complete=completing.files)
@click.option("--model", required=True, shell_complete=completing.models, help=MODEL_HELP)
@click.option("--bind", default="tcp://127.0.0.1:5555", show_default=True, help="Where workers connect; port * is any.")
@click.option("--collector", default="tcp://127.0.0.1:5556", show_default=True, help="Where the collector listens.")
@click.option("--advertise", help="The collector's address to tell workers, where they need another one.")
@click.option("--stream", multiple=True, help="Name of a stream; once for each source. [default: the file's stem]")
@click.option(
    "--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True, help="The least score of a detection."
)
@click.option(
    "--labels",
    shell_complete=completing.files,
    help=f"Names of the classes: a file with one a line, or a,b,c. {_SAID.format('their numbers')}",
)
@click.option("--label-base", type=int, help=f"The model's number for the first class. {_SAID.format('0')}")
@click.option("--precision", type=click.Choice(PRECISIONS), default="default", show_default=True)
@click.option(
    "--wire",
    type=click.Choice(["i420", "bgr", "jpeg", "auto"]),
    help="What workers on other machines get. jpeg is small and not exact; auto tries for each worker whether jpeg is "
    "faster than all pixels. [default: i420, or bgr where a side of the model's input is odd]",
)
@click.option(
    "--jpeg-quality", type=click.IntRange(1, 100), default=QUALITY_DEFAULT, show_default=True, help="Of --wire jpeg."
)
@click.option("--color", type=click.Choice(["BGR", "RGB"]), help=f"The model's channel order. {_SAID.format('BGR')}")
@goal_option
@click.option(
    "--window",
    type=click.IntRange(2, limits.WINDOW_MAX_FRAMES),
    help=f"Frames in flight over all sources. [default: {limits.WINDOW_DEFAULT_FRAMES}, less if they are large; with "
    "--goal latency one a source]",
)
@click.option(
    "--transport",
    type=click.Choice(["auto", "shm", "inline"]),
    default="auto",
    show_default=True,
    help="auto: shared memory for workers on this machine; shm: fail if it cannot be offered; inline: never offer it.",
)
@click.option("--live", is_flag=True, help="Play sources at their own rate, as a camera would, whoever has time.")
@click.option(
    "--policy",
    default="lossless",
    show_default=True,
    metavar="[lossless|freshest|max-age=SECONDS]",
    shell_complete=completing.policies,
    help="With --live: which frames that wait for a worker are dropped, and counted; freshest keeps the newest.",
)
@click.option(
    "--patience",
    type=click.IntRange(0, limits.PATIENCE_MAX_MS),
    metavar="MS",
    help="News of frames may wait so long for others, to save CPU time. [default: 60, 0 if live or for latency]",
)
@click.option(
    "--open-timeout",
    type=Seconds(),
    default=TIMEOUT_DEFAULT_S,
    show_default=True,
    help="Seconds in which a camera or an address of the network must give its first picture.",
)
@click.option(
    "--read-timeout",
    type=Seconds(),
    default=TIMEOUT_DEFAULT_S,
    show_default=True,
    help="Seconds without a picture after which such a source is opened anew, as often as it takes.",
)
@click.option(
    "--roi",
    type=Rectangle(),
    help="Only this part of each frame, in pixels of the source; boxes count from its corner.",
)
@click.option("--flip", type=click.Choice(["horizontal", "vertical", "both"]), help="Mirror each frame, after --roi.")
@click.option("--start", type=Moment(), default=0.0, help="Begin so long after the first frame: seconds or [H:]MM:SS.")
@click.option("--end", type=Moment(), help="Stop so long after the first frame. [default: at the end]")
@click.option("--skip-first-frames", type=click.IntRange(0), default=0, help="Leave out so many frames at first.")
@click.option(
    "--every", type=click.IntRange(1), default=1, metavar="K", help="Only each K-th frame; the others are left out."
)
@click.option(
    "--fps",
    type=Rate(),
    help="No more frames a second: files wait, --live leaves frames out. Of images also their rate, by default 25.",
)
@click.option("--loop", is_flag=True, help="At its end begin a source again; ends with --frames or Ctrl-C.")
@click.option("--frames", type=click.IntRange(1), help="Capture no more frames than so many of each source.")
@click.option("--resume", is_flag=True, help="Continue streams that an earlier producer left unfinished.")
@click.option(
    "--timeout",
    type=Seconds(),
    help="Seconds to do without a collector or any worker (one that loads counts). [default: for ever]",
)
@insecure_option
@address_file_option
@parent_option
def command(parent: int | None, **options: Any) -> Exit:  # noqa: ANN401 - click's values, checked by click
    """Decode sources and hand their frames to workers.

    SOURCE is a video file, an image, a folder of images, a quoted 'pattern*.jpg', rtsp://, http:// or https://, a
    camera's number or /dev/video*, - for a video that comes through stdin, raw://FILE?size=WxH&format=F&fps=R, or
    synthetic://. The model is sent to workers that do not have it.
    """
    from producer.app import run_producer  # noqa: PLC0415 - --help needs none of it
    from producer.options import ProducerOptions  # noqa: PLC0415

    with speaking("producer", parent, leads=True) as speak:
        return run_producer(ProducerOptions(**options), speak)
