"""The command `vinofleet run`: its own options, and those that it takes from the roles."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.core import ParameterSource

from common import completing
from common.interrupt import raise_again
from vinofleet.run.options import role_option

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet run clip.mp4 --model person-detection-0202 --json out.jsonl
  vinofleet run a.mp4 b.mp4 --model m.xml --json 'out-{stream}.jsonl' --report report.json
  vinofleet run 'synthetic://counter?frames=1000' --model scripted:// --workers 2
  vinofleet run clip.mp4 --model vinofleet-person --show
  vinofleet run clip.mp4 --model m.xml --bind tcp://10.0.0.5:5555 --insecure
      (then, on another machine: vinofleet worker --connect tcp://10.0.0.5:5555)

\b
fleet.toml for --config; keys are options without their dashes:
  model = "person-detection-0202"
  json = "out-{stream}.jsonl"
  [[source]]
  uri = "clip.mp4"
  name = "door"

\b
Ctrl-C (or closing the window of --show) stops decoding, finishes what is under way for up to 1.5 s, leaves
nothing running; a second Ctrl-C ends everything at once.
"""

ORDER: Final = (
    "source",
    "model",
    "labels",
    "label_base",
    "threshold",
    "precision",
    "color",
    "json",
    "output",
    "show",
    "serve",
    "anonymize",
    "report",
    "score",
    "force",
    "resume",
    "workers",
    "device",
    "hint",
    "streams",
    "nireq",
    "threads",
    "pin",
    "cache_dir",
    "stream",
    "live",
    "policy",
    "open_timeout",
    "read_timeout",
    "roi",
    "flip",
    "start",
    "end",
    "skip_first_frames",
    "every",
    "fps",
    "loop",
    "frames",
    "goal",
    "patience",
    "window",
    "transport",
    "wire",
    "jpeg_quality",
    "timeout",
    "bind",
    "crash_on",
    "insecure",
    "config",
    "tap",
    "tap_pictures",
)
"""Parameters as the help shows them; those that are not declared below are the roles'."""


def _with_role_options(command: click.Command) -> click.Command:
    own = {param.name: param for param in command.params}
    command.params = [own.get(name) or role_option(name) for name in ORDER]
    return command


def _take_config(context: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
    """Let a file say what is not on the command line."""
    if value is None:
        return None
    from vinofleet.run.config import read_config  # noqa: PLC0415 - --help needs no TOML

    own = [param for param in context.command.params if isinstance(param, click.Option)]
    known = [param for param in own if not (param.is_eager or param.hidden)]
    options = {param.opts[0].lstrip("-"): param for param in known}
    context.default_map = read_config(value, options)
    return value


def _forget_names_of_others(context: click.Context, given: dict[str, Any]) -> None:
    """Take away the names that a file gives to sources of its own, which the command line has replaced."""
    if "source" in (context.default_map or {}):
        del given["stream"]


@_with_role_options
@click.command(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", nargs=-1, shell_complete=completing.files)
@click.option(
    "--config",
    is_eager=True,
    expose_value=False,
    callback=_take_config,
    type=click.Path(dir_okay=False, path_type=Path),
    help="Take options from this TOML file; the command line wins.",
)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Worker processes.")
@click.option("--bind", help="tcp://HOST:PORT for workers of other machines; results go to the port after it.")
@click.pass_context
def command(context: click.Context, /, source: tuple[str, ...], workers: int, bind: str | None, **options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Start a whole fleet on this machine, and see it to its end.

    SOURCE is a video file, an image, a folder of images, a quoted 'pattern*.jpg', rtsp://, http:// or https://, a
    camera's number or /dev/video*, - for a video that comes through stdin, raw://FILE?size=WxH&format=F&fps=R, or
    synthetic://. A fleet is a producer, workers and a collector. A worker that dies is replaced; nothing is left
    running, whatever happens.
    """
    from vinofleet.run.app import RunOptions, run_fleet  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    asked = {name for name in options if context.get_parameter_source(name) is not ParameterSource.DEFAULT}
    given = {name: options[name] for name in asked}
    origin = context.get_parameter_source
    if origin("source") is ParameterSource.COMMANDLINE and origin("stream") is ParameterSource.DEFAULT_MAP:
        _forget_names_of_others(context, given)
    return run_fleet(RunOptions(source=source, workers=workers, bind=bind, passed=given))
