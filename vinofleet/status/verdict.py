"""What answers come to: everybody is there and can work, somebody cannot, or somebody is not there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from common.exits import Exit
from common.inquiries import Document
from vinofleet.status.answer import Answer

LACKS: Final[Mapping[str, str]] = {
    "collector": "a collector",
    "worker": "a worker that is ready",
    "producer": "a producer",
    "room": "room on a disk",
    "output": "an output that takes its rows",
}
"""What a role waits for, in words."""


class Verdict(NamedTuple):
    """An exit code, and the line that says why; "" where all is well."""

    code: Exit
    text: str = ""


def verdict(answers: Sequence[Answer], worker: str, timeout_s: float, *, live: bool) -> Verdict:
    """Judge all answers; the first that is not as it should be explains the code.

    Args:
        answers: one of each address.
        worker: the one that was asked for; "" where the roles themselves were.
        timeout_s: how long answers were waited for.
        live: whether it is enough to be there.
    """
    for answer in answers:
        if answer.refusal:
            return Verdict(Exit.REFUSED, f"{answer.address} does not answer: {answer.refusal}")
        if answer.document is None:
            text = f"nobody answers at {answer.address} within {timeout_s:g} s: start it, or check the address"
            return Verdict(Exit.TIMEOUT, text)
    documents = [answer.document for answer in answers if answer.document is not None]
    if worker:
        return _of_worker(documents, worker, live=live)
    unready = [document for document in documents if not document["ready"]]
    if live or not unready:
        return Verdict(Exit.OK)
    first = unready[0]
    return Verdict(Exit.NOT_READY, f"{first['role']} {first['address']} is not ready: {why_not(first)}")


def why_not(document: Document) -> str:
    """Why a role cannot do its work now."""
    if document["phase"] != "running":
        return f"it is {document['phase']}"
    return "it waits for " + " and ".join(LACKS.get(lack, lack) for lack in document["waits_for"])


def _of_worker(documents: Sequence[Document], worker: str, *, live: bool) -> Verdict:
    """Producers know whether it can work; a collector only that it is there."""
    states = [
        (document["role"], one["state"])
        for document in documents
        for one in document["workers"]
        if one["name"] == worker
    ]
    if not states:
        where = ", ".join(document["address"] for document in documents)
        return Verdict(Exit.TIMEOUT, f"worker {worker} is not connected to {where}: start it, or check its name")
    known = [state for role, state in states if role == "producer"] or [state for _, state in states]
    if live or "ready" in known:
        return Verdict(Exit.OK)
    return Verdict(Exit.NOT_READY, f"worker {worker} is not ready: it is {known[0]}")
