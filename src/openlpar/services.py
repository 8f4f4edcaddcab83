"""The services: a managed system that runs, and answers where it listens.

``serve`` runs everything in one process; ``core_main`` and ``rest_main`` are the two services of an installed system.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import ipaddress
import json
import logging
import os
import signal
import socket
import ssl
import sys
from collections.abc import Coroutine, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from openlpar.app import Core, build, owned
from openlpar.certificate import tls_context
from openlpar.faces.front import start_front
from openlpar.faces.seats import Door, Seat, SeatedClient, fitting
from openlpar.messages import Failure
from openlpar.ports import options
from openlpar.ports.hypervisor import HostUnfit
from openlpar.settings import DEFAULT_HTTP, DEFAULT_HTTPS, CannotStart, Settings
from openlpar.store.sqlite import NewerStore

_OTHERS = 0o027


class _Server(uvicorn.Server):
    """Leaves signals to us: there are two of these in one process. Has a bound on its clients."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        def client(seat: Seat, told: bool) -> SeatedClient:
            return SeatedClient(
                seat, told, config=self.config, server_state=self.server_state, app_state=self.lifespan.state
            )

        doors = [Door(listener, client, fitting(), self.config.ssl) for listener in sockets or ()]
        self.servers = cast("list[asyncio.Server]", doors)
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(application: ASGIApp, tls: ssl.SSLContext | None = None) -> _Server:
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=3,
    )
    config.load()
    config.ssl = tls
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return _Server(config)


def _listening(address: str) -> socket.socket:
    """A listening TCP socket for ``host:port``. Raises CannotStart."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, int(port)))
        listener.listen(1024)
    except (OSError, ValueError, OverflowError) as exc:
        raise CannotStart(
            f"cannot listen on {address}: {exc}. Choose another address, or port 0 for any free one."
        ) from exc
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _as_https(application: ASGIApp) -> ASGIApp:
    """The application behind a front that has taken off TLS: links must say https all the same."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        await application({**scope, "scheme": "https"}, receive, send)

    return wrapped


async def _until_told(core: Core, servers: list[tuple[_Server, socket.socket]], ready: str) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await core.engine.start()
    try:
        await core.engine.edges.hypervisor.open()
    except HostUnfit as unfit:
        raise CannotStart(str(unfit)) from unfit
    core.mobility.start()
    core.roles.start()
    core.maintenance.start()
    await core.engine.settled()  # a first system is on disk before anyone is told of it
    running = [asyncio.create_task(server.serve(sockets=[listener])) for server, listener in servers]
    while not all(server.started for server, _ in servers):
        await asyncio.sleep(0.005)
    if ready:
        print(ready, flush=True)
    _notify_systemd()
    idle = asyncio.create_task(_expire(core))
    await stop.wait()
    idle.cancel()
    for server, _ in servers:
        server.should_exit = True
    await asyncio.gather(*running)
    await core.engine.edges.hypervisor.close()
    core.store.set_setting("clock", str(core.engine.clock.now()))
    await core.engine.stop()


async def _expire(core: Core) -> None:
    while True:
        await asyncio.sleep(300)
        core.novalink.sessions.expire()


def _notify_systemd() -> None:
    address = os.environ.get("NOTIFY_SOCKET")
    if address:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify, contextlib.suppress(OSError):
            notify.sendto(b"READY=1", address.replace("@", "\0", 1))


def close_to_others() -> None:
    """What this process and its children make from now on is open to its user and group at most: others have no business in state,
    logs and files of Virtual I/O Servers. Who needs more of a file, or less, says so itself."""
    os.umask(os.umask(_OTHERS) | _OTHERS)


def serve(settings: Settings, http: str, https: str) -> int:
    """Everything in one process; prints the addresses as one line of JSON when ready. Returns the exit status."""
    with owned(settings.data):
        plain, secure = _listening(http), _listening(https)
        loopback = all(ipaddress.ip_address(one.getsockname()[0]).is_loopback for one in (plain, secure))
        tls = tls_context(settings.data / "tls", datetime.datetime.now(datetime.UTC))
        core = build(replace(settings, loopback=loopback, https=_address(secure)))
        ready = {
            "http": f"http://{_address(plain)}",
            "https": f"https://{_address(secure)}",
            "admin": f"http://{_address(plain)}/admin",
            "data": str(settings.data),
            "pid": os.getpid(),
        }
        servers = [(_server(core.application), plain), (_server(core.application, tls), secure)]
        _run(_until_told(core, servers, json.dumps(ready)))
    return 0


def _run(main: Coroutine[Any, Any, None]) -> None:
    import uvloop  # only servers need it

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main)


def core_main(argv: list[str] | None = None) -> int:
    """``pvm-core``: owns state and hypervisor, listens on unix sockets only. Returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="pvm-core", description="Owns the state and the hypervisor of a managed system."
    )
    parser.add_argument("--data", type=Path, required=True, help="state directory")
    parser.add_argument(
        "--socket", type=Path, required=True, help="unix socket for pvm-rest (and SOCKET.tls beside it)"
    )
    parser.add_argument("--system", type=Path, help="inventory file for the first start")
    parser.add_argument("--clock", default="real", help="real, scaled:N, immediate or stepped")
    parser.add_argument("--hypervisor", default="sim", help="sim, or qemu for real partitions")
    options.declare(parser)
    parser.add_argument("--https", default=DEFAULT_HTTPS, help="address at which pvm-rest takes https")
    parser.add_argument("--backups", type=Path, help="where hourly backups go; without it, as for timers, nowhere")
    args = parser.parse_args(argv)
    close_to_others()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    try:
        with owned(args.data):
            tls_context(args.data / "tls", datetime.datetime.now(datetime.UTC))  # its key is the management console's
            # What comes through the front may come from anywhere: the admin face asks for its token.
            core = build(
                Settings(
                    args.data,
                    clock=args.clock,
                    hypervisor=args.hypervisor,
                    system=args.system,
                    loopback=False,
                    options=options.chosen(args),
                    backups=args.backups,
                    https=args.https,
                )
            )
            servers = [
                (_server(application), _unix(path))
                for application, path in (
                    (core.application, args.socket),
                    (_as_https(core.application), Path(f"{args.socket}.tls")),
                )
            ]
            _run(_until_told(core, servers, ""))
    except (CannotStart, Failure, NewerStore, OSError, ValueError) as exc:
        print(f"pvm-core: {exc}", file=sys.stderr)
        return 1
    return 0


def _unix(path: Path) -> socket.socket:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(str(path))
    path.chmod(0o660)
    listener.listen(1024)
    return listener


def rest_main(argv: list[str] | None = None) -> int:
    """``pvm-rest``: the stateless front."""
    parser = argparse.ArgumentParser(prog="pvm-rest", description="Takes http and https connections for pvm-core.")
    parser.add_argument("--data", type=Path, required=True, help="directory with the certificate (tls/)")
    parser.add_argument("--socket", type=Path, required=True, help="the core's unix socket")
    parser.add_argument("--http", default=DEFAULT_HTTP, help="address for http")
    parser.add_argument("--https", default=DEFAULT_HTTPS, help="address for https")
    args = parser.parse_args(argv)
    close_to_others()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    tls = tls_context(args.data / "tls", datetime.datetime.now(datetime.UTC))
    try:
        plain, secure = _listening(args.http), _listening(args.https)
    except CannotStart as exc:
        print(f"pvm-rest: {exc}", file=sys.stderr)
        return 1

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        fronts = [start_front(plain, args.socket, None), start_front(secure, Path(f"{args.socket}.tls"), tls)]
        print(json.dumps([_address(plain), _address(secure)]), flush=True)
        _notify_systemd()
        await stop.wait()
        for front in fronts:
            front.close()

    _run(main())
    return 0
