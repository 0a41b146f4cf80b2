"""`vinofleet devices`: what this machine can infer on. OpenVINO is imported when the command runs, not before."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from worker.devices import DeviceFacts, list_devices


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(*, as_json: bool) -> None:
    """List the inference devices of this machine.

    A name in the first column is what `vinofleet worker --device` takes.
    """
    devices = list_devices()
    if as_json:
        click.echo(json.dumps([asdict(device) for device in devices], indent=2))
        return
    for device in devices:
        click.echo(_line(device))


def _line(device: DeviceFacts) -> str:
    precision = device.precision or "not told"
    return f"{device.name}  {device.full_name}  (precision {precision}; can {', '.join(device.capabilities)})"
