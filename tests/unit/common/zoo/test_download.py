"""One file over HTTP: the right bytes, or an error that says why there are none."""

from __future__ import annotations

import hashlib
import io
import itertools
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from random import Random
from typing import Final

import pytest

from common.zoo import download as module
from common.zoo.download import Web
from common.zoo.failure import NO_ADDRESS, DownloadError
from common.zoo.manifest import ZooFile
from common.zoo.patience import Patience
from common.zoo.steps import Trouble
from tests.unit.common.zoo import mirror as faults
from tests.unit.common.zoo.mirror import Fault, Mirror, mirror

BODY: Final = Random(1).randbytes(300_000)
FILE: Final = ZooFile("m.bin", len(BODY), hashlib.sha384(BODY).hexdigest(), "a/m.bin")
QUICK: Final = Patience(tries=3, connect_s=5, stall_s=30, pause_s=0)


@pytest.fixture
def server() -> Iterator[Mirror]:
    """A mirror that has the file."""
    with mirror() as made:
        made.files["/a/m.bin"] = BODY
        yield made


class Got:
    """What came of a download."""

    def __init__(self, url: str, patience: Patience = QUICK) -> None:
        self.out = io.BytesIO()
        self.reached: list[int] = []
        self.troubles: list[str] = []
        self.why = ""
        with Web(patience, self._trouble) as web:
            try:
                web.download(url, FILE, self.out, self.reached.append)
            except DownloadError as error:
                self.why = str(error)

    def _trouble(self, trouble: Trouble) -> None:
        assert trouble.file == FILE.name
        self.troubles.append(trouble.why)

    @property
    def is_right(self) -> bool:
        """Whether the bytes are here, and nothing was complained of at the end."""
        return not self.why and self.out.getvalue() == BODY


def test_what_is_there_is_had_at_once(server: Mirror) -> None:
    """One request, and progress up to the file's size."""
    got = Got(server.base + "a/m.bin")
    assert got.is_right
    assert got.reached == sorted(got.reached)
    assert got.reached[-1] == len(BODY)
    assert server.asked == [("/a/m.bin", "")]


@pytest.mark.parametrize(
    ("plan", "troubles", "ranges"),
    [
        ([faults.truncate], ["the connection ended 150000 bytes too early"], ["", "bytes=150000-"]),
        (
            [faults.truncate, faults.truncate],
            ["the connection ended 150000 bytes too early", "the connection ended 75000 bytes too early"],
            ["", "bytes=150000-", "bytes=225000-"],
        ),
        ([faults.cut_without_length], ["it ended 150000 bytes too early"], ["", "bytes=150000-"]),
        ([faults.corrupt], ["its bytes are not those of the model (another SHA-384)"], ["", ""]),
        (
            [faults.truncate, faults.ignore_range],
            ["the connection ended 150000 bytes too early"],
            ["", "bytes=150000-"],
        ),
        (
            [faults.truncate, faults.other_part],
            ["the connection ended 150000 bytes too early", "the server sent another part than was asked for"],
            ["", "bytes=150000-", ""],
        ),
        (
            [faults.truncate, faults.lying_part],
            ["the connection ended 150000 bytes too early", "its bytes are not those of the model (another SHA-384)"],
            ["", "bytes=150000-", ""],
        ),
        (
            [faults.truncate, faults.status(416)],
            ["the connection ended 150000 bytes too early", "the server would not continue it"],
            ["", "bytes=150000-", ""],
        ),
        ([faults.status(500)], ["the server answers 500 Internal Server Error"], ["", ""]),
        ([faults.status(429)], ["the server answers 429 Too Many Requests"], ["", ""]),
        ([faults.too_long], ["it has 300100 bytes there, not the model's 300000"], ["", ""]),
        ([faults.too_short], ["it has 299900 bytes there, not the model's 300000"], ["", ""]),
        ([faults.wrong_length], ["it has 300007 bytes there, not the model's 300000"], ["", ""]),
        ([faults.hang_up], ["it cannot be reached (RemoteDisconnected)"], ["", ""]),
        ([faults.babble], ["it cannot be reached (BadStatusLine)"], ["", ""]),
        ([faults.status(599)], ["the server answers 599"], ["", ""]),
        ([faults.without_length], [], [""]),
        ([faults.huge_length], [], [""]),
    ],
)
def test_a_fault_that_passes_is_told_and_overcome(
    server: Mirror, plan: list[Fault], troubles: list[str], ranges: list[str]
) -> None:
    """What came is continued where it can be, and thrown away where it is of no use."""
    server.plan.extend(plan)
    got = Got(server.base + "a/m.bin")
    assert got.is_right, got.why
    assert got.troubles == troubles
    assert [wanted for _, wanted in server.asked] == ranges


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.corrupt, "its bytes are not those of the model (another SHA-384) (tried 3 times)"),
        (faults.too_long, "it has 300100 bytes there, not the model's 300000 (tried 3 times)"),
        (faults.too_short, "it has 299900 bytes there, not the model's 300000 (tried 3 times)"),
        (faults.status(503), "the server answers 503 Service Unavailable (tried 3 times)"),
    ],
)
def test_a_fault_that_stays_is_an_error(server: Mirror, fault: Fault, why: str) -> None:
    """After so many tries; a file with another digest is none."""
    server.plan.extend([fault] * 3)
    got = Got(server.base + "a/m.bin")
    assert got.why == why
    assert len(got.troubles) == 2


@pytest.mark.parametrize(
    "to",
    ["file:///etc/hostname", "ftp://127.0.0.1/m.bin", "http://[::1/m.bin", "http://..../"],
)
def test_a_redirection_to_what_is_no_http_address_is_not_followed(server: Mirror, to: str) -> None:
    """And not tried again: one request, one reason."""
    server.plan.append(faults.redirect(to))
    got = Got(server.base + "a/m.bin")
    assert (got.why, got.troubles, len(server.asked)) == (NO_ADDRESS, [], 1)


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (faults.status(403), "the server answers 403 Forbidden"),
        (faults.shout, "the server answers 403 Forbidden"),
        (faults.zipped, "the server compresses it, which was not asked for"),
    ],
)
def test_what_will_not_change_is_not_tried_again(server: Mirror, fault: Fault, why: str) -> None:
    """The server's act is final; its words, which may be anything, are not passed on."""
    server.plan.append(fault)
    got = Got(server.base + "a/m.bin")
    assert (got.why, got.troubles, len(server.asked)) == (why, [], 1)


def test_what_is_not_there_is_not_tried_again(server: Mirror) -> None:
    """404 is an answer."""
    assert Got(server.base + "other").why == "the server answers 404 Not Found"
    assert len(server.asked) == 1


def test_a_redirection_is_followed_to_another_server_and_back(server: Mirror) -> None:
    """Mirrors do that; the digest vouches for the bytes."""
    with mirror() as other:
        server.plan.append(faults.redirect(other.base + "{path}"))
        other.plan.append(faults.redirect(server.base + "a/m.bin"))
        assert Got(server.base + "a/m.bin").is_right


def test_the_body_of_a_redirection_is_not_waited_for(server: Mirror) -> None:
    """It may be announced as a thousand gigabytes, or never end."""
    server.plan.append(faults.redirect("m.bin", length=10**12))
    got = Got(server.base + "a/m.bin")
    assert (got.is_right, got.troubles) == (True, [])


def test_a_server_that_speaks_no_tls_is_told_as_such(server: Mirror) -> None:
    """Its certificate is not to blame: there is none."""
    got = Got(server.base.replace("http", "https") + "a/m.bin")
    assert got.why.startswith("no encrypted connection comes about (")
    assert got.why.endswith(" (tried 3 times)")


def test_redirections_in_a_circle_end(server: Mirror) -> None:
    """After a few, and at once."""
    server.plan.extend([faults.redirect("{path}")] * 50)
    assert Got(server.base + "a/m.bin").why == "it is redirected more than 5 times"
    assert len(server.asked) == module.REDIRECTS_MAX + 1


def test_a_body_that_stops_is_given_up_and_continued(server: Mirror) -> None:
    """What came before is not asked for again."""
    server.plan.append(faults.hold)
    got = Got(server.base + "a/m.bin", replace(QUICK, stall_s=1.0))
    assert got.is_right
    assert got.troubles == ["nothing more came for 1 s"]
    assert server.asked[1] == ("/a/m.bin", "bytes=150000-")


def test_a_server_that_never_answers_is_given_up() -> None:
    """It takes connections, and that is all."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        got = Got(f"http://127.0.0.1:{silent.getsockname()[1]}/m.bin", replace(QUICK, stall_s=0.05))
    assert got.why == "no answer for 0.05 s (tried 3 times)"


def test_a_connection_that_is_refused_is_an_error() -> None:
    """With the system's word for it."""
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    assert Got(f"http://127.0.0.1:{port}/m.bin").why == "it cannot be reached (Connection refused) (tried 3 times)"


def test_a_body_that_is_whole_is_taken_however_slowly_it_came(server: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is nothing to continue."""
    clock = itertools.count(step=100.0)
    monkeypatch.setattr("common.zoo.download.time.monotonic", lambda: next(clock))
    server.files["/a/m.bin"] = b"tiny"
    out = io.BytesIO()
    with Web(replace(QUICK, tries=1), lambda _: None) as web:
        tiny = replace(FILE, size=4, sha384=hashlib.sha384(b"tiny").hexdigest())
        web.download(server.base + "a/m.bin", tiny, out, lambda _: None)
    assert out.getvalue() == b"tiny"


def test_a_body_that_trickles_counts_as_stopped(server: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes come, but a hundred seconds apart."""
    clock = itertools.count(step=100.0)
    monkeypatch.setattr("common.zoo.download.time.monotonic", lambda: next(clock))
    got = Got(server.base + "a/m.bin")
    assert "it came too slowly for 30 s" in {*got.troubles, got.why.removesuffix(" (tried 3 times)")}


def test_a_proxy_of_the_environment_is_used(server: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for the whole address."""
    monkeypatch.setenv("http_proxy", server.base)
    monkeypatch.setenv("no_proxy", "")
    server.files["http://models.invalid/m.bin"] = BODY
    assert Got("http://models.invalid/m.bin").is_right


def test_a_disk_that_fails_is_no_fault_of_the_network(server: Mirror) -> None:
    """The error is the disk's own, and nothing is tried again."""

    class Full(io.BytesIO):
        write: Callable[..., int]

    def write(_data: bytes) -> int:
        raise OSError(28, "No space left on device")

    full = Full()
    full.write = write
    with Web(QUICK, lambda _: None) as web, pytest.raises(OSError, match="No space left"):
        web.download(server.base + "a/m.bin", FILE, full, lambda _: None)
    assert len(server.asked) == 1
