"""What strangers and broken clients send gets a clear refusal, changes nothing and hurts nobody else."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from starlette.requests import Request
from uvicorn.server import ServerState

from openlpar.faces import heads
from openlpar.faces.novalink import bodies
from openlpar.messages import Failure
from tests.conftest import Server
from tests.faces.rest import UOM, WEB, Rest, logged_on, partition_body

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><LogicalPartition xmlns="' + UOM + '">&c;</LogicalPartition>'
)
EXTERNAL = (
    '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><LogicalPartition xmlns="' + UOM + '">'
    "<PartitionName>&e;</PartitionName></LogicalPartition>"
)


@pytest.fixture(scope="module")
def rest(server: Server) -> Rest:
    return logged_on(server)


@pytest.fixture(autouse=True)
def unchanged(server: Server) -> Iterator[None]:
    """Every test here must leave the inventory as it was, and the server alive."""
    before = _digest(server)
    yield
    assert _digest(server) == before


def _digest(server: Server) -> str:
    with urllib.request.urlopen(f"{server.admin}/digest", timeout=20) as answer:
        return str(json.load(answer)["sha256"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (BOMB, "DOCTYPE"),
        (EXTERNAL, "DOCTYPE"),
        ("", "well-formed"),
        ("hello", "well-formed"),
        ("<a><b></a>", "well-formed"),
        ("\x00\x01", "well-formed"),
        (f'<VirtualSwitch xmlns="{UOM}"/>', "where LogicalPartition was expected"),
        ('<LogicalPartition xmlns="urn:other"/>', "where LogicalPartition was expected"),
        ("<a>" * 3000 + "</a>" * 3000, "well-formed"),
        (partition_body("x", "lots"), "DesiredMemory"),
        (partition_body("x", "1e3"), "DesiredMemory"),
        (partition_body("x", "-1024"), "DesiredMemory"),
        (partition_body("x", 10**30), "DesiredMemory"),
        (partition_body("x", 1000), "multiple"),
        (partition_body("x", ""), "DesiredMemory"),
        (partition_body(""), "cannot be the name"),
        (partition_body("n" * 32), "cannot be the name"),
        (partition_body("../../etc/passwd|"), "cannot be the name"),
        (partition_body("ümlaut"), "cannot be the name"),
        (partition_body("vios1"), "exists already"),
        (partition_body("x", extra="<uom:PartitionID>1</uom:PartitionID>"), "used by"),
        (partition_body("x", extra="<uom:PartitionID>0</uom:PartitionID>"), "PartitionID"),
        (partition_body("x", extra="<uom:PartitionUUID>no</uom:PartitionUUID>"), "UUID"),
        (partition_body("x").replace("AIX/Linux", "BeOS"), "PartitionType"),
    ],
)
def test_a_bad_body_is_refused_and_told_why(rest: Rest, body: str, said: str) -> None:
    answer = rest.request("PUT", "/rest/api/uom/LogicalPartition", body)
    assert answer.status == 400, answer.text
    assert said in answer.message
    assert not answer.text.startswith("<?xml")


def test_a_body_that_is_announced_too_large_is_not_even_read(rest: Rest) -> None:
    address = urlsplit(rest.server.http)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as client:
        head = (
            f"PUT /rest/api/uom/LogicalPartition HTTP/1.1\r\nHost: x\r\nX-API-Session: {rest.token}\r\n"
            f"Content-Length: {100 * 1024 * 1024 * 1024}\r\n\r\n"
        )
        client.sendall(head.encode())
        assert client.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    "path",
    ["openlpar/peer/challenge", "openlpar/peer/introduce", "openlpar/VirtualIOServer/x/command", "openlpar/console/x"],
)
def test_what_is_a_few_words_is_read_as_such(rest: Rest, path: str) -> None:
    method = "PUT" if "peer" in path else "POST"
    answer = rest.request(method, f"/rest/api/{path}", b"{" + b" " * 70_000 + b"}")
    assert answer.status == 413, answer.text


def test_a_stranger_is_told_so_before_his_body_is_read(rest: Rest) -> None:
    address = urlsplit(rest.server.http)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as client:
        client.sendall(b"PUT /rest/api/openlpar/peer/check HTTP/1.1\r\nHost: x\r\nContent-Length: 60000000\r\n\r\n")
        assert client.recv(64).startswith(b"HTTP/1.1 401")


DEEP = b"[" * 30_000


@pytest.mark.parametrize("path", ["openlpar/peer/introduce", "openlpar/peer", "openlpar/VirtualIOServer/x/command"])
@pytest.mark.parametrize("body", [DEEP, b'{"command":' + DEEP, b'{"signature": "", "statement": "' + DEEP + b'"}'])
def test_json_that_is_nested_without_end_is_refused(rest: Rest, path: str, body: bytes) -> None:
    method = "PUT" if "peer" in path else "POST"
    answer = rest.request(method, f"/rest/api/{path}", body)
    assert answer.status == 400, answer.text


@pytest.mark.parametrize("path", ["faults", "clock/step", "backups"])
def test_the_admin_face_refuses_it_as_well(rest: Rest, path: str) -> None:
    answer = rest.request("POST", f"/admin/{path}", DEEP, {"Content-Type": "application/json"})
    assert (answer.status, "is not JSON" in answer.text) == (400, True), answer.text


def test_a_chunked_body_is_cut_off_at_the_limit(rest: Rest) -> None:
    address = urlsplit(rest.server.http)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as client:
        head = (
            f"PUT /rest/api/uom/LogicalPartition HTTP/1.1\r\nHost: x\r\nX-API-Session: {rest.token}\r\n"
            "Transfer-Encoding: chunked\r\n\r\n"
        )
        client.sendall(head.encode())
        chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
        sent = 0
        try:
            while sent < 100:
                client.sendall(chunk)
                sent += 1
        except OSError:
            pass
        assert b"413" in client.recv(64) or sent < 100


def test_a_broken_chunk_ends_that_connection_only(rest: Rest) -> None:
    address = urlsplit(rest.server.http)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as client:
        head = (
            f"PUT /rest/api/uom/LogicalPartition HTTP/1.1\r\nHost: x\r\nX-API-Session: {rest.token}\r\n"
            "Transfer-Encoding: chunked\r\n\r\nNOT-A-SIZE\r\n"
        )
        client.sendall(head.encode())
        assert b" 400 " in client.recv(64)


def test_a_client_that_says_nothing_blocks_nobody(rest: Rest) -> None:
    address = urlsplit(rest.server.http)
    idle = [socket.create_connection((address.hostname or "", address.port or 0)) for _ in range(50)]
    for client in idle:
        client.sendall(b"GET /rest/api/uom/ManagedSystem HTTP/1.1\r\nHost: ")
    assert rest.request("GET", "/rest/api/uom/ManagedSystem?group=None").status == 200
    for client in idle:
        client.close()


@pytest.mark.parametrize("line", [b"X-Long: " + b"a" * 1_000_000, b"".join(b"x%d: y\r\n" % n for n in range(100_000))])
def test_a_header_without_end_is_cut_off(rest: Rest, line: bytes) -> None:
    address = urlsplit(rest.server.http)
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=20) as client:
        with contextlib.suppress(OSError):  # the server may have hung up before all was sent
            client.sendall(b"GET /rest/api/uom/ManagedSystem HTTP/1.1\r\nHost: x\r\n" + line)
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(64).startswith(b"HTTP/1.1 431")


async def _spoken_to(application: Any, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Any]) -> Any:
    """What ``talk`` says of a connection to a server with our protocol."""
    config = uvicorn.Config(application, http=heads.BoundedHeads, lifespan="off", log_config=None)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: heads.BoundedHeads(config, ServerState(), {}), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        return await talk(reader, writer)
    finally:
        writer.close()
        server.close()


async def _hello(scope: Any, receive: Any, send: Any) -> None:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message.get("more_body"):
            break
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"%05d" % (len(body) % 100_000)})


@pytest.mark.parametrize("begun", [b"", b"GET / HTTP/1.1\r\nHost: ", b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHo"])
async def test_a_client_that_does_not_end_its_header_is_given_up(monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    monkeypatch.setattr(heads, "SLOWEST_S", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        for half in (begun[:18], begun[18:]):
            writer.write(half)
            await writer.drain()
            await asyncio.sleep(0)
        return await asyncio.wait_for(reader.read(), 20)

    assert (await _spoken_to(_hello, talk)).count(b" 200 ") == begun.count(b"\r\n\r\n")


async def test_long_bodies_and_many_requests_are_no_long_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heads, "LARGEST", 1000)
    request = b"PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> list[bytes]:
        said = []
        for _ in range(30):
            writer.write(request)
            await reader.readuntil(b"\r\n\r\n")
            said.append(await reader.readexactly(5))
        return said

    assert await _spoken_to(_hello, talk) == [b"70000"] * 30


async def test_a_client_that_stops_within_its_body_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> dict[str, object]:
        await asyncio.sleep(3600)
        return {}

    monkeypatch.setattr(bodies, "SLOWEST_S", 0.05)
    request = Request({"type": "http", "method": "PUT", "path": "/", "headers": []}, never)
    with pytest.raises(Failure, match="Nothing of the request body came"):
        await bodies.body_of(request)


@pytest.mark.parametrize("host", ['x"><evil/>', "a b", "x/../y", "é"])
def test_a_strange_host_is_not_echoed(rest: Rest, host: str) -> None:
    answer = rest.request("GET", "/rest/api/uom/ManagedSystem?group=None", headers={"Host": host})
    assert answer.status in (200, 400)
    assert host not in answer.body.decode(errors="replace")


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/rest/api/uom/NoSuchType", 400, "REST000B"),
        ("/rest/api/uom/../../etc/passwd", 400, ""),
        (
            "/rest/api/uom/LogicalPartition/00000000-0000-4000-8000-000000000000/SRIOVRoCELogicalPort",
            400,
            "Ethernet log",
        ),
        ("/rest/api/uom/SRIOVFibreChannelOverEthernetLogicalPort", 400, "PVME01051008-0005"),
        ("/rest/api/uom/LogicalPartition/00000000-0000-4000-8000-000000000000", 404, "does not exist"),
        ("/rest/api/uom/LogicalPartition/not-a-uuid", 400, ""),
        ("/rest/api/uom/LogicalPartition?group=NoSuchGroup", 400, "extended attribute group"),
        ("/rest/api/uom/LogicalPartition/search/(PartitionState=='running')", 400, "PartitionName"),
        ("/rest/api/uom/LogicalPartition/search/(((", 400, "searched"),
        ("/rest/api/uom/jobs/12345", 404, "REST0005"),
        ("/rest/api/uom/LogicalPartition/quick/All/x", 400, "quick"),
        ("/rest/api/uom/LogicalPartition/quick/all", 400, "quick"),
        ("/rest/api/uom/LogicalPartition/quick/PartitionName", 400, "quick"),
        ("/rest/api/pcm/ManagedSystem", 400, "ManagedSystem"),
        ("/rest/api/nothing", 400, "REST000B"),
        ("/rest/api/uom/%0aLogicalPartition", 400, "REST000B"),
        ("/rest/api/%0d%0anothing", 400, "REST000B"),
        ("/%0a", 400, "REST000B"),
        ("/rest/api/web/File/contents/00000000-0000-4000-8000-000000000000", 404, "does not exist"),
    ],
)
def test_a_wrong_address_gets_a_true_error_document(rest: Rest, path: str, status: int, said: str) -> None:
    answer = rest.request("GET", path)
    assert answer.status == status
    assert said in answer.message


def test_only_atom_and_its_kin_can_be_asked_for(rest: Rest) -> None:
    answer = rest.request("GET", "/rest/api/uom/ManagedSystem", headers={"Accept": "image/png"})
    assert answer.status == 406


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "..", "x" * 80, "a b", "a&#10;", "&#13;", "", "x" * 38, "-rf"]
)
def test_a_file_name_that_leads_elsewhere_is_refused_before_the_file_is_sent(rest: Rest, name: str) -> None:
    body = (
        f'<File xmlns="{WEB}" schemaVersion="V1_0"><Filename>{name}</Filename>'
        "<InternetMediaType>application/octet-stream</InternetMediaType><FileEnumType>BROKERED_MEDIA_ISO</FileEnumType></File>"
    )
    answer = rest.request("PUT", "/rest/api/web/File", body)
    assert answer.status == 400
    assert "cannot be the name of a " in answer.message
