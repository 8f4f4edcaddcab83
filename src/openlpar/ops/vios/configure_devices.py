"""Looking for devices, as ``cfgdev`` of a Virtual I/O Server does: those that it was told to forget, and new ones on the SAN."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.network.ethernet_cards import with_found_ports
from openlpar.ops.storage.san_disks import free_name, grown_disks, is_attached, missed, note_disks
from openlpar.ops.storage.usage import serving
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import RemovedDisk
from openlpar.ports.state import Change, World
from openlpar.uom.plain import from_plain
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume


@dataclass
class ConfigureDevices(ServerJob, name="vios.configure_devices"):
    """Finds the disks again that ``vios.remove_device`` took away, those of volumes that the server sees meanwhile, how much its
    disks have grown, and the ports of Ethernet cards that it has been given. below: only the forgotten disk of this name; "" for
    all."""

    evidence = Evidence(Level.DOCUMENTED, "IBM documentation of the VIOS command line: cfgdev")

    target: str
    below: str = ""

    parameters: ClassVar[dict[str, str]] = {"below": "only the disk of this name; without it all"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        return cls(target, parameters.get("below", ""))

    def check(self, world: World) -> None:
        serving(world, self.target)

    def steps(self) -> Iterable[Step]:
        yield Step("find the disks", self._find)
        if not self.below:
            yield Step("find Ethernet ports", self._find_ports)

    def _find(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        for removed in tuple(change.where(RemovedDisk, vios=self.target)):
            disk = removed_volume(removed)
            if self.below in ("", disk.name) and is_attached(change, vios, disk):
                find_again(change, removed)
        for found in tuple(missed(change, vios)) if not self.below else ():
            change.put(found.disk.evolve(uuid=change.entropy.uuid()))
        for grown in tuple(grown_disks(change, vios)) if not self.below else ():
            change.put(grown)
        note_disks(change, vios)

    def _find_ports(self, change: Change) -> None:
        vios = change.get(VirtualIOServer, self.target)
        found = with_found_ports(change, vios)
        if found != vios:
            change.put(found)


def removed_volume(removed: RemovedDisk) -> PhysicalVolume:
    return from_plain(PhysicalVolume, removed.disk, removed.uuid, removed.vios, trusted=True)


def find_again(change: Change, removed: RemovedDisk) -> PhysicalVolume:
    """A disk keeps its name unless another one has been given it: then it takes the lowest free one, as AIX numbers devices."""
    volume = removed_volume(removed)
    taken = {other.name for other in change.all(PhysicalVolume, removed.vios)}
    if volume.name in taken:
        volume = volume.evolve(name=free_name(taken))
    change.put(volume)
    change.remove(removed)
    return volume
