"""What stands against taking a Virtual I/O Server out of service, and which paths by other servers would help."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from openlpar.messages import Failure
from openlpar.ops.capacity import is_active
from openlpar.ops.redundancy.losses import Loss, Outlook
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.plan import DEVICES_PER_BUS, Bus, Device, planned_new
from openlpar.ops.scsi.slots import FreeSlots, references
from openlpar.ops.storage.usage import is_serving, volume_of
from openlpar.ports.records import Maintenance
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster
from openlpar.uom.disk_paths import ClientDisk, outage
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import ReservePolicy


@dataclass(slots=True)
class Evacuation:
    """paths: mappings by other servers, in one plan for each client and server. problems: what is lost all the same, in words."""

    paths: list[ScsiPlan] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(plan.added) for plan in self.paths)


def planned(world: World, vios: VirtualIOServer, *, evacuate: bool) -> Evacuation:
    """Of clients that run: those that are off lose nothing now. evacuate: whether paths may be added."""
    found = Evacuation()
    free = FreeSlots(world)
    for other in world.all(Maintenance):
        server = world.find(VirtualIOServer, other.uuid)
        if server is not None and server.uuid != vios.uuid and not outage(server):
            found.problems.append(f"Virtual I/O Server {server.name} is in maintenance too ({other.phase})")
    for loss in Outlook(world).losses(vios):
        if loss.is_grave and is_active(loss.partition):
            _look_after(world, vios, loss, free if evacuate else None, found)
    found.problems += _clusters(world, vios)
    return found


def _look_after(world: World, vios: VirtualIOServer, loss: Loss, free: FreeSlots | None, found: Evacuation) -> None:
    """One client. free: None when no path may be added."""
    stay: list[str] = []
    moved: dict[str, list[ClientDisk]] = {}
    for disk in loss.disks:
        others = [] if free is None else list(_others(world, vios, disk))
        if others:
            moved.setdefault(others[0].uuid, []).append(disk)
        else:
            why = "" if free is None else " (no other Virtual I/O Server that runs has it unreserved)"
            stay.append(f"disk {disk.name}{why}")
    for server, disks in moved.items():
        assert free is not None
        try:
            found.paths += _added(world, world.get(VirtualIOServer, server), loss.partition, disks, free)
        except Failure as failure:
            stay += [f"disk {disk.name} ({failure.text})" for disk in disks]
    stay += Loss(loss.partition, ports=loss.ports, networks=loss.networks).words()
    found.problems += [f"partition {loss.partition.name} would lose {thing}" for thing in stay]


def _others(world: World, vios: VirtualIOServer, disk: ClientDisk) -> Iterator[VirtualIOServer]:
    """Servers that could lend the same disk now."""
    storage = disk.storage
    for server in world.all(VirtualIOServer):
        if server.uuid == vios.uuid or not is_serving(server) or world.find(Maintenance, server.uuid) is not None:
            continue
        if storage.has("physical_volume"):
            own = volume_of(world, vios.uuid, storage.physical_volume)
            theirs = volume_of(world, server.uuid, storage.physical_volume)
            if own and theirs and ReservePolicy.SINGLE_PATH not in (own.reserve_policy, theirs.reserve_policy):
                yield server
        elif storage.has("logical_unit") and any({vios.uuid, server.uuid} <= nodes for nodes, _ in _nodes(world)):
            yield server


def _added(
    world: World, server: VirtualIOServer, client: LogicalPartition, disks: list[ClientDisk], free: FreeSlots
) -> Iterator[ScsiPlan]:
    """A bus of their own, so that it can go as a whole. Raises Failure."""
    plans = []
    for first in range(0, len(disks), DEVICES_PER_BUS):
        devices = [
            Device(_bare(disk.storage), VirtualSCSITargetDevice.empty())
            for disk in disks[first : first + DEVICES_PER_BUS]
        ]
        bus = Bus(
            0,
            references(client)[0],
            VirtualSCSIClientAdapter(side="Client", use_next_slot=True),
            VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
            devices,
        )
        plans.append(planned_new(world, server, bus, free))
    return iter(plans)


def _bare(storage: VirtualSCSIStorage) -> VirtualSCSIStorage:
    """The disk by its UDID: another server may call it otherwise."""
    if storage.has("physical_volume"):
        return VirtualSCSIStorage(physical_volume=storage.physical_volume.evolve(name=None))
    return storage


def _clusters(world: World, vios: VirtualIOServer) -> Iterator[str]:
    """Shared storage pools that nobody would serve any more."""
    for nodes, name in _nodes(world):
        servers = [world.find(VirtualIOServer, uuid) for uuid in nodes if uuid != vios.uuid]
        if vios.uuid in nodes and not any(one is not None and not outage(one) for one in servers):
            yield f"cluster {name} would have no node that runs"


def _nodes(world: World) -> Iterator[tuple[set[str], str]]:
    """(uuids of the nodes, name) of each cluster."""
    for cluster in world.all(Cluster):
        yield {node.vios_uri.rpartition("/")[2] for node in cluster.nodes}, cluster.name
