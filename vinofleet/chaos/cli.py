"""The command `vinofleet chaos`: its options, each declared once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from common.interrupt import raise_again
from vinofleet.chaos.values import FAULTS, Duration, Pair, Process, Share, Words

if TYPE_CHECKING:
    from common.exits import Exit

EPILOG: Final = """\b
Examples:
  vinofleet chaos -- run clip.mp4 --model vinofleet-person --workers 3 \\
      --json out.jsonl --output out.mp4 --report r.json
  vinofleet chaos --seed 7 --faults kill,kill,freeze --every 500ms \\
      --roles worker,collector --reference undisturbed.jsonl -- run ...
  vinofleet chaos --attach 4711 --for 30s
  vinofleet chaos --process w1=4711 --process collector=4712 \\
      --faults freeze,restart --json out.jsonl
  vinofleet chaos --faults stall,reset --attach 4711 \\
      --proxy tcp://10.0.0.5:7555=tcp://127.0.0.1:5555
      (with workers that --connect tcp://10.0.0.5:7555)

\b
Faults of processes, by --roles:
  kill     SIGKILL; who supervises starts another one
  freeze   SIGSTOP, later SIGCONT
  drain    SIGTERM to a worker: it finishes what it has
  restart  SIGKILL, later started again (--process only)
Of a --proxy:
  delay    bytes take longer, both ways
  stall    nothing passes, both ways or one, and nobody is told
  reset    connections are reset
  cut      connections are reset, new ones too
Of a --device, as root, with nftables and iproute2:
  lose     packets are dropped by chance
  down     the link is down
Of a file system, of --fill FOLDER:
  fill     there is no room left

\b
What lasts is undone: after its time, at Ctrl-C, on any failure.
"""


def _context() -> dict[str, Any]:
    return {"help_option_names": ["-h", "--help"], "allow_interspersed_args": False}


@click.command(epilog=EPILOG, context_settings=_context())
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[-- run ...]")
@click.option("--seed", type=click.IntRange(0), help="The same seed, the same schedule; by default a new one.")
@click.option(
    "--faults", type=Words(FAULTS), default="kill,freeze,drain", show_default=True,
    help="What may happen; a fault that is named twice comes twice as often.",
)  # fmt: skip
@click.option(
    "--roles", type=Words(("worker", "producer", "collector")), default="worker", show_default=True,
    help="Whose processes are harmed; one that is named twice comes twice as often.",
)  # fmt: skip
@click.option("--every", type=Duration(), default="1s", show_default=True, help="Mean time between two acts.")
@click.option("--for", "for_s", type=Duration(), default="60s", show_default=True, help="How long there are acts.")
@click.option("--last", type=Duration(), default="2s", show_default=True, help="Mean time until an act is undone.")
@click.option("--attach", type=click.IntRange(2), metavar="PID", help="Harm a running `vinofleet run`.")
@click.option(
    "--process", type=Process(), multiple=True, metavar="NAME=PID",
    help="Harm a role that was started by hand; may be repeated.",
)  # fmt: skip
@click.option(
    "--proxy", type=Pair(), multiple=True, metavar="LISTEN=TARGET",
    help="Pass TCP connections on, and harm them; may be repeated.",
)  # fmt: skip
@click.option("--delay", type=Duration(), default="100ms", show_default=True, help="What `delay` adds, each way.")
@click.option("--device", multiple=True, help="A network device that may be harmed; may be repeated.")
@click.option("--loss", type=Share(), default="2%", show_default=True, help="Packets that `lose` drops.")
@click.option(
    "--fill", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
    help="Whose file system `fill` may fill: a small one of its own.",
)  # fmt: skip
@click.option("--fill-any", is_flag=True, help="Fill it though it is large, or the system's own.")
@click.option("--leave", type=click.IntRange(0), default=0, show_default=True, help="Bytes that `fill` leaves.")
@click.option(
    "--json", type=click.Path(dir_okay=False, path_type=Path),
    help="Rows to check; those of `run` are known.",
)  # fmt: skip
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A video to check; as --json.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="A JSON report to check; as --json.")
@click.option(
    "--reference", type=click.Path(dir_okay=False, path_type=Path),
    help="Rows of an undisturbed run: they are to be the same.",
)  # fmt: skip
@click.option("--max-stall", type=Duration(), help="Fail if outputs stand still for longer.")
@click.option("--log", type=click.Path(dir_okay=False, path_type=Path), help="Write each act as a line of JSON.")
def command(**options: Any) -> Exit:  # noqa: ANN401 - click's values
    """Harm a fleet on purpose, undo it, and check every frame.

    Starts the fleet that is named after --, or takes one that runs; does to its processes, links and disks what
    --faults says, at times and in an order that follow from --seed; waits for its end, and checks the outputs.
    """
    from vinofleet.chaos.app import ChaosOptions, run_chaos  # noqa: PLC0415 - --help needs none of it

    raise_again()  # everything is imported
    return run_chaos(ChaosOptions(**options))
