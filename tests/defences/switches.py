"""How each defence of docs/security.md is switched off: the test that shows it, and what is done before that test runs.

As a pytest plugin (`-p tests.defences.switches`) it switches off what `DEFENCE_OFF` names. Modules are changed before
any test is collected, and loaded only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace
from typing import Any, Final

import pytest

VARIABLE: Final = "DEFENCE_OFF"

PATIENCE_S: Final = 4.0
"""How long a test waits for what cannot happen while the defence is off."""

Switch = Callable[[], None]


def _put(place: str, name: str, value: object) -> Switch:
    """Put something in the place of an attribute of `module` or `module:class`."""

    def switch() -> None:
        module, _, attribute = place.partition(":")
        found: Any = import_module(module)
        setattr(getattr(found, attribute) if attribute else found, name, value)

    return switch


def _nothing(*_args: object, **_options: object) -> None:
    """Do nothing, and find nothing wrong."""


def _yes(*_args: object, **_options: object) -> bool:
    return True


def _no(*_args: object, **_options: object) -> bool:
    return False


def _same(text: str, *_args: object) -> str:
    return text


class _Any:
    """Is equal to everything."""

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        return True

    def __ne__(self, other: object) -> bool:
        return False


class _AnyDigest:
    def update(self, data: object) -> None: ...

    def digest(self) -> _Any:
        return _Any()


def _unsealed() -> None:
    shm = import_module("common.shm")
    fcntl = import_module("fcntl")
    vars(shm)["_F_ADD_SEALS"] = fcntl.F_GETFD


def _map_anything() -> None:
    shm: Any = import_module("common.shm")
    mmap = import_module("mmap")
    shm._map = lambda fd, offer: shm.Attachment(mmap.mmap(fd, offer.size), offer)


def _admit_anything() -> None:
    """A decoder of headers that believes all that msgpack can say."""
    wire: Any = import_module("common.wire")
    msgpack = import_module("msgpack")
    wire._unpack = lambda header: msgpack.unpackb(header, use_list=False, strict_map_key=False)


def _believe_fields() -> None:
    schemas = import_module("common.schema").SCHEMAS
    schemas.update({cls: (_yes,) * len(checks) for cls, checks in schemas.items()})


def _endless_parts() -> None:
    transport: Any = import_module("common.zmq_transport")
    make = transport.ZmqTransport._socket

    def unlimited(self: object, kind: int, options: object, _most: int, queue: int) -> object:
        return make(self, kind, options, -1, queue)

    transport.ZmqTransport._socket = unlimited


def _payloads_of_any_size() -> None:
    wire: Any = import_module("common.wire")
    wire.PAYLOAD_MAX = dict.fromkeys(wire.SCHEMAS, sys.maxsize)


def _answer_everybody() -> None:
    limits = vars(import_module("common.limits"))
    vars(import_module("common.inquiries"))["limits"] = SimpleNamespace(**{**limits, "ASKERS_MAX": sys.maxsize})


def _wait_for_ever() -> None:
    web: Any = import_module("collector.web")

    async def send(writer: Any, data: bytes) -> None:  # noqa: ANN401 - a stream's writer
        writer.write(data)
        await writer.drain()

    web._send = send


UNIT: Final = "tests/unit"
SWITCHES: Final[dict[str, Switch]] = {
    f"{UNIT}/common/test_wire.py::test_what_is_wrong_is_a_word": _admit_anything,
    f"{UNIT}/common/test_schema.py::test_bounds_are_where_the_protocol_puts_them": _believe_fields,
    f"{UNIT}/common/test_wire.py::test_a_payload_beyond_its_kinds_limit_is_refused": _payloads_of_any_size,
    f"{UNIT}/common/test_job.py::test_a_document_beyond_its_limit_is_not_even_parsed": _put(
        "common.limits", "JOB_MAX_BYTES", 1 << 40
    ),
    f"{UNIT}/common/test_zmq_transport.py::test_a_part_beyond_the_limit_ends_the_connection": _endless_parts,
    f"{UNIT}/common/test_zmq_transport.py::test_an_open_address_is_refused_without_a_word_from_the_user": _put(
        "common.zmq_transport", "require_protected", _nothing
    ),
    f"{UNIT}/common/test_zmq_transport.py::test_an_ipc_path_in_use_is_not_taken_over": _put(
        "common.zmq_transport", "_require_unused", _nothing
    ),
    f"{UNIT}/common/test_doorkeeper.py::test_a_message_without_end_is_ended_and_its_neighbour_lives": _put(
        "common.doorkeeper:Doorkeeper", "_judge", _nothing
    ),
    f"{UNIT}/common/test_doorkeeper.py::test_who_says_nothing_is_ended": _put(
        "common.doorkeeper:Doorkeeper", "_see", _nothing
    ),
    f"{UNIT}/common/test_doorkeeper.py::test_a_crowd_is_thinned_by_those_who_say_nothing": _put(
        "common.doorkeeper:Doorkeeper", "_make_room", _nothing
    ),
    f"{UNIT}/common/test_doorkeeper.py::test_a_descriptor_that_has_become_another_one_is_left_alone": _put(
        "common.doorkeeper", "_cookie", lambda _: 1
    ),
    f"{UNIT}/common/test_inquiries.py::test_no_more_than_so_many_connections_are_answered_in_that_time": (
        _answer_everybody
    ),
    f"{UNIT}/common/test_schema.py::test_what_could_be_a_path_an_option_or_an_escape_is_no_name": _put(
        "common.schema", "_is_name", _yes
    ),
    f"{UNIT}/common/test_errors.py::test_a_failure_is_one_line_that_moves_no_cursor": _put(
        "common.errors", "one_line", _same
    ),
    f"{UNIT}/common/test_redaction.py::test_secrets_are_left_out": _put("common.redaction", "_public", _same),
    f"{UNIT}/common/test_shm.py::test_nobody_can_shrink_or_grow_it": _unsealed,
    f"{UNIT}/common/test_shm.py::test_a_descriptor_that_is_no_sealed_memory_is_not_mapped": _map_anything,
    f"{UNIT}/common/test_keyfile.py::test_a_file_that_others_can_open_is_refused": _put(
        "common.keyfile", "_require_closed", _nothing
    ),
    f"{UNIT}/producer/test_container.py::test_references_open_nothing_else": _put(
        "producer.container", "_CONTAINER_OPTIONS", {"protocol_whitelist": "file", "safe": "0"}
    ),
    f"{UNIT}/producer/test_images.py::test_a_picture_of_too_many_pixels_is_refused": _put(
        "producer.image_file", "_STRICT", {}
    ),
    f"{UNIT}/collector/test_pictures.py::test_what_is_no_picture_costs_its_frame_the_picture": _put(
        "collector.pictures", "jpeg_size", lambda *_: _Any()
    ),
    f"{UNIT}/worker/test_model_store.py::test_bytes_of_another_digest_are_not_kept": _put(
        "worker.model_store", "hashlib", SimpleNamespace(sha256=_AnyDigest)
    ),
    f"{UNIT}/collector/test_jsonl.py::test_a_name_never_leaves_the_folder": _put("collector.paths", "is_name", _yes),
    f"{UNIT}/collector/test_report_page.py::test_a_hostile_name_is_text": _put("collector.markup", "escape", _same),
    f"{UNIT}/collector/test_web.py::test_a_viewer_that_takes_nothing_is_cut_off": _wait_for_ever,
    f"{UNIT}/collector/test_web.py::test_every_answer_forbids_other_sites_to_read_or_show_it": _put(
        "collector.web", "_SAFE", ""
    ),
    f"{UNIT}/collector/test_web_request.py::test_a_name_of_another_site_is_refused": _put(
        "collector.web_request", "is_own", _yes
    ),
    f"{UNIT}/collector/test_web_request.py::test_what_another_sites_page_asks_for_is_refused": _put(
        "collector.web_request", "is_foreign", _no
    ),
    f"{UNIT}/collector/test_web_request.py::test_without_the_token_nothing_is_answered": _put(
        "collector.web_request", "_has_token", _yes
    ),
}
"""Of each row of the table."""


def pytest_configure() -> None:
    """Switch off what the environment names; "none" leaves everything on."""
    if (wanted := os.environ[VARIABLE]) != "none":
        SWITCHES[wanted]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let tests wait no longer than need be for what cannot happen."""
    for item in items:
        assert isinstance(item, pytest.Function)
        for name in {"DEADLINE_S", "PATIENCE_S"} & vars(item.module).keys():
            setattr(item.module, name, PATIENCE_S)
