"""`vinofleet models inspect`: what a model is, what vinofleet would do with it, and what is doubtful about that."""

from __future__ import annotations

import click

from common import completing


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model", metavar="PATH|NAME", shell_complete=completing.models)
@click.option("--json", "as_json", is_flag=True, help="One JSON object; `vinofleet schema inspect` prints its schema.")
def command(model: str, *, as_json: bool) -> None:
    """Say what a model is and what vinofleet would do with it.

    Takes an OpenVINO IR (.xml, its .bin beside it), ONNX, TensorFlow Lite, a frozen TensorFlow graph (.pb), the folder
    of a TensorFlow SavedModel, or the name of a model that is on this machine.
    """
    import json  # noqa: PLC0415 - --help needs none of these, and they take a fifth of a second

    from common.zoo.names import open_zoo, resolve  # noqa: PLC0415 - as above
    from vinofleet.models.account_text import account_text  # noqa: PLC0415 - as above
    from vinofleet.models.columns import terminal_columns  # noqa: PLC0415 - as above
    from vinofleet.models.examine import examine  # noqa: PLC0415 - as above

    zoo = open_zoo()
    account = examine(resolve(model, zoo), zoo.manifest)
    click.echo(json.dumps(account.document(), indent=2) if as_json else account_text(account, terminal_columns()))
