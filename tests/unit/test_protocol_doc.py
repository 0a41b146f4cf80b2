"""docs/protocol.md says what the code does: every table that can be compared is compared."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Final

import pytest
import zmq

from common import limits, messages, shm, wire, zmq_transport
from common.job import JOB_VERSION
from common.schema import PAYLOAD_MAX, SCHEMAS
from common.session import TRANSITIONS
from producer.frames import MOVES

TEXT: Final = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text(encoding="utf-8")
PROSE: Final = " ".join(TEXT.split())
"""The same without line breaks."""
KINDS: Final = sorted(SCHEMAS, key=lambda kind: kind.__name__)
NOT_PROTOCOL: Final = {"WINDOW_DEFAULT_FRAMES", "WINDOW_DEFAULT_BYTES", "PICTURES_DEFAULT_BYTES"}
"""Numbers of `limits` that only a producer's own memory depends on; mentioned, but in no table."""


def table(heading: str, text: str = TEXT) -> list[list[str]]:
    """The rows of the table whose first column is headed so, as cells without backticks."""
    lines = iter(text.splitlines())
    for line in lines:
        if line.startswith(f"| {heading} |"):
            break
    else:
        pytest.fail(f"docs/protocol.md has no table of {heading!r}")
    next(lines)
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip().strip("`") for cell in line.strip("|").split("|")])
    return rows


def section(kind: type[messages.Message]) -> str:
    """What the text says of a message, up to the next heading."""
    found = re.search(rf"^### `{kind.__name__.lower()}`\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
    assert found is not None, f"docs/protocol.md has no section about {kind.__name__.lower()!r}"
    return found[1]


def test_no_message_is_described_that_does_not_exist() -> None:
    """The sections are the kinds, no more and no fewer."""
    described = re.findall(r"^### `(\w+)`$", TEXT, re.MULTILINE)
    assert sorted(described) == [kind.__name__.lower() for kind in KINDS]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_field_is_described_in_order(kind: type[messages.Message]) -> None:
    """An implementer can write the array from the table."""
    assert [row[0] for row in table("field", section(kind))] == list(kind._fields)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_the_payload_limit_is_the_codes(kind: type[messages.Message]) -> None:
    """Each message says whether it has a payload, and how long that may be."""
    said = re.search(r"Payload: (none|at most (\d+) bytes)", " ".join(section(kind).split()))
    assert said is not None
    assert int(said[2] or 0) == PAYLOAD_MAX.get(kind, 0)


def test_items_are_described_in_order() -> None:
    """The nested arrays with fields of their own."""
    assert [row[0] for row in table("frame")] == list(messages.WorkItem._fields)
    assert [row[0] for row in table("item")] == list(messages.ResultItem._fields)
    assert [row[0] for row in table("acked")] == list(messages.Acked._fields)


@pytest.mark.parametrize(
    ("heading", "codes"),
    [
        ("refusal", messages.REFUSALS),
        ("rejection", messages.REJECTIONS),
        ("outcome", messages.OUTCOMES),
        ("goodbye", messages.BYES),
        ("worker state", messages.WORKER_STATES),
    ],
)
def test_every_code_is_described(heading: str, codes: tuple[str, ...]) -> None:
    """No peer says a word that the text does not explain."""
    assert tuple(row[0] for row in table(heading)) == codes


def test_final_refusals_are_called_final() -> None:
    """Whether to say hello again is part of a refusal's meaning."""
    final = {row[0] for row in table("refusal") if row[2].startswith("final")}
    assert final == set(messages.REFUSALS) - messages.RETRYABLE_REFUSALS


def test_the_session_table_is_the_machines() -> None:
    """Every legal move, and no other."""
    described = {(row[0], row[1]): row[2] for row in table("state")}
    assert described == {(str(state), str(event)): str(target) for (state, event), target in TRANSITIONS.items()}


def test_the_frame_table_is_the_producers() -> None:
    """Every legal move of a frame, and no other."""
    assert {(row[0], row[1]) for row in table("from")} == {(str(a), str(b)) for a, b in MOVES}


def test_every_limit_is_quoted() -> None:
    """Each number of common.limits is in one of the two tables, with its value."""
    quoted = {row[0]: float(row[1]) for row in table("limit")}
    quoted |= {row[0].removeprefix("common.limits."): float(row[1]) for row in table("name") if ".limits." in row[0]}
    known = {name: float(value) for name, value in vars(limits).items() if name.isupper() and name not in NOT_PROTOCOL}
    assert quoted == known
    for name in NOT_PROTOCOL:
        assert f"`{name}` ({getattr(limits, name)})" in PROSE


@pytest.mark.parametrize("row", table("name"), ids=lambda row: row[0])
def test_every_timer_has_the_codes_value(row: list[str]) -> None:
    """Also those that a role keeps in the module that uses them."""
    module, _, name = row[0].rpartition(".")
    assert getattr(importlib.import_module(module), name) == float(row[1])


def test_socket_options_are_those_that_are_set() -> None:
    """The table is what a socket gets."""
    options = zmq_transport._OPTIONS | zmq_transport._ROUTER_OPTIONS | zmq_transport._DEALER_OPTIONS
    assert {row[0]: int(row[1]) for row in table("option")} == {
        zmq.SocketOption(option).name: value for option, value in options.items()
    }


def test_the_segments_layout_is_the_codes() -> None:
    """The table in the text is the one beside the code, whose sizes come from its constants."""
    described = [row[0] for row in table("bytes from the start")]
    assert described == [row[0] for row in table("bytes from the start", shm.__doc__ or "")]
    assert f"magic `{shm.MAGIC.decode()}`" in PROSE
    assert f"{shm.PAGE_BYTES} + i * stride" in described
    assert f".. + 16 * (attempt % {shm.MARKER_CELLS})" in described
    assert f".. + {shm.SLOT_HEADER_BYTES}" in described
    assert f"rounded up to {shm.ALIGNMENT}" in PROSE


def test_versions_are_the_codes() -> None:
    """Raising one of them means to look at this text."""
    assert TEXT.startswith(f"# The vinofleet protocol, version {messages.PROTOCOL}\n")
    assert f"has a version of its own ({JOB_VERSION}), and so has **the segment** ({shm.VERSION})" in PROSE


def test_the_longest_array_is_the_codes() -> None:
    """A message with a longer one would not be understood."""
    assert f"arrays in it at most {wire.ARRAY_MAX} elements" in PROSE


def test_every_way_to_be_no_message_is_named() -> None:
    """A person who sees a count in a report finds its meaning."""
    source = Path(wire.__file__).read_text(encoding="utf-8")
    for code in re.findall(r'WireError\("(\w+)"', source):
        assert f"`{code}`" in PROSE, code
