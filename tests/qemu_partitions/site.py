"""A managed system on QEMU whose partitions cost little: their disks are clones of one image, and they start from saved states."""

from __future__ import annotations

import itertools
import json
import os
import re
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openlpar.client.connection import Connection
from openlpar.client.console import Terminal
from openlpar.hypervisor.qemu import journal, launch
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.qemu_host import cache
from openlpar.qemu_host.kit import GuestKit
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.conftest import start_server
from tests.qemu_scenarios import site as scenarios
from tests.qemu_scenarios.site import BOOT_S, PATIENCE_S, until

IMAGE = "minimal"
VIOS = ("vios1", "vios2")


def saved_states(kit: GuestKit) -> Path:
    """Where states are kept from one run of the tests to the next. They are of guests that run the kit's minimal system."""
    return cache.folder() / f"states-{kit.minimal_disk.parent.name}-{kit.qemu.version_text}"


def ask(run: Path, do: str, **arguments: Any) -> Any:
    """What the supervisor of a partition answers."""
    with socket.socket(socket.AF_UNIX) as control:
        control.connect(str(run / launch.CONTROL))
        control.sendall(json.dumps({"id": 1, "do": do, **arguments}).encode() + b"\n")
        return json.loads(control.makefile().readline())


class Typist:
    """Somebody at the console of a partition with the minimal system. Types, and reads what comes back."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._shown = ""
        self._numbers = itertools.count(1)
        self.sh("stty -echo; dmesg -n 1; for disk in /dev/sd?; do (: <$disk) 2>/dev/null; done")  # it sees its disks

    def type(self, text: str) -> None:
        self._terminal.write(text)

    def expect(self, pattern: str, within_s: float = PATIENCE_S) -> re.Match[str]:
        deadline = time.monotonic() + within_s
        while not (found := re.search(pattern, self._shown)):
            left_s = deadline - time.monotonic()
            assert left_s > 0, f"waited {within_s} s for {pattern!r} in vain; shown was\n{self._shown[-3000:]}"
            self._shown += self._terminal.read(min(left_s, 5.0))
        self._shown = self._shown[found.end() :]
        return found

    def sh(self, command: str, within_s: float = PATIENCE_S) -> str:
        """What a command prints. Its ends are marked in a way that the echo of the command is not."""
        number = f"{next(self._numbers)}-{time.monotonic_ns()}"
        self.type(f"echo start''of {number}:; {command}; echo end''of {number}:\n")
        found = self.expect(rf"(?s)startof {number}:(.*?)endof {number}:", within_s)
        return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", found[1]).replace("\r", "").strip()

    def disk(self, target: int) -> str:
        """The device of a target; which letter it has depends on what the kernel probed first."""
        return "/dev/" + self.sh(f"ls /sys/bus/scsi/devices/*:0:{target}:0/block")

    def until_sh(self, command: str, wish: str, within_s: float = PATIENCE_S) -> None:
        """Waits until the guest sees it so."""
        until(lambda: self.sh(command) == wish, f"{command!r} to print {wish!r}", within_s)


@dataclass
class Site(scenarios.Site):
    """``scenarios.Site`` with partitions that start at once, and ways to kill what runs."""

    options: tuple[str, ...] = ()
    _connection: Connection | None = field(default=None, init=False)
    _has_image: bool = field(default=False, init=False)

    def start(self) -> None:
        """Starts the service, or starts it again."""
        states = saved_states(self.kit)
        self.server = start_server(
            self.data, "--hypervisor", "qemu", "--saved-states", str(states), *self.options, clock="real"
        )
        self.environment = {**os.environ, "OPENLPAR_URL": self.server.http, "OPENLPAR_LOG_DIR": str(self.folder)}
        self._connection = Connection(self.server.http)
        self._hurry()

    @property
    def connection(self) -> Connection:
        assert self._connection is not None
        return self._connection

    # partitions

    def cheap(
        self, name: str, *, data_gb: int = 0, vioses: tuple[str, ...] = VIOS[:1], network: str = "", **size: int
    ) -> None:
        """A partition with the minimal system on a clone of the image; data_gb: size of an empty second disk."""
        if not self._has_image:
            self.pvmctl(f"lu create --name {IMAGE} --size 1 --type image")
            self.pvmctl(f"lu upload -i name={IMAGE} --data {self.kit.minimal_disk}")
            self._has_image = True
        self.lpar(name, network=network, **size)
        units = [f"{name}_root --clone name={IMAGE}"] + [f"{name}_data --size {data_gb}"] * bool(data_gb)
        for unit in units:
            self.pvmctl(f"lu create --name {unit}")
            for vios in vioses:
                self.pvmctl(f"scsi create --type lu --lpar name={name} --stor-id {unit.split()[0]} -p name={vios}")

    def power_on(self, *names: str) -> None:
        """Powers on, and waits until they run and their states are saved for the next time."""
        for name in names:
            self.pvmctl(f"lpar power-on -i name={name}")
        for name in names:
            self.until_saved(name)

    def until_saved(self, name: str) -> None:
        """A partition that had to be booted may stand still for half a second while its state is saved."""
        started = next(notice for notice in reversed(self.notices(name)) if notice.kind == "started")
        if not started.data["incoming"]:
            later = started.number
            until(
                lambda: any(n.kind == "saved" and n.number > later for n in self.notices(name)),
                "the saved state",
                BOOT_S,
            )

    def partition(self, name: str) -> LogicalPartition:
        (found,) = self.connection.search(LogicalPartition, "PartitionName", name)
        return found.element

    def server_of(self, name: str) -> VirtualIOServer:
        (found,) = self.connection.search(VirtualIOServer, "PartitionName", name)
        return found.element

    @contextmanager
    def typist(self, name: str) -> Iterator[Typist]:
        """At the console, which nobody else may have meanwhile."""
        with Terminal(self.connection, self.partition(name).uuid) as terminal:
            yield Typist(terminal)

    # what lies behind

    def run_folder(self, name: str) -> Path:
        return self.data / "qemu" / "p" / self.partition(name).uuid[:8].lower()

    def notices(self, name: str) -> list[Notice]:
        return journal.read(self.run_folder(name) / journal.FILE)

    def supervisor(self, name: str) -> int:
        return int((self.run_folder(name) / "supervisor.pid").read_text())

    def qemu(self, name: str) -> int:
        return int((self.run_folder(name) / "qemu.pid").read_text())

    def daemons(self, server: str) -> list[int]:
        """The storage daemons of a Virtual I/O Server, one for each partition that it lends to; ``pools``: of what they share."""
        data = self.data / "qemu"
        noted = (data / "pools").glob("d/process")
        if server != "pools":
            noted = (data / "v" / self.server_of(server).uuid[:8]).glob("*/process")
        return [json.loads(note.read_text())["pid"] for note in sorted(noted)]

    def switch(self) -> int:
        return int((self.data / "qemu" / "n" / "pid").read_text())

    def uplinks(self) -> list[int]:
        """The processes that lead virtual networks out."""
        words = [path.read_text().strip() for path in (self.data / "qemu" / "u").glob("*.pid")]
        return [int(word) for word in words if word]  # one that is being started has not said it yet

    # violence

    def kill(self) -> None:
        """Kills the service at once; what it started goes on."""
        self.server.kill()

    def restart(self) -> None:
        self.kill()
        self.start()

    # the end

    def end(self) -> None:
        """Ends everything in good order, and says what was left: a process or a socket that nobody ended."""
        try:
            self.server.stop()
            self.run(f"openlpar halt --data {self.data}")
            left = [words for _, words in scenarios._commands(self.folder)]
            left += [str(path) for path in self.folder.rglob("*") if path.is_socket()]
        finally:
            self.close()
        assert not left, f"these were left behind: {left}"


def new_site(kit: GuestKit, *options: str) -> Site:
    """Started. Its folder has a short path: there will be sockets in it."""
    site = Site(Path(tempfile.mkdtemp(prefix="ol")), kit, options=options)
    site.start()
    return site
