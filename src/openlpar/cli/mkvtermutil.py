"""``mkvtermutil``: the VNC server that ``mkvterm --vnc --local`` leaves behind; one for each console, until ``rmvterm`` ends it.

The first line on standard output is the port. Exit status 3: somebody has the console; then the line is there only when it is
another one of these. Its name and arguments are what pypowervm looks for among the processes (contract 1.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from openlpar.cli.command import call, complain
from openlpar.cli.mkvterm import BUSY

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.client.connection import Connection
    from openlpar.client.console import Terminal
    from openlpar.client.partitions import Found
    from openlpar.vnc.rfb import ScreenServer

_FIRST_PORT = 5900
_RETRY_S = 1.0
_PATIENCE_S = 60.0
"""For a service that does not answer: it may be restarted, which takes seconds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _serve, arguments)


def _parser() -> Parser:
    from openlpar.cli.pvmctl.grammar import Parser

    parser = Parser(
        prog="mkvtermutil",
        description="Serves a partition's console to VNC viewers. 'mkvterm --vnc --local' starts it.",
    )
    parser.add_argument("--id", type=int, metavar="N", required=True, help="the partition's id")
    parser.add_argument("--vnc", action="store_true", required=True, help="over VNC; there is no other way")
    parser.add_argument("--local", action="store_true", required=True, help="at the loopback address only; likewise")
    return parser


def _serve(args: argparse.Namespace) -> int:
    from openlpar.client import partitions
    from openlpar.client.connection import connect
    from openlpar.messages import console as say

    try:
        from openlpar.vnc.rfb import ScreenServer
    except ImportError as missing:
        raise say.NO_SCREEN.error(cause=missing) from missing
    with contextlib.suppress(OSError):  # for ps and pgrep, where it was started by way of the interpreter
        Path("/proc/self/comm").write_text("mkvtermutil")
    with connect() as connection:
        return asyncio.run(_show(connection, partitions.find(connection, id=args.id), ScreenServer))


async def _show(connection: Connection, found: Found, server: type[ScreenServer]) -> int:
    """Shows the console until somebody closes it; returns the exit status."""
    from openlpar.client.console import ConsoleBusy
    from openlpar.client.errors import ClientError

    typed: asyncio.Queue[str] = asyncio.Queue()
    screen = server(f"{found.name} (partition {found.id})", typed.put_nowait)
    port = await screen.listen(_FIRST_PORT + found.id)
    try:
        terminal = await asyncio.to_thread(_opened, connection, found, port)
    except ConsoleBusy as busy:
        if busy.vnc:
            print(busy.vnc)
        return complain(busy.text, status=BUSY)
    _announce(port)
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    sides = [_read(terminal, screen), _write(terminal, typed), told.wait()]
    tasks = [asyncio.ensure_future(side) for side in sides]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    with contextlib.suppress(ClientError):
        await asyncio.to_thread(terminal.close)
    for task in tasks:
        task.cancel()
    await screen.close()
    return 0


def _opened(connection: Connection, found: Found, port: int) -> Terminal:
    """The console. One that a VNC server has which is not there any more is closed. Raises ConsoleBusy, ClientError."""
    from openlpar.client import jobs
    from openlpar.client.console import ConsoleBusy, Terminal

    try:
        return Terminal(connection, found.uuid, port)
    except ConsoleBusy as busy:
        # One that was killed has left its port to us, or to nobody.
        if not busy.vnc or (busy.vnc != port and _answers(busy.vnc)):
            raise
    jobs.run(connection, found.path, "CloseVterm")
    return Terminal(connection, found.uuid, port)


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as viewer:
        return viewer.recv(3) == b"RFB"
    return False


def _announce(port: int) -> None:
    """Says where it is, and lets go of the terminal it was started at."""
    print(port, flush=True)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    os.close(nowhere)


async def _read(terminal: Terminal, screen: ScreenServer) -> None:
    """Until the console is closed, or the service has not answered for a while: there is nobody to tell but the viewers."""
    from openlpar.client.console import ConsoleClosed
    from openlpar.client.errors import ClientError
    from openlpar.messages import console as say

    lost: float | None = None
    while lost is None or time.monotonic() - lost < _PATIENCE_S:
        try:
            screen.show(await asyncio.to_thread(terminal.read))
            lost = None
        except ConsoleClosed:
            return
        except ClientError as wrong:
            if lost is None:
                lost = time.monotonic()
                away = say.AWAY.error(cause=wrong.text.rstrip("."), seconds=f"{_PATIENCE_S:g}")
                screen.show(f"\r\n{away}\r\n")
            await asyncio.sleep(_RETRY_S)


async def _write(terminal: Terminal, typed: asyncio.Queue[str]) -> None:
    from openlpar.client.console import ConsoleClosed
    from openlpar.client.errors import ClientError

    while True:
        text = await typed.get()
        while not typed.empty():
            text += typed.get_nowait()
        try:
            await asyncio.to_thread(terminal.write, text)
        except ConsoleClosed:
            return
        except ClientError:
            pass  # the keys are lost, as on a line that is down
