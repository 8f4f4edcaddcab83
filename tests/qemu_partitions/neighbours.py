"""Two managed systems on QEMU, on one machine, that share their storage pools and know each other."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from openlpar.qemu_host.kit import GuestKit
from openlpar.uom.logical_partition import LogicalPartition
from tests.conftest import BIN
from tests.mobility import systems
from tests.qemu_partitions.load import Writer, numbers_in
from tests.qemu_partitions.site import Site, ask
from tests.qemu_scenarios.site import BOOT_S, until

GANNET, OSPREY = "gannet", "osprey"


@dataclass
class Neighbour(Site):
    """One of the two; it keeps its address when it is started again."""

    name: str = ""

    def start(self) -> None:
        own = self.options
        if hasattr(self, "server"):
            self.options = (*own, "--http", self.server.http.removeprefix("http://"))
        super().start()
        self.options = own

    def place(self, uuid: str) -> Path:
        """The run folder of a partition, known here or not."""
        return self.data / "qemu" / "p" / uuid[:8].lower()

    def runs(self) -> list[int]:
        """All supervisors and their QEMUs."""
        return self.processes("qemu.supervisor") + self.processes("guest=")

    def power_on(self, *names: str) -> None:
        super().power_on(*names)
        for name in names:
            self.until_connected(name)

    def until_connected(self, name: str) -> None:
        until(lambda: self.partition(name).rmc_state == "active", f"RMC to {name}", BOOT_S)

    def guest_runs(self) -> bool:
        """Whether a QEMU here lets its guest run, as it says itself."""
        found = []
        for control in (self.data / "qemu" / "p").glob("*/control.sock"):
            with contextlib.suppress(OSError, ValueError, KeyError):
                found.append(ask(control.parent, "status")["ok"]["qemu"])
        return "running" in found

    def has(self, name: str) -> bool:
        return bool(self.connection.search(LogicalPartition, "PartitionName", name))

    def begin_to_move(self, name: str, other: Neighbour) -> subprocess.Popen[str]:
        command = [str(BIN / "pvmctl"), "lpar", "migrate", "-i", f"name={name}", "--target-system", other.name]
        return subprocess.Popen(
            command, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )

    def move(self, name: str, other: Neighbour) -> None:
        self.pvmctl(f"lpar migrate -i name={name} --target-system {other.name}")


@dataclass
class Neighbours:
    """gannet and osprey."""

    gannet: Neighbour
    osprey: Neighbour

    @property
    def both(self) -> tuple[Neighbour, Neighbour]:
        return (self.gannet, self.osprey)

    def where(self, name: str) -> list[Neighbour]:
        """The systems whose partition it is, or may be."""
        return [one for one in self.both if one.has(name)]


def _link_options() -> Iterator[tuple[str, ...]]:
    """Of two services whose switches are to be one."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as two,
    ):
        for each in (one, two):
            each.bind(("127.0.0.1", 0))
        here, there = one.getsockname()[1], two.getsockname()[1]
    for local, peer in ((here, there), (there, here)):
        yield "--link", f"switch=ETHERNET0,local=:{local},peer=:{peer}"


@contextmanager
def neighbours(kit: GuestKit, linked: bool = False) -> Iterator[Neighbours]:
    """linked: their virtual switches are."""
    made: list[Neighbour] = []
    links = list(_link_options()) if linked else [(), ()]
    pools = Path(tempfile.mkdtemp(prefix="ol"))
    try:
        for name, text, link in (
            (GANNET, systems.gannet(), links[0]),
            (OSPREY, systems.osprey(), links[1]),
        ):
            folder = Path(tempfile.mkdtemp(prefix="ol"))
            options = ("--system", str(systems.written(folder, name, text)), "--pools", str(pools), *link)
            made.append(Neighbour(folder, kit, options=options, name=name))
            made[-1].start()
        made[0].run(f"openlpar trust {made[1].server.http}")
        yield Neighbours(*made)
    finally:
        for one in made:
            one.end()
        subprocess.run(["rm", "-rf", str(pools)], check=True)


@dataclass
class TravellingWriter(Writer):
    """A writer whose partition moves: what its guest says is in the logs of several supervisors, one after the other."""

    _earlier: str = field(default="", init=False)

    @contextmanager
    def travelling(self, other: Site) -> Iterator[None]:
        """Until it is on the other system. A log that is removed meanwhile is read to its end."""
        log = (self.site.run_folder(self.name) / "console.log").open(errors="replace")
        yield
        with log:
            self._earlier += log.read()
        self.site = other

    def check_disk(self) -> None:
        """Each block up to the last one said is there; what was said while a supervisor was killed may not have been heard."""
        self.acknowledged = set(range(1, self.last + 1))
        self.check()

    def said(self) -> set[int]:
        run = self.site.run_folder(self.name)
        now = "".join(log.read_text(errors="replace") for log in sorted(run.glob("console.log*"), reverse=True))
        self.acknowledged |= numbers_in(self._earlier + now)
        return self.acknowledged
