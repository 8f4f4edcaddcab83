"""However many connections clients open, files are left over, and who wants something is served."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from openlpar.certificate import tls_context
from openlpar.faces import front, seats
from openlpar.faces.seats import Door, Seat, SeatedClient

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Any]

ASKED = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
SEATS = 3


@pytest.fixture(params=["http", "https"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Connect, asyncio.Event, Door]]:
    """A way to connect to a server of three seats whose answer to "/" waits for the event, and its door."""
    answering = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        if scope["path"] == "/":
            await answering.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})

    tls = known = None
    if request.param == "https":
        tls = tls_context(tmp_path / "tls", datetime.datetime.now(datetime.UTC))
        known = ssl.create_default_context(cafile=tmp_path / "tls" / "cert.pem")
    config, state = uvicorn.Config(application, lifespan="off", log_config=None), ServerState()
    config.load()

    def client(seat: Seat, told: bool) -> SeatedClient:
        return SeatedClient(seat, told, config=config, server_state=state, app_state={})

    listener = socket.create_server(("127.0.0.1", 0))
    address = listener.getsockname()
    door = Door(listener, client, SEATS, tls)

    async def connect() -> Ends:
        return await asyncio.wait_for(
            asyncio.open_connection(*address, ssl=known, server_hostname="localhost" if known else None), 20
        )

    connect.__dict__["address"] = address
    yield connect, answering, door
    answering.set()
    door.close()
    await door.wait_closed()
    listener.close()
    for connection in list(state.connections):
        connection.transport.abort()


async def _said(reader: asyncio.StreamReader) -> str:
    """The first line of the next answer; "" when the connection has ended."""
    with contextlib.suppress(ConnectionResetError, ssl.SSLError):
        head = await asyncio.wait_for(reader.readline(), 20)
        while head and await asyncio.wait_for(reader.readline(), 20) != b"\r\n":
            pass
        return head.decode().strip()
    return ""


async def _asked(ends: Ends, path: str = "/at-once") -> str:
    ends[1].write(ASKED.replace(b"/ ", path.encode() + b" ", 1))
    said = await _said(ends[0])
    if said.endswith("200 OK"):
        await ends[0].readexactly(2)
    return said


async def test_who_rests_longest_makes_room(house: tuple[Connect, asyncio.Event, Door]) -> None:
    connect, _, _ = house
    clients = [await connect() for _ in range(SEATS)]
    for client in clients:
        assert await _asked(client) == "HTTP/1.1 200 OK"
    assert await _asked(clients[0]) == "HTTP/1.1 200 OK"  # now the second has rested for longest
    newcomer = await connect()
    assert await _asked(newcomer) == "HTTP/1.1 200 OK"
    assert await _said(clients[1][0]) == ""
    for client in (clients[0], clients[2], newcomer):
        assert await _asked(client) == "HTTP/1.1 200 OK"
    for _, writer in (*clients, newcomer):
        writer.transport.abort()


async def test_who_waits_for_an_answer_stays_and_others_are_told(house: tuple[Connect, asyncio.Event, Door]) -> None:
    connect, answering, door = house
    waiting = [await connect() for _ in range(SEATS)]
    for _, writer in waiting:
        writer.write(ASKED)
    await _until(lambda: not door._resting and len(door._taken) == SEATS)
    for _ in range(2 * seats._TOLD):  # whoever was told has his place no longer
        refused = await connect()
        assert await _asked(refused) == "HTTP/1.1 503 Service Unavailable"
        assert b"PVME01060003-0003" in await refused[0].read()
        refused[1].close()
    answering.set()
    for reader, writer in waiting:
        assert await _said(reader) == "HTTP/1.1 200 OK"
        writer.transport.abort()


async def test_who_says_nothing_takes_no_seat_from_others(house: tuple[Connect, asyncio.Event, Door]) -> None:
    """Not even the handshake of TLS: such a connection is known to nobody but the door."""
    connect, _, door = house
    silent = [socket.create_connection(connect.__dict__["address"]) for _ in range(20 * SEATS)]
    newcomer = await connect()
    assert await _asked(newcomer) == "HTTP/1.1 200 OK"
    assert len(door._taken) <= SEATS
    hung_up = 0
    for client in silent:
        client.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            hung_up += client.recv(1) == b""
        client.close()
    assert hung_up >= len(silent) - SEATS
    newcomer[1].transport.abort()


async def test_beyond_those_who_are_told_connections_are_closed(house: tuple[Connect, asyncio.Event, Door]) -> None:
    connect, _, door = house
    waiting = [await connect() for _ in range(SEATS)]
    for _, writer in waiting:
        writer.write(ASKED)
    await _until(lambda: not door._resting and len(door._taken) == SEATS)
    stubborn = [socket.create_connection(connect.__dict__["address"]) for _ in range(seats._TOLD)]
    await _until(lambda: len(door._told) == seats._TOLD)
    with pytest.raises((ConnectionError, ssl.SSLError)):
        assert await _asked(await connect()) == ""
        raise ConnectionResetError  # hung up on without a word, as http clients see it
    for client in stubborn:
        client.close()
    await _until(lambda: not door._told)
    for _, writer in waiting:
        writer.transport.abort()


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


async def test_connections_fit_into_the_files_that_the_process_may_have_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for files in (256, 1024, 20_000, 1_000_000):
        monkeypatch.setattr(seats, "files_at_most", lambda files=files: files)
        monkeypatch.setattr(front, "files_at_most", lambda files=files: files)
        assert 0 < 2 * seats.fitting() <= files / 2
        assert 0 < 2 * 2 * front.fitting() < files
    assert seats.fitting() == seats.MOST < front.fitting()


async def test_the_front_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(front, "fitting", lambda: 1)
    core = await asyncio.start_unix_server(lambda reader, writer: None, tmp_path / "core.sock")
    listener = socket.create_server(("127.0.0.1", 0))
    door = front.start_front(listener, tmp_path / "core.sock", None)
    first = await asyncio.open_connection(*listener.getsockname())
    await _until(lambda: len(door._taken) == 1 and not door._resting)
    second = await asyncio.open_connection(*listener.getsockname())
    second[1].write(ASKED)
    answer = await asyncio.wait_for(second[0].read(), 20)
    assert answer.startswith(b"HTTP/1.1 503 ") and b"PVME01060003-0003" in answer
    for _, writer in (first, second):
        writer.transport.abort()
    await _until(lambda: not door._taken)
    door.close()
    core.close()
