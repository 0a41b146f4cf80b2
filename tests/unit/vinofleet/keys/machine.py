"""Machines with key files, and what `vinofleet keys` says on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from common.keyfile import read_keyring
from common.keyring import Keyring
from vinofleet.keys.cli import command


@dataclass(frozen=True, slots=True)
class Machine:
    """One with a key file, or without."""

    path: Path

    def keys(self, *words: str) -> str:
        """What `vinofleet keys` prints to stdout; it raises what it would report."""
        return self._run(words).stdout

    def advice(self, *words: str) -> str:
        """What it prints to stderr."""
        return self._run(words).stderr

    def ring(self) -> Keyring:
        """What its file says."""
        return read_keyring(self.path)

    def _run(self, words: tuple[str, ...]) -> Result:
        result = CliRunner().invoke(command, words, env={"VINOFLEET_KEYS": str(self.path)})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result
