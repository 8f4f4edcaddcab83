"""The composition root: puts the parts of a managed system together. ``services`` runs what it makes."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import hashlib
import logging
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import cast

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

import openlpar
from openlpar import ops
from openlpar.certificate import ssh_public_key
from openlpar.engine.backups import BackupSchedule
from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.crontabs import Crontabs
from openlpar.engine.engine import Engine
from openlpar.engine.events import EventQueue
from openlpar.engine.jobs import Jobs
from openlpar.engine.maintenance import MaintenanceLead
from openlpar.engine.mobility import Mobility
from openlpar.engine.roles import Roles
from openlpar.engine.world import State
from openlpar.faces.admin import make_admin
from openlpar.faces.admin.monitoring import Monitoring, Served
from openlpar.faces.novalink.service import NovaLink, make_novalink
from openlpar.hypervisor.backend import Backend
from openlpar.ops.capacity import TALLIES, managed_system
from openlpar.ops.core import Edges
from openlpar.ops.indexes import INDEXED
from openlpar.ops.inventory import local_storage
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
from openlpar.ports.hypervisor import HostUnfit, Hypervisor, Surroundings
from openlpar.ports.io_server import IoServer
from openlpar.ports.metrics import Meter, Writer
from openlpar.ports.records import RECORDS, AsRecorded, Due, Identity
from openlpar.settings import BACKUPS, LOADED, CannotStart, InUse, Settings
from openlpar.store import snapshot
from openlpar.store.backups import BackupFiles
from openlpar.store.sqlite import NewerStore, SqliteStore
from openlpar.uom.catalogue import element_types
from openlpar.uom.management_console import ManagementConsole
from openlpar.vios.backend import IoServerBackend
from openlpar.wire import inventory, profile_bak

log = logging.getLogger(__name__)

_BELOW = (*snapshot.FOLDERS, "sessions", "tls", BACKUPS, LOADED, "lock")
"""What a service makes in its data directory, but for those that close themselves: the database, and what back ends keep."""
_OTHERS = 0o007
_MADE_FROM = "made-from"
"""Setting of the store: the SHA-256 of the inventory file that the state was made from."""


@dataclass(slots=True)
class Core:
    """A running managed system with its faces."""

    engine: Engine
    mobility: Mobility
    roles: Roles
    maintenance: MaintenanceLead
    store: SqliteStore
    novalink: NovaLink
    application: ASGIApp


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
            raise InUse(f"{data} is in use by another OpenLPAR. Stop that one, or choose another --data.") from None
        snapshot.complete(data)
        _close_to_others(data)
        yield


def _close_to_others(data: Path) -> None:
    """Older versions let others look into some folders. What is in one that is closed is closed as well; the directory itself may
    be somebody's own."""
    for path in (data / name for name in _BELOW):
        if path.is_symlink() or not path.exists():
            continue
        mode = stat.S_IMODE(path.stat().st_mode)
        try:
            if mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
        except OSError as wrong:
            log.warning("%s is open to other users of this machine, and cannot be closed: %s", path, wrong.strerror)


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


def _loaded(settings: Settings) -> tuple[Engine, SqliteStore]:
    """The state as it was left, or the one that a first start makes. Raises CannotStart."""
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
    return engine, store


def _built(settings: Settings) -> Core:
    engine, store = _loaded(settings)
    _know_itself(engine, settings.data / "tls" / "cert.pem")
    hypervisor, io_server = _back_ends(engine, settings)
    io_server.sweep(engine.state)
    kept = BackupFiles(settings.backups, profile_bak.dump)
    engine.edges = Edges(
        hypervisor,
        io_server,
        engine.faults.strike_inside,
        peers=PeerLink(settings.data, settings.https),
        backups=kept,
        waiting=engine.waiting,
        apart=engine.apart,
    )
    engine.routines["hypervisor"] = hypervisor.due
    engine.followers.append(hypervisor.committed)
    engine.routines[remove_optical.DUE] = lambda _, due: engine.perform(remove_optical.removal(due))
    sampler = Sampler(hypervisor if isinstance(hypervisor, Meter) else None, waits=engine.clock.mode != "immediate")
    engine.routines[sampling.DUE] = sampler.due
    with engine.alter() as change:
        sampler.resume(change)
    filler = Filler(hypervisor if isinstance(hypervisor, Writer) else None, waits=engine.clock.mode != "immediate")
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
    Crontabs(engine)
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


def _back_ends(engine: Engine, settings: Settings) -> tuple[Hypervisor, IoServer]:
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
    return cast(Hypervisor, kind(surroundings)), cast(IoServer, io_server)  # the contract suite holds them to it


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
        local_storage.install(
            change,
            described.local_storage,
            lambda path: described.place(None, ("local_storage", *path)),
            exact=described.exact,
        )


def _by_path(face: ASGIApp, admin: ASGIApp) -> ASGIApp:
    """The admin face below ``/admin``, the NovaLink face for everything else."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/admin" or path.startswith("/admin/"):
            scope = {**scope, "path": path.removeprefix("/admin") or "/", "root_path": "/admin"}
            await admin(scope, receive, send)
        else:
            await face(scope, receive, send)

    return application


def _compressed(application: ASGIApp) -> ASGIApp:
    """For clients that take gzip. The others, most of them, are spared what the middleware does with an answer it leaves alone."""
    compressing = GZipMiddleware(application, minimum_size=4096, compresslevel=1)

    async def chosen(scope: Scope, receive: Receive, send: Send) -> None:
        takes = any(name == b"accept-encoding" and b"gzip" in value for name, value in scope.get("headers", ()))
        await (compressing if takes else application)(scope, receive, send)

    return chosen
