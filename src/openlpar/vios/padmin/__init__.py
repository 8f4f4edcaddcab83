"""The Virtual I/O Server's own command line: user padmin, restricted shell, commands of ``ioscli``.

A command is a small file below ``commands``: a class that declares its options and the forms of its use; usage, help and
parsing follow from that.
"""

from __future__ import annotations

from pathlib import Path

from openlpar import durable
from openlpar.ports.io_server import CommandResult, Operator
from openlpar.ports.state import Change
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.files import Home
from openlpar.vios.padmin.log import CommandLog
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.shell import run


class Padmin:
    """The command line part of ``ports.io_server.IoServer``. files: a directory below which each VIOS has one, named by its
    partition id, for what padmin keeps in /home/padmin, and ``logs`` with what was run on each."""

    def __init__(self, files: Path) -> None:
        self._files = files

    def run_command(self, change: Change, vios: VirtualIOServer, command: str, operator: Operator) -> CommandResult:
        log = CommandLog(self._files / "logs" / f"{vios.id}.trc")
        return run(Server(change, vios, operator, self._files / str(vios.id), log), command)

    def read_file(self, vios: VirtualIOServer, name: str) -> bytes:
        return self._home(vios).place(name).read_bytes()

    def write_file(self, vios: VirtualIOServer, name: str, content: bytes) -> None:
        path = self._home(vios).place(name)
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        durable.write(path, content)

    def _home(self, vios: VirtualIOServer) -> Home:
        return Home(self._files / str(vios.id))
