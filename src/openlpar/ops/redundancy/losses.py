"""What would be lost with a Virtual I/O Server: the same questions asked of the system as it is, and of one in which it is off.

A network is what an adapter reaches outside; that shared Ethernet adapters and virtual NICs fail over is in the answers already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openlpar.ops.capacity import is_active
from openlpar.ops.network.reachability import Reachability
from openlpar.ops.overlay import Overlay
from openlpar.ports.group_layouts import lost_storage
from openlpar.ports.state import World
from openlpar.uom.disk_paths import ClientDisk, DiskPath, FibreChannelPath, Paths
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


@dataclass(frozen=True, slots=True)
class Network:
    """adapter: location code, or name of the virtual NIC. vlan: its number outside, 0 for untagged. by: what is between."""

    adapter: str
    vlan: int
    by: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, int]:
        return self.adapter, self.vlan

    def __str__(self) -> str:
        return f"{f'VLAN {self.vlan}' if self.vlan else 'the untagged network'} on {self.adapter}"


@dataclass(frozen=True, slots=True)
class Loss:
    """What one partition would lose. disks: without the virtual optical drives, which are always lost. channel: that the last of
    its virtual Fibre Channel adapters would be."""

    partition: LogicalPartition
    disks: tuple[ClientDisk, ...] = ()
    drives: tuple[ClientDisk, ...] = ()
    ports: tuple[FibreChannelPath, ...] = ()
    networks: tuple[Network, ...] = ()

    @property
    def is_grave(self) -> bool:
        """More than a drive, in which there may be nothing."""
        return bool(self.disks or self.ports or self.networks)

    def __str__(self) -> str:
        return f"partition {self.partition.name} would lose {', '.join(self.words())}"

    def words(self) -> Iterator[str]:
        yield from (f"disk {disk.name}" for disk in self.disks)
        if self.ports:
            yield f"its last Fibre Channel port ({', '.join(f'{one.port} of {one.server}' for one in self.ports)})"
        yield from (str(network) for network in self.networks)
        yield from (f"drive {drive.name}" for drive in self.drives)


def paths_of(world: World) -> Paths:
    return Paths(
        world.all(VirtualIOServer),
        world.all(VirtualSCSIMapping),
        world.all(VirtualFibreChannelMapping),
        lost_storage(world),
    )


def without(world: World, vios: VirtualIOServer) -> Overlay:
    """The same system with this server off."""
    return Overlay(world, [vios.evolve(state=PartitionState.NOT_ACTIVATED.value)])


def servers_lost(vios: VirtualIOServer, paths: tuple[DiskPath, ...] | list[FibreChannelPath]) -> bool:
    """Whether the last of the paths that work goes with this server."""
    working = [path for path in paths if not path.fault]
    return bool(working) and all(path.vios == vios.uuid for path in working)


class Outlook:
    """Of the whole system, at one moment."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.paths = paths_of(world)
        self._reach = Reachability(world)

    def networks(self, partition: LogicalPartition) -> list[Network]:
        return list(_networks(self._reach, partition))

    def losses(self, vios: VirtualIOServer) -> list[Loss]:
        """With this server, by partition. Those that are off lose disks all the same: they could not be started."""
        reach = Reachability(without(self._world, vios))
        found = (self._loss(vios, reach, partition) for partition in self._world.all(LogicalPartition))
        return [loss for loss in found if loss.is_grave or loss.drives]

    def _loss(self, vios: VirtualIOServer, reach: Reachability, partition: LogicalPartition) -> Loss:
        disks = self.paths.disks(partition.id)
        lost = [disk for disk in disks if servers_lost(vios, disk.paths)]
        if partition.is_mgmt_partition and any(disk.working and disk not in lost for disk in disks):
            lost = []  # the NovaLink's system is mirrored on disks of both servers
        ports = self.paths.ports(partition.id)
        networks: tuple[Network, ...] = ()
        if is_active(partition):
            left = {network.key for network in _networks(reach, partition)}
            networks = tuple(one for one in self.networks(partition) if one.key not in left)
        return Loss(
            partition,
            tuple(disk for disk in lost if not disk.is_optical),
            tuple(disk for disk in lost if disk.is_optical),
            tuple(port for port in ports if not port.fault) if servers_lost(vios, ports) else (),
            networks,
        )


def _networks(reach: Reachability, partition: LogicalPartition) -> Iterator[Network]:
    seen = set()
    for way in reach.outside(partition).ways:
        network = Network(way.source, way.vlan, way.via)
        if network.key not in seen:
            seen.add(network.key)
            yield network
