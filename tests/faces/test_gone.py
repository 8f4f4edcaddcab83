"""What names a server or partition that is no more can be read, listed and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import start_server
from tests.faces.rest import WEB, Rest, logged_on, partition_body

CONTENT = b"x" * 4096


@pytest.fixture
def rest(tmp_path: Path) -> Iterator[Rest]:
    server = start_server(tmp_path / "data")
    yield logged_on(server)
    server.stop()


def _announced(rest: Rest, name: str, vios: str) -> str:
    wish = (
        f'<File xmlns="{WEB}" schemaVersion="V1_0"><Filename>{name}</Filename>'
        f"<ExpectedFileSizeInBytes>{len(CONTENT)}</ExpectedFileSizeInBytes>"
        f"<FileEnumType>BROKERED_MEDIA_ISO</FileEnumType><TargetVirtualIOServerUUID>{vios}</TargetVirtualIOServerUUID></File>"
    )
    answer = rest.request("PUT", "/rest/api/web/File", wish)
    assert answer.status == 200, answer.text
    return answer.value("FileUUID")


def _job(rest: Rest, kind: str, uuid: str, operation: str) -> str:
    body = (
        f'<JobRequest xmlns="{WEB}" schemaVersion="V1_0"><RequestedOperation schemaVersion="V1_0">'
        f"<OperationName>{operation}</OperationName><GroupName>{kind}</GroupName></RequestedOperation></JobRequest>"
    )
    answer = rest.request("PUT", f"/rest/api/uom/{kind}/{uuid}/do/{operation}", body)
    assert answer.status == 200, answer.text
    return answer.value("JobID")


def test_files_and_jobs_of_a_deleted_server_can_be_read_and_deleted(rest: Rest, tmp_path: Path) -> None:
    body = partition_body("vios9").replace("LogicalPartition", "VirtualIOServer")
    made = rest.request(
        "PUT",
        f"/rest/api/uom/ManagedSystem/{rest.system()}/VirtualIOServer",
        body.replace("AIX/Linux", "Virtual IO Server"),
    )
    assert made.status == 200, made.text
    vios = made.value("PartitionUUID")
    announced = _announced(rest, "a.iso", vios)
    job = _job(rest, "VirtualIOServer", vios, "PowerOff")
    assert rest.request("DELETE", f"/rest/api/uom/VirtualIOServer/{vios}").status == 204
    assert (
        rest.request("GET", f"/rest/api/web/File/{announced}").value("TargetVirtualIOServerUUID").lower()
        == vios.lower()
    )
    assert announced in rest.request("GET", "/rest/api/web/File").text
    assert rest.request("GET", f"/rest/api/uom/jobs/{job}").value("JobID") == job
    sent = rest.request("PUT", f"/rest/api/web/File/contents/{announced}", CONTENT)
    assert sent.status == 404 and "does not exist" in sent.message
    assert list((tmp_path / "data" / "uploads").iterdir()) == []
    for path in (f"web/File/{announced}", f"uom/jobs/{job}"):
        assert rest.request("DELETE", f"/rest/api/{path}").status == 204
        assert rest.request("GET", f"/rest/api/{path}").status == 404
