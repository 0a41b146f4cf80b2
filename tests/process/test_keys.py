"""`vinofleet keys` as processes: what a script meets, and two that change a file at once."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from common.exits import Exit
from common.key_pair import new_pair
from common.keyfile import read_keyring
from common.keyring import key_text
from tests.process.roles import ROOT, Shell

pytestmark = pytest.mark.process


@dataclass(frozen=True, slots=True)
class User:
    """Somebody with a shell and a folder of settings."""

    settings: Path

    @property
    def environment(self) -> dict[str, str]:
        """Where the key file is."""
        return {"XDG_CONFIG_HOME": str(self.settings)}

    @property
    def file(self) -> Path:
        """The key file."""
        return self.settings / "vinofleet" / "keys.json"

    def types(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of `vinofleet keys ...`."""
        done = subprocess.run(
            [sys.executable, "-m", "vinofleet", "keys", *words],
            cwd=ROOT, env={**os.environ, **self.environment}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    def makes(self, *words: str) -> str:
        """The key that a command prints."""
        code, text, said = self.types(*words)
        assert code == Exit.OK, said
        return text.strip()


@pytest.fixture
def user(tmp_path: Path) -> User:
    """Without a key."""
    return User(tmp_path / "settings")


def test_the_file_is_where_users_settings_are_and_each_way_out_has_its_code(user: User) -> None:
    """A failure is one line, and shows no traceback."""
    assert user.types("show")[0] == Exit.KEYS
    text = user.makes("new", "--name", "one")
    assert user.file.stat().st_mode & 0o777 == 0o600
    assert user.makes("show") == text
    failures = [
        (Exit.OUTPUT, user.types("new")),
        (Exit.USAGE, user.types("allow", "one:abc")),
        (Exit.USAGE, user.types("allow", text)),
        (Exit.USAGE, user.types("revoke", "two")),
        (Exit.USAGE, user.types("list", "--jsn")),
    ]
    user.file.chmod(0o644)
    failures.append((Exit.KEYS, user.types("list")))
    assert [code for code, _ in failures] == [code for _, (code, _, _) in failures], failures
    assert all(out == "" for _, (_, out, _) in failures)
    one_liners = [said for _, (_, _, said) in failures if "Usage:" not in said]
    assert len(one_liners) == len(failures) - 1
    assert all(said.startswith("vinofleet: error: ") and said.count("\n") == 1 for said in one_liners)


def test_the_secret_is_in_no_traceback(user: User) -> None:
    """Not even of a file that is damaged in the very place where it is."""
    user.makes("new")
    secret = read_keyring(user.file).secret.hex()
    user.file.write_text(user.file.read_text().replace(secret, secret[:-1]))
    code, out, said = user.types("show", "--debug")
    assert (code, out) == (Exit.KEYS, "")
    assert "Traceback" in said
    assert secret[:16] not in said


def test_of_keys_that_are_allowed_at_once_none_is_lost(shell: Shell, user: User) -> None:
    """Nor is any of those that are revoked meanwhile still there."""
    user.makes("new", "--name", "one")
    keys = {f"k{number}": key_text(f"k{number}", new_pair()[1]) for number in range(6)}
    for name in ("k0", "k1"):
        user.makes("allow", keys[name])
    commands = [("allow", keys[name]) for name in ("k2", "k3", "k4", "k5")] + [("revoke", "k0"), ("revoke", "k1")]
    roles = [shell.run("keys", *words, environment=user.environment) for words in commands]
    assert [role.ends() for role in roles] == [Exit.OK] * len(roles), roles
    assert {key.name for key in read_keyring(user.file).allowed} == {"k2", "k3", "k4", "k5"}
