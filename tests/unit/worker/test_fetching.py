"""Fetching files piece by piece."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.fetching import RETRIES_MAX, RETRY_S, Fetching

A, B = b"a" * 32, b"b" * 32


def test_one_piece_is_asked_for_at_a_time() -> None:
    """The next question comes with the answer, or when it is overdue."""
    fetching = Fetching([(A, 10)])
    assert fetching.ask(1.0) == (A, 0)
    assert fetching.ask(1.0) is None
    assert fetching.deadline() == 1.0 + RETRY_S
    assert fetching.ask(1.0 + RETRY_S) == (A, 0)
    assert fetching.take(A, 0, 4) == 10
    assert fetching.ask(3.5) == (A, 4)


def test_pieces_that_were_not_asked_for_are_let_go() -> None:
    """Repeated, early, empty, too long, or of another file."""
    fetching = Fetching([(A, 10)])
    fetching.take(A, 0, 4)
    for sha256, offset, length in ((A, 0, 4), (A, 8, 2), (A, 4, 0), (A, 4, 7), (B, 4, 1)):
        assert fetching.take(sha256, offset, length) is None
    assert fetching.offset == 4


def test_nothing_is_asked_for_while_the_finding_is_awaited() -> None:
    """The file is complete; whether it is right is the edge's to say."""
    fetching = Fetching([(A, 4), (B, 1)])
    fetching.take(A, 0, 4)
    assert fetching.ask(0.0) is None
    assert fetching.deadline() == float("inf")
    fetching.checked(A, ok=True)
    assert fetching.ask(0.0) == (B, 0)


def test_a_wrong_file_begins_anew_until_there_is_no_hope() -> None:
    """It is given up after RETRIES_MAX more attempts."""
    fetching = Fetching([(A, 4)])
    for _ in range(RETRIES_MAX):
        fetching.take(A, 0, 4)
        fetching.checked(A, ok=False)
        assert fetching.ask(0.0) == (A, 0)
    fetching.take(A, 0, 4)
    fetching.checked(A, ok=False)
    assert fetching.is_hopeless
    assert fetching.ask(0.0) is None


def test_attempts_are_counted_for_each_file() -> None:
    """A file that came right at last leaves the next one all its chances."""
    fetching = Fetching([(A, 4), (B, 4)])
    for sha256 in (A, B):
        for ok in (False, False, True):
            fetching.take(sha256, 0, 4)
            fetching.checked(sha256, ok=ok)
    assert fetching.is_done
    assert not fetching.is_hopeless


def test_a_finding_on_something_else_changes_nothing() -> None:
    """A late word on an earlier file does not complete this one."""
    fetching = Fetching([(A, 4)])
    fetching.checked(A, ok=True)
    fetching.take(A, 0, 4)
    fetching.checked(B, ok=True)
    assert not fetching.is_done


def test_a_lost_source_has_the_next_one_asked_at_once() -> None:
    """What came stays."""
    fetching = Fetching([(A, 10)])
    fetching.take(A, 0, 4)
    fetching.ask(1.0)
    fetching.source_lost()
    assert fetching.ask(1.0) == (A, 4)


@given(
    files=st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=4),
    piece=st.integers(1, 20),
    junk=st.lists(st.tuples(st.sampled_from([0, 1, 2, 3]), st.integers(0, 60), st.integers(0, 60)), max_size=20),
)
def test_whatever_else_arrives_each_file_comes_whole_and_in_order(
    files: list[bytes], piece: int, junk: list[tuple[int, int, int]]
) -> None:
    """The bytes taken are the files, even among pieces that nobody asked for."""
    digests = [bytes([index]) * 32 for index in range(len(files))]
    fetching = Fetching(zip(digests, map(len, files), strict=True))
    taken: list[bytes] = []
    for digest, content in zip(digests, files, strict=True):
        got = b""
        while len(got) < len(content):
            asked = fetching.ask(0.0)
            assert asked == (digest, len(got))
            data = content[len(got) : len(got) + piece]
            for index, offset, length in junk:
                if (index, offset) != (digests.index(digest), len(got)):
                    assert fetching.take(bytes([index]) * 32, offset, length) is None
            assert fetching.take(digest, len(got), len(data)) == len(content)
            got += data
            fetching.check()
        fetching.checked(digest, ok=True)
        taken.append(got)
    assert fetching.is_done
    assert taken == files
