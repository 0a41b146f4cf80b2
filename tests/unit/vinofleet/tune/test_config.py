"""What is written is what `run --config` reads."""

from __future__ import annotations

import tomllib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from vinofleet.run.cli import command
from vinofleet.tune.config import config_text

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(comment=TEXT, model=TEXT, source=TEXT)
def test_every_text_comes_back(comment: str, model: str, source: str) -> None:
    """Whatever it holds; comments stay comments."""
    text = config_text([comment], {"model": model, "pin": False, "label_base": 1, "threshold": 0.5}, source)
    document = {"model": model, "pin": False, "label-base": 1, "threshold": 0.5, "source": [{"uri": source}]}
    assert tomllib.loads(text) == document


def test_run_takes_it(tmp_path: Path) -> None:
    """With what was tuned, and the source; the command line still wins."""
    path = tmp_path / "fleet.toml"
    path.write_text(config_text(["found"], {"model": "m.xml", "workers": 2, "hint": "latency", "pin": False}, "a.mp4"))
    context = command.make_context("run", ["--config", str(path), "--workers", "1"])
    given_ = context.params
    assert (given_["source"], given_["workers"], given_["hint"], given_["pin"]) == (("a.mp4",), 1, "latency", False)
