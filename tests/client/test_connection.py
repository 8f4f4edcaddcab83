"""Sessions, reading, changing, errors, over a real connection to a scripted service."""

import gzip
import io
from pathlib import Path

import pytest

from openlpar.client import edit, files, jobs
from openlpar.client.connection import connect
from openlpar.client.errors import (
    JobFailed,
    JobTimedOut,
    LogonRefused,
    NotFound,
    RestError,
    Stale,
    TooBusy,
    Unreachable,
)
from openlpar.uom.file import File
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.client.fake_service import ATOM, Reply, Request, Service, entry, error, job, switch

PATH = "/rest/api/uom/ManagedSystem/s/VirtualSwitch/u1"


def test_logs_on_by_file_and_off_again(service: Service) -> None:
    service.answer = lambda _: Reply(204)
    with connect(service.url) as connection:
        assert connection.feed("VirtualSwitch", VirtualSwitch) == []
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert (len(service.logons), service.logoffs) == (1, 1)
    assert service.requests[0].headers["X-API-Session"] == "token"
    assert b"<GenerateX-API-SessionFile>true" in service.logons[0].body
    assert "X-Audit-Memento" in service.requests[0].headers
    assert service.connections == 1, "one connection carries all requests"


def test_logs_off_after_a_failure(service: Service) -> None:
    with pytest.raises(NotFound), connect(service.url) as connection:
        connection.get("VirtualSwitch/x", VirtualSwitch)
    assert service.logoffs == 1


def test_password_comes_from_a_file(service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secret").write_text("p<&>w\n")
    monkeypatch.setenv("OPENLPAR_USER", "neo")
    monkeypatch.setenv("OPENLPAR_PASSWORD_FILE", str(tmp_path / "secret"))
    service.answer = lambda _: Reply(204)
    with connect(service.url) as connection:
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert b"<UserID>neo</UserID><Password>p&lt;&amp;&gt;w</Password>" in service.logons[0].body


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_certificate_file_that_is_none_is_named(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("OPENLPAR_CA_FILE", str(file))
    with pytest.raises(Unreachable) as refused, connect(service.url.replace("http:", "https:")) as connection:
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert refused.value.text.startswith(f"There is no certificate to trust in {file}: ")
    assert refused.value.hint.startswith("OPENLPAR_CA_FILE names it")


def test_a_missing_password_is_explained(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLPAR_USER", "neo")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    with pytest.raises(LogonRefused) as refused, connect(service.url) as connection:
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert "OPENLPAR_PASSWORD_FILE" in refused.value.hint


def test_nobody_answers() -> None:
    with pytest.raises(Unreachable) as failed, connect("http://127.0.0.1:9") as connection:
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert "127.0.0.1:9" in failed.value.text and "openlpar serve" in failed.value.hint


def test_an_address_without_tls_is_told(service: Service) -> None:
    with (
        pytest.raises(Unreachable, match="does not speak TLS") as failed,
        connect(service.url.replace("http:", "https:")) as connection,
    ):
        connection.feed("VirtualSwitch", VirtualSwitch)
    assert "http://" in failed.value.hint


def test_a_nonsense_address_is_explained() -> None:
    with pytest.raises(Unreachable, match="ftp"):
        connect("ftp://x")


def test_an_expired_session_is_renewed_once(service: Service) -> None:
    answers = [Reply(401), Reply(204)]
    service.answer = lambda _: answers.pop(0)
    with connect(service.url) as connection:
        assert connection.feed("VirtualSwitch", VirtualSwitch) == []
    assert len(service.logons) == 2


def test_gzip(service: Service) -> None:
    body = gzip.compress(entry(service.url, switch(service.url), PATH).encode())
    service.answer = lambda _: Reply(200, body, {"Content-Encoding": "gzip"})
    with connect(service.url) as connection:
        assert connection.get("VirtualSwitch/u1", VirtualSwitch).element.name == "ETHERNET0"


def test_update_sends_back_everything_it_does_not_know(service: Service) -> None:
    unknown = '<FutureThing x="1"><Deep>&#228;</Deep></FutureThing>'
    found = entry(service.url, switch(service.url, more=unknown), PATH + "?group=None", "17")
    service.answer = lambda _: Reply(200, found, {"ETag": "17"})
    with connect(service.url) as connection:
        read = connection.get("ManagedSystem/s/VirtualSwitch/u1", VirtualSwitch)
        assert read.element.vnet_uri_list == ("ManagedSystem/s/VirtualNetwork/n1",)
        connection.update(read, lambda tree: edit.set_text(tree, VirtualSwitch, ("mode",), "Vepa"))
    sent = service.requests[-1]
    assert (sent.method, sent.path, sent.headers["If-Match"]) == ("POST", PATH + "?group=None", "17")
    assert sent.headers["Content-Type"].endswith("uom+xml; type=VirtualSwitch")
    assert b">Vepa<" in sent.body and b"<uom:Deep>&#228;</uom:Deep>" in sent.body and b'kb="CUD"' in sent.body
    assert not sent.body.startswith(b"<?xml")


def test_a_conflict_is_resolved_by_reading_again(service: Service) -> None:
    now = {"mode": "Veb", "name": "A", "etag": "1"}

    def answer(request: Request) -> Reply:
        if request.method == "POST" and request.headers["If-Match"] != now["etag"]:
            return Reply(412)
        if request.method == "POST":
            now["mode"] = "Vepa" if b">Vepa<" in request.body else "Veb"
            assert now["name"].encode() in request.body, "the other one's change must survive"
        content = switch(service.url, now["name"], now["mode"])
        return Reply(200, entry(service.url, content, PATH), {"ETag": now["etag"]})

    service.answer = answer
    with connect(service.url) as connection:
        read = connection.get("ManagedSystem/s/VirtualSwitch/u1", VirtualSwitch)
        now.update(name="B", etag="2")
        after = connection.update(read, lambda tree: edit.set_text(tree, VirtualSwitch, ("mode",), "Vepa"))
    assert (after.element.name, after.element.mode) == ("B", "Vepa")


def test_delete_is_refused_when_the_object_changed(service: Service) -> None:
    service.answer = lambda request: (
        Reply(412)
        if request.method == "DELETE"
        else Reply(200, entry(service.url, switch(service.url), PATH + "?group=None"), {"ETag": "5"})
    )
    with pytest.raises(Stale), connect(service.url) as connection:
        connection.delete(connection.get("ManagedSystem/s/VirtualSwitch/u1", VirtualSwitch))
    assert (service.requests[-1].path, service.requests[-1].headers["If-Match"]) == (PATH, "5")


@pytest.mark.parametrize(
    ("reply", "kind", "text"),
    [
        (error(400, "[PVME1] no."), RestError, "[PVME1] no."),
        (error(404, "gone"), NotFound, "gone"),
        (error(500, "VIOS0014 busy"), TooBusy, "VIOS0014 busy"),
        (error(503, "later"), TooBusy, "later"),
        (Reply(500, "<html>"), RestError, "GET /rest/api/uom/X?group=None failed with HTTP 500"),
        (Reply(400), RestError, "failed with HTTP 400"),
    ],
)
def test_errors(service: Service, reply: Reply, kind: type[RestError], text: str) -> None:
    service.answer = lambda _: reply
    with pytest.raises(RestError) as failed, connect(service.url) as connection:
        connection.feed("X", VirtualSwitch)
    assert type(failed.value) is kind and text in failed.value.text


def test_search_quotes_the_value(service: Service) -> None:
    service.answer = lambda _: Reply(204)
    with connect(service.url) as connection:
        connection.search(VirtualSwitch, "PartitionName", "my vm's")
    assert service.requests[0].path == "/rest/api/uom/VirtualSwitch/search/(PartitionName=='my%20vm%27s')?group=None"


# ---- jobs ---------------------------------------------------------------------------------------------------------

TEMPLATE = job("JobRequest", "<RequestedOperation/><JobParameters/>")


def _job_service(service: Service, *states: str, results: str = "") -> None:
    left = list(states)

    def answer(request: Request) -> Reply:
        if request.method == "GET" and "/do/" in request.path:
            return TEMPLATE
        if request.method in ("DELETE", "POST"):
            return Reply(204)
        status = left.pop(0) if len(left) > 1 else left[0]
        return job("JobResponse", f"<JobID>7</JobID><Status>{status}</Status>{results}")

    service.answer = answer


def test_a_job_runs_to_its_end(service: Service) -> None:
    parameter = "<JobParameter><ParameterName>a</ParameterName><ParameterValue>b</ParameterValue></JobParameter>"
    _job_service(service, "NOT_STARTED", "RUNNING", "COMPLETED_OK", results=f"<Results>{parameter}</Results>")
    with connect(service.url) as connection:
        assert jobs.run(connection, "LogicalPartition/x", "PowerOn", {"bootmode": "norm"}) == {"a": "b"}
    put = next(request for request in service.requests if request.method == "PUT")
    assert put.path == "/rest/api/uom/LogicalPartition/x/do/PowerOn"
    assert b"<web:ParameterName>bootmode</web:ParameterName><web:ParameterValue>norm</web:ParameterValue>" in put.body
    assert service.requests[-1][:2] == ("DELETE", "/rest/api/uom/jobs/7")


def test_a_failed_job_says_why(service: Service) -> None:
    _job_service(
        service,
        "COMPLETED_WITH_ERROR",
        results="<ResponseException><Message>HSCL1558 off</Message></ResponseException>",
    )
    with pytest.raises(JobFailed, match="HSCL1558 off"), connect(service.url) as connection:
        jobs.run(connection, "LogicalPartition/x", "PowerOff")


def test_a_job_that_takes_too_long_is_cancelled(service: Service) -> None:
    _job_service(service, "RUNNING")
    with pytest.raises(JobTimedOut), connect(service.url) as connection:
        jobs.run(connection, "LogicalPartition/x", "PowerOff", time_limit_s=0.05)
    assert service.requests[-1][:2] == ("POST", "/rest/api/uom/jobs/7/cancel?group=None")


# ---- files --------------------------------------------------------------------------------------------------------


def test_an_upload_is_chunked_and_its_descriptor_deleted(service: Service) -> None:
    content = (
        '<File xmlns="http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"><FileUUID>f1</FileUUID></File>'
    )
    made = f'<entry xmlns="{ATOM}"><id>f1</id><content>{content}</content></entry>'
    service.answer = lambda request: Reply(200, made) if request.path == "/rest/api/web/File" else Reply(204)
    sent = bytes(range(256)) * 1000
    with connect(service.url) as connection:
        files.upload(connection, File(file_name="a.iso"), io.BytesIO(sent))
    put, contents, delete = service.requests
    assert (put.method, put.path) == ("PUT", "/rest/api/web/File")
    assert contents.path == "/rest/api/web/File/contents/f1" and contents.body == sent
    assert contents.headers["Transfer-Encoding"] == "chunked" and "Content-Length" not in contents.headers
    assert delete[:2] == ("DELETE", "/rest/api/web/File/f1")


def test_the_descriptor_is_deleted_after_a_failed_upload_too(service: Service) -> None:
    content = (
        '<File xmlns="http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"><FileUUID>f1</FileUUID></File>'
    )
    made = f'<entry xmlns="{ATOM}"><id>f1</id><content>{content}</content></entry>'
    service.answer = lambda request: Reply(200, made) if request.path == "/rest/api/web/File" else error(500, "full")
    with pytest.raises(RestError, match="full"), connect(service.url) as connection:
        files.upload(connection, File(file_name="a.iso"), io.BytesIO(b"x"))
    assert service.requests[-1].method == "DELETE"
