"""The commands of ``openlpar`` that need the server's own code: serve, snapshot, restore, password, load, generate.

They stand beside ``app``, because a command may not import what a server is made of. ``openlpar.cli.openlpar`` imports this
module by name only when one of them is called, so that every other command starts without it. Each takes the parsed command
line and returns the exit status; what a user did wrong is raised as Failure or CannotStart.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import gc
import logging
import sqlite3
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from openlpar import durable
from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.hypervisor.backend import Backend
from openlpar.messages import simulation as say
from openlpar.ops.inventory.complete import complete
from openlpar.ports import options
from openlpar.settings import BACKUPS, LOADED, CannotStart, InUse, Settings
from openlpar.uom.core import Element
from openlpar.uom.managed_system import ManagedSystem
from openlpar.vios.backend import IoServerBackend
from openlpar.wire import inventory
from openlpar.wire.inventory import Inventory
from openlpar.wire.recording import read_feeds


def serve(args: argparse.Namespace) -> int:
    """args: data, http, https, clock, system, load, hypervisor, backups, no_backups, those of
    ``ports.options``, user, password, seed, faults (as plain values)."""
    gc.disable()  # until all is loaded, see ``app.build``
    from openlpar import services
    from openlpar.store.sqlite import NewerStore

    services.close_to_others()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    data: Path = args.data
    system: Path | None = args.system
    if args.load:
        data.mkdir(mode=0o750, parents=True, exist_ok=True)
        system = data / LOADED
        _write(system, _recorded(args.load, args.seed))
    settings = Settings(
        data=data,
        clock=args.clock,
        hypervisor=args.hypervisor,
        seed=args.seed,
        system=system,
        user=args.user,
        password=args.password,
        faults=tuple(args.faults),
        options=options.chosen(args),
        backups=None if args.no_backups else args.backups or data / BACKUPS,
    )
    try:
        return services.serve(settings, args.http, args.https)
    except NewerStore as wrong:
        raise CannotStart(str(wrong)) from wrong
    except sqlite3.OperationalError as wrong:
        raise CannotStart(f"{data / 'state.db'}: {wrong}. Free space on that file system or mend it.") from wrong
    except sqlite3.DatabaseError as wrong:
        raise CannotStart(f"{data / 'state.db'}: {wrong}. 'openlpar restore' puts a snapshot in its place.") from wrong
    except OSError as wrong:
        raise CannotStart(f"{wrong.filename or data}: {wrong.strerror or wrong}") from wrong


def halt(args: argparse.Namespace) -> int:
    """args: data. Ends what the service left running: partitions, their disks, their switch."""
    from openlpar import app

    if not (args.data / "state.db").exists():
        raise CannotStart(f"{args.data} has no state. Give the --data of a service that ran there.")
    try:
        with app.owned(args.data):
            ended = asyncio.run(_ended(args.data))
    except InUse as wrong:
        raise CannotStart(
            f"{args.data} is in use. End the service first, then 'openlpar halt' ends the rest."
        ) from wrong
    except (OSError, TimeoutError) as wrong:
        raise CannotStart(f"{wrong}. End that process by hand.") from wrong
    for what in ended or ["nothing: nothing was running"]:
        print(f"ended {what}")
    return 0


async def _ended(data: Path) -> list[str]:
    ended = []
    for folder in sorted(path for path in data.iterdir() if path.is_dir()):
        try:
            kind = Backend.named(folder.name)
        except LookupError:
            continue
        ended += await kind.end_all(folder)
        ended += await IoServerBackend.named(kind.io_server).below(data).end_all()
    return ended


def snapshot(args: argparse.Namespace) -> int:
    """args: data, file. The service may run meanwhile."""
    from openlpar.store import snapshot

    manifest = snapshot.take(args.data, args.file)
    print(f"{args.file}: {len(manifest['files'])} files, {args.file.stat().st_size} bytes, {manifest['sha256']}")
    return 0


def restore(args: argparse.Namespace) -> int:
    """args: file, data, replace. Refuses while a service runs on the directory."""
    from openlpar import app
    from openlpar.store import snapshot

    snapshot.read_manifest(args.file)  # before a data directory is made for it
    try:
        with app.owned(args.data):
            manifest = snapshot.restore(args.file, args.data, replace=args.replace)
    except InUse as wrong:
        raise CannotStart(f"{args.data} is in use. End the service first, then restore.") from wrong
    taken = datetime.datetime.fromtimestamp(manifest["taken"], datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    print(f"{args.data} is as it was at {taken}.")
    return 0


def password(args: argparse.Namespace) -> int:
    """args: user, password, data. Sets the password in the state; a running service takes it at the next logon."""
    from openlpar.faces.novalink.sessions import keep_password
    from openlpar.store.sqlite import SqliteStore

    path: Path = args.data / "state.db"
    if not path.exists():
        raise CannotStart(f"{args.data} has no state yet. Start the service on it once.")
    store = SqliteStore(path, ())
    keep_password(store, args.user, args.password)
    store.close()
    return 0


def load(args: argparse.Namespace) -> int:
    """args: feeds, output, seed. Writes the inventory that recorded feeds of real systems make."""
    return _output(args.output, _recorded(args.feeds, args.seed))


def generate(args: argparse.Namespace) -> int:
    """args: systems, partitions, vioses, seed, running, full, output. One file for each system."""
    for number in range(1, args.systems + 1):
        wish = {name: str(getattr(args, name)) for name in ("systems", "partitions", "vioses", "seed", "running")}
        wish["number"] = str(number)
        block = ", ".join(f"{name}: {value}" for name, value in wish.items())
        text = f"openlpar: 1\ngenerate: {{{block}}}\n"
        if args.full:
            described = inventory.load(text, "generate")
            text = inventory.dump(_completed(described, args.seed, described.generate), described.recorded)
        _output(_numbered(args.output, number, args.systems), text)
    return 0


def _numbered(output: str, number: int, systems: int) -> str:
    if systems == 1 or output == "-":
        return output
    path = Path(output)
    return str(path.with_name(f"{path.stem}-{number}{path.suffix}"))


def _recorded(feeds: Sequence[str], seed: int) -> str:
    try:
        described = read_feeds([Path(feed) for feed in feeds])
    except OSError as wrong:
        raise say.NO_FEED.error(path=wrong.filename, cause=wrong.strerror) from wrong
    objects = _completed(described, seed, None)
    systems = [one.system_name or one.uuid for one in objects if isinstance(one, ManagedSystem)]
    if len(systems) > 1 and len(feeds) > 1:
        print(
            f"openlpar: note: these feeds make {len(systems)} managed systems: {', '.join(systems)}. "
            "For one, load the feeds of one server only.",
            file=sys.stderr,
        )
    return inventory.dump(objects, described.recorded)


def _completed(described: Inventory, seed: int, generate: Mapping[str, str] | None) -> list[Element]:
    return complete(
        described.elements,
        SimulationClock("real", time.time, time.monotonic),
        SeededEntropy(seed),
        exact=described.exact,
        generate=generate,
        place=described.place,
    )


def _output(output: str, text: str) -> int:
    if output == "-":
        sys.stdout.write(text)
    else:
        _write(Path(output), text)
    return 0


def _write(path: Path, text: str) -> None:
    """As a whole or not at all."""
    try:
        durable.write(path, text.encode(), 0o644)
    except OSError as wrong:
        raise say.CANNOT_WRITE.error(path=path, cause=wrong.strerror) from wrong
