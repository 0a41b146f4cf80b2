"""What can be refused before anything is started."""

from __future__ import annotations

import sys

import pytest

from collector.viewing import check_anonymity, check_viewing, serve_address, viewers_for
from common.errors import NetworkError, OutputError, UsageError


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("8080", "127.0.0.1", 8080), (":0", "127.0.0.1", 0), ("[::1]:80", "::1", 80), ("localhost:9", "localhost", 9)],
)
def test_a_port_is_one_of_loopback(text: str, host: str, port: int) -> None:
    """Unless a host is named; these are this machine's alone."""
    address = serve_address(text)
    assert (address.host, address.port) == (host, port)
    check_viewing(show=False, serve=text, insecure=False)


@pytest.mark.parametrize("text", ["", "http://localhost:8080", "8080:localhost", "70000"])
def test_what_is_no_port_is_refused(text: str) -> None:
    """With an example."""
    with pytest.raises(UsageError, match="such as 8080"):
        serve_address(text)


@pytest.mark.parametrize("text", ["*:8080", "0.0.0.0:8080", "10.0.0.5:80", "[::]:80", "door:80"])
def test_other_machines_may_watch_only_where_that_is_said(text: str) -> None:
    """There are no keys."""
    with pytest.raises(NetworkError, match="other machines"):
        check_viewing(show=False, serve=text, insecure=False)
    check_viewing(show=False, serve=text, insecure=True)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a screen has no name")
def test_a_window_needs_a_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    """And says what does not."""
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(OutputError, match="--serve"):
        check_viewing(show=True, serve=None, insecure=False)
    monkeypatch.setenv("DISPLAY", ":7")
    check_viewing(show=True, serve=None, insecure=False)


def test_anonymity_needs_pictures() -> None:
    """Rows have none."""
    for outputs in ([], ["rows.csv"]):
        with pytest.raises(UsageError, match="no output has any"):
            check_anonymity(outputs, show=False, serve=None)
    check_anonymity(["out.mp4"], show=False, serve=None)
    check_anonymity([], show=True, serve=None)
    check_anonymity([], show=False, serve="0")


def test_each_option_is_a_viewer() -> None:
    """None is begun; both may be asked for."""
    viewers = viewers_for(show=True, serve="8080", on_closed=lambda: None)
    assert [(viewer.what, viewer.watches_all) for viewer in viewers] == [
        ("the window (--show)", True),
        ("the page (--serve)", False),
    ]
    for viewer in viewers:
        viewer.close()
