"""`vinofleet status` against real fleets: who is missing, who is ready, and that asking changes nothing."""

from __future__ import annotations

import json
import signal
from contextlib import closing

import jsonschema
import pytest

from common.exits import Exit
from tests.process.roles import PATIENCE_S, Shell, assert_conserved, until
from vinofleet.schema import schema_text
from vinofleet.status.asker import Asker
from vinofleet.status.find import roles_of, running_roles
from vinofleet.status.verdict import verdict

pytestmark = pytest.mark.process


def test_a_fleet_that_is_built_up_says_what_it_lacks_and_ends_as_if_nobody_asked(shell: Shell) -> None:
    """Not there, alive, ready, over; who watches sees all of it, and is no peer of anybody."""
    watcher = shell.run("status", shell.frames, shell.results, "--watch", "--json", "--timeout", "0.2")
    shell.producer("synthetic://counter?frames=400&size=64x48", "--model", "scripted://", "--window", "8")
    shell.collector()
    with closing(Asker()) as asker:

        def queued() -> bool:
            (answer,) = asker.ask([shell.frames], 1.0)
            return answer.document is not None and answer.document["frames"]["queued"] == 8

        until(queued)  # a full window, and nobody who works
        both = asker.ask([shell.frames, shell.results], PATIENCE_S)
    assert verdict(both, "", PATIENCE_S, live=True).code is Exit.OK
    waiting = shell.run("status", shell.frames)
    assert waiting.ends() == Exit.NOT_READY
    assert "is not ready: it waits for a worker that is ready" in waiting.text[-1]
    watcher.says('"role": "collector"')
    worker = shell.worker("w1", "--stay")
    assert [role.ends() for role in shell.roles if role.name in {"producer", "collector"}] == [Exit.OK, Exit.OK]
    assert_conserved(shell, 400)
    watcher.says('"role": null')
    watcher.signal(signal.SIGINT)
    worker.signal(signal.SIGTERM)
    assert watcher.ends() == Exit.OK
    told = [json.loads(line) for line in watcher.text]
    for document in told:
        jsonschema.validate(document, json.loads(schema_text("status")))
    assert {document["role"] for document in told} == {None, "producer", "collector"}
    assert worker.ends() == Exit.OK


def test_a_run_is_found_by_its_process_number(shell: Shell) -> None:
    """It uses no port and names no address; all that runs is found without any."""
    run = shell.run("run", "synthetic://counter?frames=1000000&size=64x48", "--model", "scripted://")
    with closing(Asker()) as asker:

        def ready() -> bool:
            found = asker.ask(roles_of(run.pid), 1.0)
            return len(found) > 1 and verdict(found, "", 1.0, live=False).code is Exit.OK

        until(ready)
    asked = shell.run("status", str(run.pid), "--json")
    assert asked.ends() == Exit.OK
    told = [json.loads(line) for line in asked.text]
    assert [document["role"] for document in told] == ["producer", "collector"]
    assert [worker["name"] for worker in told[0]["workers"]] == ["worker-1"]
    assert {document["address"] for document in told} <= set(running_roles())
    run.signal(signal.SIGINT)
    assert run.ends() == Exit.INTERRUPTED
