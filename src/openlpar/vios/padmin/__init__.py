"""The Virtual I/O Server's own command line: user padmin, restricted shell, commands of ``ioscli``.

A command is a small file below ``commands``: a class that declares its options and the forms of its use; usage, help and
parsing follow from that.
"""

from __future__ import annotations

import contextlib
import logging
import re
import shutil
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from pathlib import Path

from openlpar import durable
from openlpar.ports.io_server import CommandResult, Operator
from openlpar.ports.state import Change, World
from openlpar.ports.terminal import Terminal
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.asking import Sitting
from openlpar.vios.padmin.files import Home
from openlpar.vios.padmin.log import CommandLog
from openlpar.vios.padmin.logins import log_on
from openlpar.vios.padmin.onlooker import Onlooker
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.shell import run
from openlpar.vios.padmin.users import ADMINISTRATOR

_journal = logging.getLogger(__name__)

_OF_A_SERVER = re.compile(r"(?P<id>\d+)(-mnt|-cd0)?|logs/(?P<logged>\d+)\.(trc|new)")
"""``Home.places`` and the log of each server, by the names that they are given here."""


class Padmin:
    """The command line part of ``ports.io_server.IoServer``. files: a directory below which each VIOS has one, named by its
    partition id, for what padmin keeps in /home/padmin, and ``logs`` with what was run on each."""

    def __init__(self, files: Path) -> None:
        self._files = files

    def run_command(
        self,
        change: Change,
        vios: VirtualIOServer,
        command: str,
        operator: Operator,
        terminal: Terminal | None = None,
    ) -> CommandResult:
        def once(at: Terminal | None, through: Operator) -> tuple[CommandResult, Sitting]:
            sitting = Sitting(at, ADMINISTRATOR)
            files, log = self._files / str(vios.id), CommandLog(self._log(vios))
            return run(Server(change, vios, through, files, log, sitting), command), sitting

        result, sitting = once(terminal, operator)
        if terminal is None or sitting.resume is None or result.question is not None:
            return result
        again, _ = once(replace(terminal, answers=sitting.resume), Onlooker(operator))  # it only asks
        return replace(result, question=again.question)

    def log_on(self, change: Change, vios: VirtualIOServer, name: str, password: str | None) -> CommandResult:
        return log_on(change, vios, name, password)

    def read_file(self, vios: VirtualIOServer, name: str) -> bytes:
        return self._home(vios).place(name).read_bytes()

    def write_file(self, vios: VirtualIOServer, name: str, content: bytes) -> None:
        path = self._home(vios).place(name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        durable.write(path, content)

    def delete_files(self, change: Change, vios: VirtualIOServer) -> None:
        change.afterwards(partial(_clear, [*self._home(vios).places, self._log(vios)]))

    def sweep(self, world: World) -> None:
        """What belongs to no server goes."""
        known = {vios.id for vios in world.all(VirtualIOServer)}
        for place in (*self._files.glob("*"), *self._files.glob("logs/*")):
            found = _OF_A_SERVER.fullmatch(place.relative_to(self._files).as_posix())
            if found is not None and int(found["id"] or found["logged"]) not in known:
                _journal.warning("deleting %s, which is of no Virtual I/O Server", place)
                _clear([place])

    def _log(self, vios: VirtualIOServer) -> Path:
        return self._files / "logs" / f"{vios.id}.trc"

    def _home(self, vios: VirtualIOServer) -> Home:
        return Home(self._files / str(vios.id))


def _clear(places: Iterable[Path]) -> None:
    for place in places:
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
        else:
            with contextlib.suppress(OSError):
                place.unlink()
