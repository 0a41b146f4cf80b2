"""`vinofleet models list`."""

from __future__ import annotations

import io
import itertools
import json

import pytest
from click.testing import CliRunner

from common.zoo.names import obtain
from tests.unit.common.zoo.small import NAMED, SmallZoo
from vinofleet.models.listing import HEAD, command


def lines() -> list[str]:
    """What it prints."""
    result = CliRunner().invoke(command, [], catch_exceptions=False)
    assert result.exit_code == 0
    return result.output.splitlines()


def test_the_table_has_a_line_a_model(small: SmallZoo) -> None:
    """In columns: what it finds, its input, its size, its publisher's figures, and whether it is here."""
    head, *rows = lines()
    assert head.split() == ["NAME", "FINDS", "INPUT", "OUTPUT", "SIZE", "AP", "GFLOPS", "HERE"]
    assert [row.split()[0] for row in rows[:10]] == list(small.zoo.manifest.entries)
    row = next(row for row in rows if row.startswith(NAMED))
    assert row.split() == [NAMED, "people", "512x512", "ssd", "0.2", "MB", "0.322", "[1]", "3.143", "no"]
    assert row.index("512x512") == head.index("INPUT")
    obtain(NAMED, lambda _: None)
    obtain(f"{NAMED}/FP32", lambda _: None)
    assert next(row for row in lines() if row.startswith(NAMED)).endswith(" FP32, FP16")


def test_a_model_that_was_damaged_is_not_here(small: SmallZoo) -> None:
    """Though its files are."""
    path = obtain(NAMED, lambda _: None).path
    path.write_bytes(bytes(path.stat().st_size))
    assert next(row for row in lines() if row.startswith(NAMED)).endswith(" no")
    assert len(small.files()) == 2


def test_what_the_table_cannot_say_is_below_it(small: SmallZoo) -> None:
    """Figures of other measures do not compare; one model cannot be run."""
    text = "\n".join(lines())
    assert "AP [1]: IoU 0.50:0.95, the publisher's own test set\nAP [2]: PASCAL VOC" in text
    assert "boxes-labels: an output that vinofleet cannot read yet (person-detection-0203)" in text
    assert text.endswith(f"from {small.mirror.base}")


def test_json_says_all_that_is_known(small: SmallZoo) -> None:
    """With the path of each precision, whether it is here or not."""
    obtain(NAMED, lambda _: None)
    found = {each["name"]: each for each in json.loads(CliRunner().invoke(command, ["--json"]).output)}
    assert list(found) == list(small.zoo.manifest.entries)
    one = found[NAMED]
    assert one["runs"] is True
    assert one["labels"] == ["person"]
    assert one["input"] == {"width": 512, "height": 512, "color": "BGR"}
    path = str(small.root / NAMED / f"FP16/{NAMED}.xml")
    assert one["precisions"]["FP16"] == {"bytes": 203_000, "here": True, "path": path}
    assert one["precisions"]["FP32"]["here"] is False
    assert found["person-detection-0203"]["runs"] is False
    assert found["vinofleet-person"]["ap"] is None


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> list[str]:
    """What is printed on a terminal of that many columns."""
    out = io.StringIO()
    monkeypatch.setattr(out, "isatty", lambda: True)
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setenv("COLUMNS", str(columns))
    command.main([], standalone_mode=False)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("columns", [200, 80, 60, 1])
def test_the_table_fits_a_terminal(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Down to what a model is called and where it is, which no terminal is too narrow for."""
    printed = on_terminal(monkeypatch, columns)
    table = list(itertools.takewhile(bool, printed))
    heads = tuple(table[0].split())
    assert (heads[0], heads[-1]) == ("NAME", "HERE")
    assert max(map(len, table)) <= columns or heads == ("NAME", "HERE")
    assert (heads == HEAD) is (columns == 200)
    assert any(line.startswith("AP [1]: ") for line in printed) is ("AP" in heads)
