"""`vinofleet models path`."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from common.errors import ModelError
from common.zoo.names import obtain
from tests.unit.common.zoo.small import NAMED, SmallZoo
from vinofleet.models.path import command


def test_it_prints_the_path_of_what_is_here(small: SmallZoo) -> None:
    """And nothing else, for a script."""
    obtain(NAMED, lambda _: None)
    assert CliRunner().invoke(command, [NAMED]).output == f"{small.root / NAMED}/FP16/{NAMED}.xml\n"


@pytest.mark.usefixtures("small")
def test_what_is_not_here_is_an_error() -> None:
    """It fetches nothing."""
    with pytest.raises(ModelError, match="fetch it: vinofleet models fetch"):
        CliRunner().invoke(command, [NAMED], catch_exceptions=False)
