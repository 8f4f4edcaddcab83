"""Redundancy as JSON: for each partition its disks, Fibre Channel ports and networks with the ways to them, and its single points
of failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from openlpar.messages import general
from openlpar.ops.redundancy.losses import Loss, Outlook
from openlpar.ports.records import GuestDisks
from openlpar.ports.state import World
from openlpar.uom.disk_paths import ClientDisk, DiskPath, FibreChannelPath, outage
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer

ACTIVE, FAILED = "active", "failed"
REDUNDANT, DEGRADED, SINGLE, LOST = "redundant", "degraded", "single path", "lost"
"""Of a disk: several servers lend it and all run; some of them do not; one does, and no other is meant to; none can be reached."""


def report(world: World, name: str = "") -> dict[str, Any]:
    """name: of a partition, "" for all of them. Raises Failure NOT_FOUND."""
    partitions = [one for one in world.all(LogicalPartition) if name in ("", one.name)]
    if name and not partitions:
        raise general.NOT_FOUND.error(kind="Partition", name=name)
    outlook = Outlook(world)
    servers = list(world.all(VirtualIOServer))
    losses = {vios.uuid: {loss.partition.uuid: loss for loss in outlook.losses(vios)} for vios in servers}
    return {
        "servers": [_server(vios, losses[vios.uuid].values()) for vios in servers],
        "partitions": [
            _partition(world, outlook, partition, [(vios, losses[vios.uuid].get(partition.uuid)) for vios in servers])
            for partition in partitions
        ],
    }


def _server(vios: VirtualIOServer, losses: Iterable[Loss]) -> dict[str, Any]:
    grave = [loss for loss in losses if loss.is_grave]
    return {
        "name": vios.name,
        "state": vios.state,
        "rmc": vios.rmc_state,
        "fault": outage(vios),
        "needed_by": sorted(loss.partition.name for loss in grave),
    }


def _partition(
    world: World, outlook: Outlook, partition: LogicalPartition, losses: list[tuple[VirtualIOServer, Loss | None]]
) -> dict[str, Any]:
    disks, ports = outlook.paths.disks(partition.id), outlook.paths.ports(partition.id)
    noticed = world.find(GuestDisks, partition.uuid)
    return {
        "name": partition.name,
        "id": partition.id,
        "state": partition.state,
        "disks": [_disk(disk) for disk in disks],
        "fibre_channel": [_port(port) for port in ports],
        "networks": [
            {"adapter": one.adapter, "vlan": one.vlan, "via": list(one.by)} for one in outlook.networks(partition)
        ],
        "single_points": [*_servers(losses), *_cards(ports)],
        "log": [{"at": at, "line": line} for at, line in noticed.log] if noticed is not None else [],
    }


def _disk(disk: ClientDisk) -> dict[str, Any]:
    return {
        "name": disk.name,
        "udid": disk.udid,
        "kind": "optical" if disk.is_optical else "disk",
        "state": state_of(disk),
        "paths": [
            {**_path(path), "device": path.target.name, "adapter": path.mapping.server_adapter.name}
            for path in disk.paths
        ],
    }


def state_of(disk: ClientDisk) -> str:
    if not disk.working:
        return LOST
    if len(disk.working) < len(disk.paths):
        return DEGRADED
    return REDUNDANT if len({path.vios for path in disk.paths}) > 1 else SINGLE


def _port(port: FibreChannelPath) -> dict[str, Any]:
    return {
        **_path(port),
        "adapter": port.mapping.server_adapter.name,
        "port": port.port,
        "location": port.mapping.backing_port.loc_code,
        "wwpns": port.mapping.client_adapter.wwpns.split(),
    }


def _path(path: DiskPath | FibreChannelPath) -> dict[str, Any]:
    return {
        "vios": path.server,
        "slot": path.slot,
        "state": FAILED if path.fault else ACTIVE,
        "fault": path.fault,
    }


def _servers(losses: list[tuple[VirtualIOServer, Loss | None]]) -> Iterator[str]:
    for vios, loss in losses:
        if loss is not None and loss.is_grave:
            yield f"Virtual I/O Server {vios.name}: {', '.join(loss.words())}"


def _cards(ports: list[FibreChannelPath]) -> Iterator[str]:
    """One card for all ports of a partition, where its Virtual I/O Server is not the point already."""
    cards = {port.card for port in ports if not port.fault}
    if len(cards) == 1 and "" not in cards:
        yield f"Fibre Channel card {next(iter(cards))}: every port of the partition is on it"
