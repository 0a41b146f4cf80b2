"""`vinofleet status` against real fleets: who is missing, who is ready, and that asking changes nothing."""

from __future__ import annotations

import json
import signal
from contextlib import closing

import jsonschema
import pytest

from common.exits import Exit
from tests.process.roles import Role, Shell, assert_conserved, until
from vinofleet.schema import schema_text
from vinofleet.status.asker import Asker

pytestmark = pytest.mark.process


def status(shell: Shell, *arguments: str) -> Role:
    """Ask, and wait for the answer."""
    role = shell.run("status", *arguments)
    role.ends()
    return role


def test_a_fleet_that_is_built_up_says_what_it_lacks_and_ends_as_if_nobody_asked(shell: Shell) -> None:
    """Not there, alive, ready, over; who watches sees all of it, and is no peer of anybody."""
    nobody = status(shell, shell.frames, "--timeout", "0.2")
    assert nobody.ends() == Exit.TIMEOUT
    assert "nobody answers at tcp" in nobody.text[-1]
    watcher = shell.run("status", shell.frames, shell.results, "--watch", "--json", "--timeout", "1")
    shell.producer("synthetic://counter?frames=400&size=64x48", "--model", "scripted://", "--window", "8")
    shell.collector()
    with closing(Asker()) as asker:

        def queued() -> bool:
            (answer,) = asker.ask([shell.frames], 1.0)
            return answer.document is not None and answer.document["frames"]["queued"] == 8

        until(queued)  # a full window, and nobody who works
    waiting = status(shell, shell.frames)
    assert waiting.ends() == Exit.NOT_READY
    assert "is not ready: it waits for a worker that is ready" in waiting.text[-1]
    assert status(shell, shell.frames, shell.results, "--live").ends() == Exit.OK
    worker = shell.worker("w1", "--stay")
    assert [role.ends() for role in shell.roles if role.name in {"producer", "collector"}] == [Exit.OK, Exit.OK]
    assert_conserved(shell, 400)
    watcher.says('"role": null')
    watcher.signal(signal.SIGINT)
    assert watcher.ends() == Exit.OK
    told = [json.loads(line) for line in watcher.text]
    for document in told:
        jsonschema.validate(document, json.loads(schema_text("status")))
    assert {document["role"] for document in told} == {None, "producer", "collector"}
    worker.signal(signal.SIGTERM)
    assert worker.ends() == Exit.OK


def test_a_run_is_found_by_its_process_number(shell: Shell) -> None:
    """It uses no port and names no address; all that runs is found without any."""
    run = shell.run("run", "synthetic://counter?frames=1000000&size=64x48", "--model", "scripted://")
    asked = ["--json", "--timeout", "1"]
    until(lambda: status(shell, str(run.pid), *asked).ends() == Exit.OK)
    told = [json.loads(line) for line in status(shell, str(run.pid), *asked).text]
    assert [document["role"] for document in told] == ["producer", "collector"]
    assert [worker["name"] for worker in told[0]["workers"]] == ["worker-1"]
    everybody = status(shell, "--live", *asked)
    found = [json.loads(line)["address"] for line in everybody.text if line.startswith("{")]
    assert {document["address"] for document in told} <= set(found)
    run.signal(signal.SIGINT)
    assert run.ends() == Exit.INTERRUPTED
