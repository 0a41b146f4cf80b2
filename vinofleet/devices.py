"""`vinofleet devices`: what this machine can infer on. OpenVINO is imported when the command runs, not before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

import click

from vinofleet.status.table import table
from worker.devices import MODEL, DeviceFacts, list_devices

UNKNOWN: Final = "-"

ONLY_CPU: Final = "Only the CPU is here: a GPU or NPU needs its driver, and rights on /dev/dri or /dev/accel."


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(*, as_json: bool) -> None:
    """List the inference devices of this machine.

    A name in the first column is what --device takes. Each device is tried with the embedded model, as a worker would:
    streams, requests and precision are what it then says. AUTO, MULTI and HETERO choose among devices.
    """
    devices = list_devices()
    if as_json:
        click.echo(json.dumps([asdict(device) for device in devices], indent=2))
    else:
        click.echo("\n".join(_text(devices)))


def _text(devices: Sequence[DeviceFacts]) -> list[str]:
    if not devices:
        return ["OpenVINO finds no device here."]
    rows = [
        (
            device.name,
            device.hint or UNKNOWN,
            device.precision or UNKNOWN,
            device.streams or UNKNOWN,
            device.requests or UNKNOWN,
            ", ".join(device.runs_on) or UNKNOWN,
        )
        for device in devices
    ]
    own = [device for device in devices if device.full_name]
    return [
        *table(("device", "hint", "precision", "streams", "requests", "infers on"), rows, 0),
        "",
        *(f"{device.name}: {device.full_name}; can {', '.join(device.capabilities)}" for device in own),
        *(f"{device.name}: not tried to the end, {device.problem}" for device in devices if device.problem),
        f"Hint, precision, streams and requests: as a worker uses it, tried with {MODEL}.",
        *([ONLY_CPU] if [device.name for device in own] == ["CPU"] else []),
    ]
