"""A disk that is full: changes are refused with the cause, nothing is half there, and it goes on when there is room again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from openlpar.client.connection import Connection
from openlpar.client.errors import BadAnswer
from tests.conftest import BIN, Server, start_server
from tests.faces.rest import Rest, logged_on, partition_body

_LIMIT = 1_500_000


def _names(rest: Rest) -> set[str]:
    feed = rest.request("GET", "/rest/api/uom/LogicalPartition/quick/All").text
    return set(re.findall(r'"PartitionName":"(vm[^"]*)"', feed))


def _check_health_tells(server: Server) -> None:
    """There may be room for some small writes still; every look takes one."""
    command = [str(BIN / "openlpar"), "health", "--url", server.http]
    for _ in range(100):
        told = subprocess.run(command, capture_output=True, text=True, check=False)
        if told.returncode:
            break
    assert "status      attention" in told.stdout, told
    assert "[PVME04000001-0003] Nothing can be written to" in told.stdout
    assert "Free space" in told.stdout


def test_a_full_disk_refuses_changes_and_loses_none(tmp_path: Path) -> None:
    start_server(tmp_path / "data").stop()
    server = start_server(tmp_path / "data", file_limit=_LIMIT)
    rest = logged_on(server)
    acknowledged = set()
    refused = None
    for number in range(400):
        name = f"vm{number}"
        answer = rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body(name, 256))
        if answer.status == 503:
            refused = answer
            break
        assert answer.status == 200, answer.text
        acknowledged.add(name)
    assert refused is not None, "the limit was never reached; lower it"
    assert "could not be written" in refused.message
    assert "Free space" in refused.message
    assert _names(rest) == acknowledged
    _check_health_tells(server)
    server.kill()
    server = start_server(tmp_path / "data")
    rest = logged_on(server)
    assert _names(rest) == acknowledged
    again = rest.request("PUT", "/rest/api/uom/LogicalPartition", partition_body("vm-later", 256))
    assert again.status == 200, again.text
    assert server.stop() == 0


def test_a_logon_whose_file_cannot_be_written_is_refused_with_the_cause(tmp_path: Path) -> None:
    server = start_server(tmp_path / "data")
    (tmp_path / "data" / "sessions").rmdir()
    with Connection(server.http) as connection:
        with pytest.raises(BadAnswer, match="written to the state directory: No such file or directory"):
            _ = connection.session
        (tmp_path / "data" / "sessions").mkdir()
        assert connection.session.token
        (written,) = (tmp_path / "data" / "sessions").iterdir()
        assert written.stat().st_size
    assert server.stop() == 0
