"""The key file: what is refused, and that nobody loses what was written."""

from __future__ import annotations

import os
import socket
import stat
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from common import keyfile
from common.errors import KeyFileError, OutputError, VinofleetError
from common.key_pair import new_pair
from common.keyfile import change_keyring, create_keyring, default_path, find_keyring, fingerprint, read_keyring
from common.keyring import AllowedKey, Keyring, Role, dump_keyring


def new_keyring(name: str = "a") -> Keyring:
    """A machine's own keys."""
    return Keyring(name, *new_pair())


def create(path: Path, keyring: Keyring, *, force: bool = False) -> None:
    """Write it, whatever is there."""
    create_keyring(path, lambda _before: keyring, force=force)


def allowed(number: int) -> AllowedKey:
    """Somebody's key."""
    return AllowedKey(f"b{number}", number.to_bytes(32), frozenset({Role.WORKER}), "2026-01-31")


def allow(number: int, path: Path) -> Keyring:
    """Admit it."""
    return change_keyring(path, lambda keyring: replace(keyring, allowed=(*keyring.allowed, allowed(number))))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a key file may be, in a folder that does not exist yet."""
    return tmp_path / "config" / "keys.json"


@pytest.fixture
def written(path: Path) -> Path:
    """A key file."""
    create(path, new_keyring())
    return path


def refusal(path: Path) -> str:
    """Why a key file is not read."""
    with pytest.raises(KeyFileError) as caught:
        read_keyring(path)
    return str(caught.value)


def test_what_is_created_is_read_and_is_for_its_user_only(path: Path) -> None:
    """So are its folder and its lock, whatever the umask is."""
    keyring = new_keyring()
    before = os.umask(0)
    try:
        create(path, keyring)
    finally:
        os.umask(before)
    assert read_keyring(path) == keyring
    assert {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {
        "keys.json": 0o600,
        "keys.json.lock": 0o600,
    }
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_keys_are_not_replaced_unless_it_is_forced(written: Path) -> None:
    """Whoever admits the old ones would not know the new ones."""
    old = written.read_bytes()
    with pytest.raises(OutputError, match="--force"):
        create(written, new_keyring())
    assert written.read_bytes() == old
    keyring = new_keyring()
    create(written, keyring, force=True)
    assert read_keyring(written) == keyring


def test_a_missing_file_says_how_to_make_one(path: Path) -> None:
    """And reading or changing it makes nothing."""
    assert "vinofleet keys new" in refusal(path)
    with pytest.raises(KeyFileError, match="vinofleet keys new"):
        allow(1, path)
    assert not path.parent.exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o601, 0o777])
def test_a_file_that_others_can_open_is_refused(written: Path, mode: int) -> None:
    """With what to type."""
    written.chmod(mode)
    assert f"chmod 600 {written}" in refusal(written)
    with pytest.raises(KeyFileError, match="chmod"):
        allow(1, written)


def test_a_file_that_its_user_may_only_read_is_read(written: Path) -> None:
    """As a secret of a container is."""
    written.chmod(0o400)
    assert read_keyring(written).name == "a"


def test_a_file_of_another_user_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type."""
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert f"chown {os.geteuid()} {written}" in refusal(written)


def test_what_is_no_regular_file_is_refused(tmp_path: Path, written: Path) -> None:
    """And a pipe is not waited for, a link not followed."""
    pipe, link, loop, socket_path = (tmp_path / name for name in ("pipe", "link", "loop", "socket"))
    os.mkfifo(pipe, 0o600)
    link.symlink_to(written)
    loop.symlink_to(loop)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(socket_path))
        assert "cannot be read" in refusal(socket_path)
    assert "no regular file" in refusal(pipe)
    assert "no regular file" in refusal(tmp_path)
    assert "symbolic link" in refusal(link)
    assert "symbolic link" in refusal(loop)
    assert "cannot be read" in refusal(written / "keys.json")


def test_a_folder_is_not_replaced_by_keys(tmp_path: Path) -> None:
    """Even with force."""
    with pytest.raises(KeyFileError, match="no regular file"):
        create(tmp_path, new_keyring(), force=True)
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        create(tmp_path / "file" / "keys.json", new_keyring())


def test_a_link_in_the_place_of_a_file_is_replaced_and_not_followed(tmp_path: Path, written: Path) -> None:
    """Where it is forced: what it led to stays as it is."""
    link = tmp_path / "link"
    link.symlink_to(written)
    old = written.read_bytes()
    create(link, new_keyring("b"), force=True)
    assert not link.is_symlink()
    assert read_keyring(link).name == "b"
    assert written.read_bytes() == old


def test_a_file_that_is_too_large_is_refused_unread(written: Path) -> None:
    """Also one that grows while it is read, or says that it has no bytes."""
    os.truncate(written, keyfile.FILE_MAX_BYTES + 1)
    assert "has more than 1048576 bytes" in refusal(written)


def test_a_file_that_grows_while_it_is_read_is_refused(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No more is read than a key file may have."""
    monkeypatch.setattr(keyfile, "_require_closed", lambda _found, path: os.truncate(path, keyfile.FILE_MAX_BYTES + 1))
    assert "has more than 1048576 bytes" in refusal(written)


def test_a_damaged_file_is_refused_with_its_name_and_without_its_content(written: Path) -> None:
    """And whatever was raised before holds no secret either."""
    secret = read_keyring(written).secret.hex()
    written.write_bytes(written.read_bytes().replace(b'"name"', b'"nome"', 1))
    with pytest.raises(KeyFileError) as caught:
        read_keyring(written)
    assert str(written) in str(caught.value)
    assert caught.value.__cause__ is None
    assert secret not in str(caught.value)


def test_halves_of_two_pairs_are_refused(written: Path) -> None:
    """No handshake would succeed with them."""
    written.write_bytes(dump_keyring(replace(read_keyring(written), public=b"x" * 32)))
    assert "is not that of its secret key" in refusal(written)


def test_an_edit_that_fails_changes_nothing(written: Path) -> None:
    """And leaves no file behind, nor the lock."""
    old = written.read_bytes()

    def fail(_keyring: Keyring) -> Keyring:
        raise VinofleetError("no")

    with pytest.raises(VinofleetError, match="no"):
        change_keyring(written, fail)
    with pytest.raises(KeyFileError, match="twice"):
        change_keyring(written, lambda keyring: replace(keyring, allowed=(allowed(1), allowed(1))))
    assert written.read_bytes() == old
    assert allow(1, written).allowed == (allowed(1),)
    assert sorted(each.name for each in written.parent.iterdir()) == ["keys.json", "keys.json.lock"]


def test_a_write_that_fails_leaves_the_old_keys(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing of the new ones."""
    old = written.read_bytes()

    def fail(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match="No space left"):
        allow(1, written)
    assert written.read_bytes() == old
    assert sorted(each.name for each in written.parent.iterdir()) == ["keys.json", "keys.json.lock"]


def test_an_edit_that_changes_nothing_writes_nothing(written: Path) -> None:
    """Nobody has to read it again."""
    before = fingerprint(written)
    assert change_keyring(written, lambda keyring: keyring) == read_keyring(written)
    assert fingerprint(written) == before


def test_of_edits_at_the_same_time_none_is_lost(written: Path) -> None:
    """Each reads what the one before it wrote."""
    threads = [threading.Thread(target=allow, args=(number, written)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key.name for key in read_keyring(written).allowed) == [f"b{number}" for number in range(8)]


def test_an_edit_waits_no_longer_than_it_must(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever holds the lock for good is named by what to do."""
    monkeypatch.setattr(keyfile, "LOCK_MAX_S", 0.01)

    def nested(keyring: Keyring) -> Keyring:
        with pytest.raises(KeyFileError, match="another process"):
            allow(1, written)
        return keyring

    change_keyring(written, nested)


def test_a_change_shows_in_the_fingerprint(written: Path) -> None:
    """So does its end."""
    prints = [fingerprint(written)]
    allow(1, written)
    prints.append(fingerprint(written))
    written.chmod(0o644)
    prints.append(fingerprint(written))
    written.unlink()
    prints.append(fingerprint(written))
    assert prints[-1] is None
    assert len(set(prints)) == len(prints)


def test_the_file_is_the_users_unless_the_environment_names_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty name is none."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("VINOFLEET_KEYS", "")
    assert default_path() == tmp_path / "vinofleet" / "keys.json"
    monkeypatch.setenv("VINOFLEET_KEYS", str(tmp_path / "other"))
    assert default_path() == tmp_path / "other"


def test_only_a_user_who_named_no_file_may_have_none(
    tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was named, and what is there in a wrong way, is an error: nobody believes himself safe."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("VINOFLEET_KEYS", raising=False)
    assert find_keyring() is None
    assert find_keyring(written) == read_keyring(written)
    with pytest.raises(KeyFileError, match="there is no key file"):
        find_keyring(tmp_path / "missing")
    monkeypatch.setenv("VINOFLEET_KEYS", str(tmp_path / "missing"))
    with pytest.raises(KeyFileError, match="there is no key file"):
        find_keyring()
    monkeypatch.delenv("VINOFLEET_KEYS")
    (tmp_path / "vinofleet").mkdir()
    default_path().symlink_to(tmp_path / "missing")
    with pytest.raises(KeyFileError, match="symbolic link"):
        find_keyring()
