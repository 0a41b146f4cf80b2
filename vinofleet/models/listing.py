"""The command `vinofleet models list`: a table for people, JSON for scripts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import click

from common.families import DECODERS
from common.zoo.manifest import Entry
from common.zoo.names import open_zoo
from common.zoo.steps import megabytes, public
from common.zoo.store import ZooStore
from vinofleet.models.columns import terminal_columns

HEAD: Final = ("NAME", "FINDS", "INPUT", "OUTPUT", "SIZE", "AP", "GFLOPS", "HERE")
_RIGHT: Final = frozenset({"SIZE", "AP", "GFLOPS"})
_UNKNOWN: Final = "-"
_GAP: Final = "  "
_EXPENDABLE: Final = ("OUTPUT", "GFLOPS", "FINDS", "INPUT", "AP", "SIZE")
"""Columns that a narrow terminal does without, in this order."""


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--json", "as_json", is_flag=True, help="One JSON array instead of a table.")
def command(*, as_json: bool) -> None:
    """List the models that have names.

    SIZE is that of FP16, AP the publisher's figure, HERE in which precisions it is on this machine, whole and right.
    A narrow terminal gets fewer columns.
    """
    zoo = open_zoo()
    entries = tuple(zoo.manifest.entries.values())
    if as_json:
        click.echo(json.dumps([_facts(entry, zoo.store) for entry in entries], indent=2))
        return
    measures = list(dict.fromkeys(entry.ap_of for entry in entries if entry.ap is not None))
    rows = _fitting([HEAD, *(_row(entry, zoo.store, measures) for entry in entries)], terminal_columns())
    shown = measures if "AP" in rows[0] else []
    click.echo("\n".join([*_table(rows), "", *_notes(entries, shown), f"from {public(zoo.base)}"]))


def _row(entry: Entry, store: ZooStore, measures: Sequence[str]) -> tuple[str, ...]:
    here = [each for each in entry.precisions if store.has(entry, each)]
    nbytes = store.nbytes(entry, entry.precision)
    return (
        entry.name,
        entry.task,
        f"{entry.width}x{entry.height}",
        entry.family,
        megabytes(nbytes) if nbytes else _UNKNOWN,
        _UNKNOWN if entry.ap is None else f"{entry.ap:g} [{measures.index(entry.ap_of) + 1}]",
        _UNKNOWN if entry.gflops is None else f"{entry.gflops:g}",
        ("installed" if entry.embedded else ", ".join(here)) if here else "no",
    )


def _fitting(rows: Sequence[Sequence[str]], width: int | None) -> list[Sequence[str]]:
    """Leave out columns, the least needed first, until lines fit; what a model is called and where it is stays."""
    columns = {column[0]: column for column in zip(*rows, strict=True)}
    for head in _EXPENDABLE:
        if width is None or sum(max(map(len, column)) + len(_GAP) for column in columns.values()) - len(_GAP) <= width:
            break
        del columns[head]
    return list(zip(*columns.values(), strict=True))


def _table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = zip(rows[0], row, widths, strict=True)
        yield _GAP.join(
            f"{text:>{width}}" if head in _RIGHT else f"{text:<{width}}" for head, text, width in cells
        ).rstrip()


def _notes(entries: Sequence[Entry], measures: Sequence[str]) -> Iterable[str]:
    """Say what the table cannot: which figures compare, and which models cannot be run."""
    yield from (f"AP [{number}]: {measure}" for number, measure in enumerate(measures, 1))
    for family in dict.fromkeys(entry.family for entry in entries if entry.family not in DECODERS):
        names = ", ".join(entry.name for entry in entries if entry.family == family)
        yield f"{family}: an output that vinofleet cannot read yet ({names})"


def _facts(entry: Entry, store: ZooStore) -> dict[str, Any]:
    return {
        "name": entry.name,
        "embedded": entry.embedded,
        "finds": entry.task,
        "family": entry.family,
        "runs": entry.family in DECODERS,
        "input": {"width": entry.width, "height": entry.height, "color": entry.color},
        "labels": list(entry.labels),
        "label_base": entry.label_base,
        "ap": entry.ap,
        "ap_of": entry.ap_of,
        "gflops": entry.gflops,
        "licence": entry.licence,
        "source": entry.source,
        "precisions": {
            precision: {
                "bytes": store.nbytes(entry, precision),
                "here": store.has(entry, precision),
                "path": str(store.graph(entry, precision)),
            }
            for precision in entry.precisions
        },
    }
