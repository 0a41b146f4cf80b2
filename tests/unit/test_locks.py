"""What is locked is all that pyproject.toml asks for, each file by its digest, from wherever it comes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[2]
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())
PIN = re.compile(r"([a-z0-9.-]+)==([^ ]+?)(?: ; [^\\]+)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
ASKED: Final = {"user": [], "dev": ["dev", "notebook"], "supply": ["supply"], "fuzz": ["fuzz"]}


def pins(name: str) -> dict[str, str]:
    """The versions in a lock file, which holds nothing but them, their digests and one option."""
    comment, option, rest = (ROOT / "locks" / f"{name}.txt").read_text().split("\n", 2)
    assert comment.startswith("# "), comment
    assert option == "--only-binary :all:", "nothing is built at install: that would run code and fetch what builds it"
    assert PIN.sub("", rest).strip() == "", "a line that is no version with digests"
    return {found[1]: found[2] for found in PIN.finditer(rest)}


def group(name: str) -> list[str]:
    """What a dependency group asks for, with the groups that it includes."""
    asked: list[str] = []
    for one in PROJECT["dependency-groups"][name]:
        asked += [one] if isinstance(one, str) else group(one["include-group"])
    return asked


@pytest.mark.parametrize("name", ASKED)
def test_everything_that_is_asked_for_is_locked(name: str) -> None:
    """At a version that is admitted."""
    asked = [] if name in {"supply", "fuzz"} else list(PROJECT["project"]["dependencies"])
    asked += PROJECT["build-system"]["requires"] if name == "dev" else []
    for line in [*asked, *(one for each in ASKED[name] for one in group(each))]:
        wanted = Requirement(line)
        assert pins(name).get(canonicalize_name(wanted.name), "none") in wanted.specifier, line


def test_users_run_what_was_tested() -> None:
    """The versions of `make test` are those of a user's install."""
    assert pins("user").items() <= pins("dev").items()
