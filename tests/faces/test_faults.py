"""Fault rules as an administrator sets them, seen by clients."""

from __future__ import annotations

import http.client
import json
import subprocess
from pathlib import Path

import pytest

from tests.conftest import BIN, Server, start_server
from tests.faces.rest import Rest, logged_on, partition_body


def _fault(server: Server, *words: str) -> None:
    command = [str(BIN / "openlpar"), "fault", *words, "--url", server.http]
    subprocess.run(command, check=True, capture_output=True)


def _names(rest: Rest) -> str:
    return rest.request("GET", "/rest/api/uom/LogicalPartition/quick/All").text


def test_a_full_pool_refuses_a_padmin_command_too(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    rest = logged_on(server)
    vios = rest.first_id("/rest/api/uom/VirtualIOServer?group=None")
    _fault(server, "add", "pool-full", "--subject", "pool1")
    path = f"/rest/api/openlpar/VirtualIOServer/{vios}/command"
    command = json.dumps({"command": "lu -create -sp pool1 -lu too_much -size 1024"})
    answer = json.loads(rest.request("POST", path, command).text)
    assert answer["status"] != 0
    assert "too_much does not fit" in answer["stderr"]
    listed = json.loads(rest.request("POST", path, json.dumps({"command": "lu -list"})).text)
    assert "too_much" not in listed["stdout"]
    assert server.stop() == 0


def test_a_crash_between_two_steps_leaves_nothing_and_happens_as_often_as_told(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    rest = logged_on(server)
    _fault(server, "add", "crash", "--operation", "lpar.create", "--times", "1")
    with pytest.raises((OSError, http.client.HTTPException)):
        rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body("half"))
    assert server.process.wait(timeout=20) == 137
    server = start_server(tmp_path / "data")
    rest = logged_on(server)
    assert '"half"' not in _names(rest)
    assert rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body("whole")).status == 200
    assert '"whole"' in _names(rest)
    assert server.stop() == 0
