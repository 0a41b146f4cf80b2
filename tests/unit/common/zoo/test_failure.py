"""What goes wrong while a file is fetched, in words."""

from __future__ import annotations

import ssl

import pytest
import requests
import urllib3

from common.zoo.failure import NO_ADDRESS, UNTRUSTED, failure
from common.zoo.patience import Patience

WAITED = Patience(connect_s=3, stall_s=7)


@pytest.mark.parametrize(
    ("error", "why", "final"),
    [
        (requests.exceptions.ConnectTimeout(), "no connection within 3 s", False),
        (requests.exceptions.ReadTimeout(), "no answer for 7 s", False),
        (requests.exceptions.ProxyError(), "the proxy does not answer (ProxyError)", False),
        (requests.exceptions.SSLError(), "no encrypted connection comes about (SSLError)", False),
        (requests.exceptions.ConnectionError(), "it cannot be reached (ConnectionError)", False),
        (requests.exceptions.InvalidSchema(), NO_ADDRESS, True),
        (requests.exceptions.InvalidURL(), NO_ADDRESS, True),
        (requests.exceptions.InvalidHeader(), "the request fails (InvalidHeader)", False),
        (urllib3.exceptions.ProtocolError(), "the connection ended 5 bytes too early", False),
    ],
)
def test_each_kind_has_its_words(
    *, error: requests.RequestException | urllib3.exceptions.HTTPError, why: str, final: bool
) -> None:
    """And says whether another try could go better."""
    found = failure(error, WAITED, left=5)
    assert (str(found), found.final) == (why, final)


def test_the_systems_word_is_looked_for_below_the_libraries() -> None:
    """It is what a person can act on."""
    error = requests.exceptions.ConnectionError("a long text of a library")
    error.__cause__ = OSError(113, "No route to host")
    assert str(failure(error, WAITED, left=5)) == "it cannot be reached (No route to host)"


def test_a_certificate_that_is_not_trusted_is_told_apart_and_final() -> None:
    """Whatever has been wrapped around it."""
    error = requests.exceptions.SSLError("a long text of a library")
    error.__context__ = urllib3.exceptions.SSLError("another")
    error.__context__.__cause__ = ssl.SSLCertVerificationError("self-signed")
    found = failure(error, WAITED, left=5)
    assert (str(found), found.final) == (UNTRUSTED, True)
