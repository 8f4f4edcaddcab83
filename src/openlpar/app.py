"""The composition root: the only module that knows all the others.

``serve`` runs everything in one process; ``core_main`` and ``rest_main`` are the two services of an installed system.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import datetime
import fcntl
import gc
import hashlib
import ipaddress
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

import uvicorn
from starlette.middleware.gzip import GZipMiddleware

import openlpar
from openlpar import ops
from openlpar.certificate import ssh_public_key, tls_context
from openlpar.engine.backups import BackupSchedule
from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.jobs import Jobs
from openlpar.engine.maintenance import MaintenanceLead
from openlpar.engine.mobility import Mobility
from openlpar.engine.roles import Roles
from openlpar.engine.world import State
from openlpar.faces.admin import make_admin
from openlpar.faces.admin.monitoring import Monitoring, Served
from openlpar.faces.front import start_front
from openlpar.faces.novalink.service import NovaLink, make_novalink
from openlpar.hypervisor.backend import Backend
from openlpar.messages import Failure
from openlpar.ops.capacity import TALLIES, managed_system
from openlpar.ops.core import Edges
from openlpar.ops.indexes import INDEXED
from openlpar.ops.inventory.complete import complete
from openlpar.ops.lpar import remove_optical
from openlpar.ops.lpar.observe import observe
from openlpar.ops.metrics import sampling, workloads
from openlpar.ops.metrics.sampling import Sampler
from openlpar.ops.shared_storage import filling
from openlpar.ops.shared_storage.filling import Filler
from openlpar.ops.simulation import faults, san
from openlpar.peers.link import PeerLink
from openlpar.ports import options
from openlpar.ports.hypervisor import HostUnfit, Surroundings
from openlpar.ports.metrics import Meter, Writer
from openlpar.ports.options import NOTHING_TOLD, Options
from openlpar.ports.records import RECORDS, AsRecorded, Due, Identity
from openlpar.store import snapshot
from openlpar.store.backups import BackupFiles
from openlpar.store.sqlite import NewerStore, SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.management_console import ManagementConsole
from openlpar.vios.backend import IoServerBackend
from openlpar.wire import inventory, profile_bak

log = logging.getLogger(__name__)

_MADE_FROM = "made-from"
"""Setting of the store: the SHA-256 of the inventory file that the state was made from."""


DEFAULT_HTTPS = "127.0.0.1:12443"


class CannotStart(Exception):
    """Why the service cannot start; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the service is started with. system: an inventory file, None for the default system; faults: rules to begin
    with, as plain values; loopback: it can be reached from this machine only; options: for its back ends alone;
    backups: where the clock's backups go, None for none; https: ``host:port`` where others reach it."""

    data: Path
    clock: str = "real"
    hypervisor: str = "sim"
    seed: int = 1
    system: Path | None = None
    user: str = ""
    password: str = ""
    faults: tuple[Mapping[str, Any], ...] = ()
    loopback: bool = True
    options: Options = NOTHING_TOLD
    backups: Path | None = None
    https: str = DEFAULT_HTTPS


@dataclass(slots=True)
class Core:
    """A running managed system with its faces."""

    engine: Engine
    mobility: Mobility
    roles: Roles
    maintenance: MaintenanceLead
    store: SqliteStore
    novalink: NovaLink
    application: Any


@contextlib.contextmanager
def owned(data: Path) -> Iterator[None]:
    """The data directory for this process alone. Raises CannotStart."""
    try:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
    except FileExistsError:
        raise CannotStart(f"{data} is no directory. Choose another --data.") from None
    with (data / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CannotStart(
                f"{data} is in use by another OpenLPAR. Stop that one, or choose another --data."
            ) from None
        snapshot.complete(data)
        yield


def build(settings: Settings) -> Core:
    """Loads (or on the first start makes) the state and puts the house together around it.

    The garbage collector rests meanwhile: nothing of what is loaded is garbage, and looking for it doubles the time.
    """
    gc.disable()
    try:
        # Others are told of places below it: clients of their token files, processes that outlive this one of their folders.
        return _built(replace(settings, data=settings.data.absolute()))
    finally:
        gc.freeze()
        gc.set_threshold(20_000, 20, 20)  # a request makes hundreds of objects, and no cycles
        gc.enable()


def _built(settings: Settings) -> Core:
    ops.load()
    store = SqliteStore(settings.data / "state.db", (*element_types.values(), *RECORDS))
    state = State(INDEXED, TALLIES)
    generation = int(store.setting("generation") or 0)
    store.set_setting("generation", str(generation + 1))
    entropy = SeededEntropy(settings.seed, generation)
    clock = SimulationClock(settings.clock, time.time, time.monotonic, int(store.setting("clock") or 0))
    for obj in store.load():
        state.swap(type(obj), obj.uuid, obj)
    events = EventQueue(store.events(), clock.now())
    engine = Engine(state, store, clock, entropy, events, {})
    described = hashlib.sha256(settings.system.read_bytes()).hexdigest() if settings.system is not None else ""
    if generation == 0 or not state.version:
        _first_system(engine, settings)
        store.set_setting(_MADE_FROM, described)
    elif described and described != store.setting(_MADE_FROM):
        raise CannotStart(
            f"{settings.data} has a system already, which was not made from {settings.system} as that is now. "
            "Leave the file out to go on with that system, or choose another --data for the new one."
        )
    else:
        entropy.belong_to(managed_system(state).uuid)
    _know_itself(engine, settings.data / "tls" / "cert.pem")
    hypervisor, io_server = _back_ends(engine, settings)
    kept = BackupFiles(settings.backups, profile_bak.dump)
    engine.edges = Edges(
        hypervisor,
        io_server,
        engine.faults.strike_inside,
        peers=PeerLink(settings.data, settings.https),
        backups=kept,
        waiting=engine.waiting,
    )
    engine.routines["hypervisor"] = hypervisor.due
    engine.followers.append(hypervisor.committed)
    engine.routines[remove_optical.DUE] = lambda _, due: engine.perform(remove_optical.removal(due))
    sampler = Sampler(hypervisor if isinstance(hypervisor, Meter) else None, waits=clock.mode != "immediate")
    engine.routines[sampling.DUE] = sampler.due
    with engine.alter() as change:
        sampler.resume(change)
    filler = Filler(hypervisor if isinstance(hypervisor, Writer) else None, waits=clock.mode != "immediate")
    engine.routines[filling.DUE] = filler.due
    with engine.alter() as change:
        filling.begin(change)
    jobs, mobility, roles, maintenance = Jobs(engine), Mobility(engine), Roles(engine), MaintenanceLead(engine)
    novalink, face = make_novalink(engine, jobs, mobility, store, settings.data, sampler)
    if settings.user:
        novalink.sessions.set_password(settings.user, settings.password)
    if settings.faults:
        with engine.alter("fault.add") as change:
            for rule in settings.faults:
                faults.add(change, rule)
    served = Served(face)
    backups = BackupSchedule(engine)
    backups.begin(keeps=settings.backups is not None)
    _know_what_is_due(engine)
    admin = make_admin(
        engine,
        backups=backups,
        store=store,
        data_dir=settings.data,
        version=openlpar.__version__,
        monitoring=Monitoring(engine, sampler, served),
        filler=filler,
        loopback=settings.loopback,
    )
    return Core(
        engine,
        mobility,
        roles,
        maintenance,
        store,
        novalink,
        _compressed(_by_path(served, admin)),
    )


def _back_ends(engine: Engine, settings: Settings) -> tuple[Any, Any]:
    """The hypervisor, and the Virtual I/O Servers that go with it. Raises CannotStart."""
    there = Backend.packaged()
    if settings.hypervisor not in there:
        raise CannotStart(f"There is no hypervisor '{settings.hypervisor}'. Use --hypervisor {' or '.join(there)}.")
    try:
        kind = Backend.named(settings.hypervisor)
    except LookupError as wrong:
        raise CannotStart(f"{wrong}.") from wrong
    if kind.clocks and settings.clock not in kind.clocks:
        raise CannotStart(
            f"--hypervisor {kind.name} does not go with --clock {settings.clock}. Use --clock {' or '.join(kind.clocks)}."
        )
    serving = IoServerBackend.named(kind.io_server)
    for name in settings.options.told():
        if name not in (*kind.options, *serving.options):
            raise CannotStart(f"--hypervisor {kind.name} has no use for {options.flag(name)}. Leave it out.")
    try:
        io_server = serving.below(settings.data, settings.options)
    except HostUnfit as unfit:
        raise CannotStart(str(unfit)) from unfit
    surroundings = Surroundings(
        report=observe,
        alter=engine.alter,
        world=engine.state,
        data=settings.data / kind.name,
        blocks=io_server.blocks,
        options=settings.options,
        seed=settings.seed,
    )
    return kind(surroundings), io_server


def _know_what_is_due(engine: Engine) -> None:
    """Every change that waits for its time has somebody who will make it. Raises NewerStore."""
    for due in engine.state.all(Due):
        if due.what not in engine.routines:
            raise NewerStore(f"'{due.what}' of {due.subject} comes due, which this one does not know")


def _know_itself(engine: Engine, certificate: Path) -> None:
    """The management console shows the public key of this installation's certificate, once there is one."""
    if not certificate.exists():
        return
    pem = certificate.read_bytes()
    digest = hashlib.sha256(pem).hexdigest()
    for console in engine.state.all(ManagementConsole):
        before = engine.state.find(Identity, console.uuid)
        if before is None or before.certificate != digest:
            line = ssh_public_key(pem, console.name)
            engine.put_record(Identity(uuid=console.uuid, ssh_public_key=line, certificate=digest))


def _first_system(engine: Engine, settings: Settings) -> None:
    if settings.system is None:
        name = "gannet.yaml"
        text = resources.files("openlpar.systems").joinpath(name).read_text(encoding="utf-8")
    else:
        name = str(settings.system)
        try:
            text = settings.system.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise CannotStart(f"{name}: this is not text in UTF-8. Name an inventory file.") from None
    described = inventory.load(text, name)
    if settings.system is not None:  # what ours makes up with a seed is known from documentation and scripts
        engine.entropy.belong_to(text)
    objects = complete(
        described.elements,
        engine.clock,
        engine.entropy,
        exact=described.exact,
        generate=described.generate or None,
        place=described.place,
    )
    with engine.alter("system.install") as change:
        for obj in objects:
            change.put(obj)
        for uuid in described.recorded:
            change.put(AsRecorded(uuid=uuid))
        for rule in described.workload:
            change.put(workloads.made(rule))
        san.install(change, described.san)


def _by_path(face: Any, admin: Any) -> Any:
    """The admin face below ``/admin``, the NovaLink face for everything else."""

    async def application(scope: Any, receive: Any, send: Any) -> None:
        path = scope.get("path", "")
        if path == "/admin" or path.startswith("/admin/"):
            scope = {**scope, "path": path.removeprefix("/admin") or "/", "root_path": "/admin"}
            await admin(scope, receive, send)
        else:
            await face(scope, receive, send)

    return application


def _compressed(application: Any) -> Any:
    """For clients that take gzip. The others, most of them, are spared what the middleware does with an answer it leaves alone."""
    compressing = GZipMiddleware(application, minimum_size=4096, compresslevel=1)

    async def chosen(scope: Any, receive: Any, send: Any) -> None:
        takes = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope.get("headers", ()))
        await (compressing if takes else application)(scope, receive, send)

    return chosen


class _Server(uvicorn.Server):
    """Leaves signals to us: there are two of these in one process."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(application: Any, tls: Any = None) -> _Server:
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


def _as_https(application: Any) -> Any:
    """The application behind a front that has taken off TLS: links must say https all the same."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
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


def _run(main: Any) -> None:
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
    parser.add_argument("--http", default="127.0.0.1:12080", help="address for http")
    parser.add_argument("--https", default=DEFAULT_HTTPS, help="address for https")
    args = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    tls = tls_context(args.data / "tls", datetime.datetime.now(datetime.UTC))

    async def main() -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        fronts = []
        for address, core, context in ((args.http, args.socket, None), (args.https, Path(f"{args.socket}.tls"), tls)):
            host, _, port = address.rpartition(":")
            fronts.append(await start_front(host.strip("[]"), int(port), core, context))
        addresses = [_address(listener) for front in fronts for listener in front.sockets]
        print(json.dumps(addresses), flush=True)
        _notify_systemd()
        await stop.wait()
        for front in fronts:
            front.close()

    _run(main())
    return 0
