"""A disk that is full: changes are refused with the cause, nothing is half there, and it goes on when there is room again."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from openlpar.client.connection import Connection
from openlpar.client.errors import BadAnswer
from tests.conftest import BIN, Server, start_server
from tests.faces.rest import WEB, Rest, logged_on, partition_body

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
    late = logged_on(server)
    assert _names(late) == acknowledged, "who comes now can look"
    nothing = late.request("PUT", "/rest/api/uom/LogicalPartition", partition_body("vm-late", 256))
    assert (nothing.status, "could not be written" in nothing.message) == (503, True), nothing.text
    assert _names(late) == acknowledged
    assert "is held in memory" in Path(f"{server.data}.log").read_text()
    assert late.request("DELETE", "/rest/api/web/Logon").status == 204
    assert late.request("GET", "/rest/api/uom/LogicalPartition/quick/All").status == 401
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
        with pytest.raises(BadAnswer) as refused:
            _ = connection.session
        about = f"Nobody can log on: the session cannot be written to {tmp_path / 'data'}: No such file or directory."
        assert refused.value.text.startswith(f"[PVME01060001-0003] {about} Free space")
        assert refused.value.hint == ""
        (tmp_path / "data" / "sessions").mkdir()
        assert connection.session.token
        (written,) = (tmp_path / "data" / "sessions").iterdir()
        assert written.stat().st_size
    assert server.stop() == 0


def test_an_upload_that_finds_no_room_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    start_server(tmp_path / "data").stop()
    server = start_server(tmp_path / "data", file_limit=_LIMIT)
    rest = logged_on(server)
    vios = rest.first_id("/rest/api/uom/VirtualIOServer?group=None")
    wish = (
        f'<File xmlns="{WEB}" schemaVersion="V1_0"><Filename>big.iso</Filename>'
        f"<ExpectedFileSizeInBytes>{2 * _LIMIT}</ExpectedFileSizeInBytes>"
        f"<FileEnumType>BROKERED_MEDIA_ISO</FileEnumType><TargetVirtualIOServerUUID>{vios}</TargetVirtualIOServerUUID></File>"
    )
    announced = rest.request("PUT", "/rest/api/web/File", wish)
    assert announced.status == 200, announced.text
    answer = rest.request("PUT", f"/rest/api/web/File/contents/{announced.value('FileUUID')}", b"x" * 2 * _LIMIT)
    assert answer.status == 503, answer.text
    assert (
        f"could not be written to {tmp_path / 'data' / 'uploads'}: File too large. Nothing was changed"
        in answer.message
    )
    assert list((tmp_path / "data" / "uploads").iterdir()) == []
    server.kill()
