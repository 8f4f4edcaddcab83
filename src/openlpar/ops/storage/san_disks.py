"""Disks of the storage network as a Virtual I/O Server has them: which volumes it sees, over which paths, and as which hdisk."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from openlpar.ops.vfc.ports import ports_of
from openlpar.ports.records import IscsiSession, RemovedDisk, SanVolume, StorageArray
from openlpar.ports.san import fibre_volumes, initiator_name, is_masked_to, port_name, targets_of
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.plain import from_plain
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import (
    PhysicalVolume,
    PhysicalVolumeState,
    ReservePolicy,
    ReservePolicyAlgorithm,
)


class Nexus(NamedTuple):
    """Initiator port, target port and logical unit address of one path, as ``port_name`` and ``address`` write them."""

    initiator: str
    target: str
    unit: str


class Found(NamedTuple):
    """A disk at the end of a path: the one that the server has, the one that it was told to forget, or a new one."""

    disk: PhysicalVolume
    forgotten: RemovedDisk | None = None
    is_new: bool = False


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def address(lun: int) -> str:
    """A logical unit address without leading zeros, in the format that clients send (pypowervm's ``normalize_lun``)."""
    return short_address(f"{lun:X}000000000000")


def short_address(text: str) -> str:
    return text.upper().lstrip("0") or "0"


def san_disk(name: str, location: str, identifier: str, *, iscsi: bool = False) -> PhysicalVolume:
    """A disk as recorded systems show those on a SAN. identifier: NAA of its page 83, "" when it tells none; location: its own."""
    protocol = "iscsi" if iscsi else "fcp"
    return PhysicalVolume(
        description="MPIO IBM 2145 iSCSI Disk" if iscsi else "MPIO IBM 2076 FC Disk",
        loc_code=location,
        persistent_reserve_key_value="none",
        reserve_policy=ReservePolicy.NO_RESERVE.value,
        reserve_policy_algorithm=ReservePolicyAlgorithm.ROUND_ROBIN.value,
        udid="01" + encoded(f"3IBM2145246{identifier}") if identifier else None,
        avail_for_use=True,
        state=PhysicalVolumeState.ACTIVE.value,
        volume_unique_id=f"332136{identifier}04214503IBM{protocol}" if identifier else None,
        is_fc_backed=not iscsi,
        storage_label=encoded(name),
        pg83=encoded(identifier) if identifier else None,
        name=name,
    )


def udid_of(volume: SanVolume) -> str:
    """UDID of the disk that a volume is on every Virtual I/O Server; "" when the volume does not tell its identifier."""
    return san_disk("", "", volume.naa).udid


# over Fibre Channel


def visible(world: World, vios: VirtualIOServer) -> list[SanVolume]:
    """The volumes that the server's Fibre Channel ports see."""
    names = [port_name(port.wwpn) for port in ports_of(vios) if port.wwpn]
    return fibre_volumes(world, [*names, vios.name]) if names else []


def is_modelled(world: World, target: str) -> bool:
    """Whether a target port is one of an array here. Disks of others are what the inventory says they are."""
    return any(target in array.ports for array in world.all(StorageArray))


def has_port(vios: VirtualIOServer, initiator: str) -> bool:
    return any(port_name(port.wwpn) == initiator for port in ports_of(vios))


def at_nexus(world: World, vios: VirtualIOServer, nexus: Nexus) -> SanVolume | None:
    """The volume that this path leads to."""
    if not has_port(vios, nexus.initiator):
        return None
    for volume in fibre_volumes(world, (nexus.initiator, vios.name)):
        if address(volume.lun) == nexus.unit and nexus.target in world.get(StorageArray, volume.array).ports:
            return volume
    return None


def _fibre_location(world: World, vios: VirtualIOServer, volume: SanVolume) -> str:
    """Of the first path: card and port, target port, logical unit."""
    allowed = [port for port in ports_of(vios) if vios.name in volume.hosts or port_name(port.wwpn) in volume.hosts]
    target = world.get(StorageArray, volume.array).ports[0]
    return f"{allowed[0].loc_code}-W{target}-L{address(volume.lun)}"


def fibre_disk(world: World, vios: VirtualIOServer, volume: SanVolume, taken: Collection[str] = ()) -> Found:
    """The disk that a visible volume is on a server. taken: names that are given away besides those of its disks."""
    return _disk(world, vios, volume, _fibre_location(world, vios, volume), taken)


# over iSCSI


def iscsi_disk(
    world: World, vios: VirtualIOServer, volume: SanVolume, portal: str, taken: Collection[str] = ()
) -> Found:
    """The same for a volume at a portal."""
    machine = next(world.all(ManagedSystem)).mtms
    place = f"U{machine.machine_type}.{machine.model}.{machine.serial}-V{vios.id}"
    location = f"{place}-W{portal.replace(':', '_')}-L{address(volume.lun)}"
    return _disk(world, vios, volume, location, taken, iscsi=True)


def offered(world: World, vios: VirtualIOServer, iqn: str, portal: str) -> list[SanVolume]:
    """The volumes that a target shows the server's initiator at a portal, by number."""
    names = (initiator_name(vios), vios.name)
    found = []
    for array in world.all(StorageArray):
        if portal in array.portals:
            own = (volume for volume in world.all(SanVolume) if volume.array == array.uuid)
            found += [one for one in own if iqn in targets_of(array, one) and is_masked_to(one, names)]
    return sorted(found, key=lambda one: one.lun)


# disks


def _disk(
    world: World,
    vios: VirtualIOServer,
    volume: SanVolume,
    location: str,
    taken: Collection[str],
    *,
    iscsi: bool = False,
) -> Found:
    udid = udid_of(volume)
    for disk in world.all(PhysicalVolume, vios.uuid):
        if disk.udid == udid if udid else disk.loc_code == location:
            return Found(disk)
    for removed in world.where(RemovedDisk, vios=vios.uuid):
        disk = from_plain(PhysicalVolume, removed.disk, removed.uuid, removed.vios, trusted=True)
        if disk.udid == udid if udid else disk.loc_code == location:
            return Found(disk, forgotten=removed)
    name = free_name({*(disk.name for disk in world.all(PhysicalVolume, vios.uuid)), *taken})
    made = san_disk(name, location, volume.naa, iscsi=iscsi).evolve(parent=vios.uuid, capacity=volume.capacity)
    return Found(made, is_new=True)


def free_name(taken: Collection[str]) -> str:
    """The lowest free one, as AIX numbers devices."""
    return next(name for number in itertools.count() if (name := f"hdisk{number}") not in taken)


def missed(world: World, vios: VirtualIOServer) -> Iterator[Found]:
    """What looking for devices finds: visible volumes, and those of targets that the server is logged in to, for which it has no
    disk."""
    taken: set[str] = set()
    udids: set[str] = set()
    for found in _seen(world, vios, taken):
        if found.is_new and found.disk.udid not in udids:
            taken.add(found.disk.name)
            udids.update({found.disk.udid} - {""})
            yield found


def _seen(world: World, vios: VirtualIOServer, taken: Collection[str]) -> Iterator[Found]:
    return (found for found, _ in _seen_with_volumes(world, vios, taken))


def _seen_with_volumes(
    world: World, vios: VirtualIOServer, taken: Collection[str]
) -> Iterator[tuple[Found, SanVolume]]:
    for volume in visible(world, vios):
        yield fibre_disk(world, vios, volume, taken), volume
    for session in world.where(IscsiSession, vios=vios.uuid):
        for volume in offered(world, vios, session.iqn, session.portal):
            yield iscsi_disk(world, vios, volume, session.portal, taken), volume


def grown_disks(world: World, vios: VirtualIOServer) -> Iterator[PhysicalVolume]:
    """Disks of the server whose volumes are larger than it knows, with the size that they have by now."""
    known: set[str] = set()
    for found, volume in _seen_with_volumes(world, vios, ()):
        disk = found.disk
        if not found.is_new and found.forgotten is None and disk.uuid not in known and disk.capacity < volume.capacity:
            known.add(disk.uuid)
            yield disk.evolve(capacity=volume.capacity)


def note_disks(change: Change, vios: VirtualIOServer) -> None:
    """Lets the server's sessions know the disks that were found over them, for the day when they end."""
    uuids = {disk.udid: disk.uuid for disk in change.all(PhysicalVolume, vios.uuid) if disk.udid}
    for session in tuple(change.where(IscsiSession, vios=vios.uuid)):
        there = {
            str(volume.lun): uuids[udid_of(volume)]
            for volume in offered(change, vios, session.iqn, session.portal)
            if udid_of(volume) in uuids
        }
        if not there.keys() <= session.disks.keys():
            change.put(replace(session, disks={**there, **session.disks}))


def is_attached(world: World, vios: VirtualIOServer, disk: PhysicalVolume) -> bool:
    """Whether a disk can be found now. One that is no volume of a modelled array always can."""
    if not any(udid_of(volume) == disk.udid for volume in world.all(SanVolume)):
        return True
    return any(found.disk.udid == disk.udid for found in _seen(world, vios, ()))


def settle(change: Change, udids: Iterable[str]) -> None:
    """After masks changed: disks that no path leads to any more are missing, others are back. udids: of the volumes that were
    and are."""
    concerned = {udid for udid in udids if udid}
    for vios in change.all(VirtualIOServer):
        own = [disk for disk in change.all(PhysicalVolume, vios.uuid) if disk.udid in concerned]
        reached = {found.disk.udid for found in _seen(change, vios, ())} if own else set()
        for disk in own:
            state = PhysicalVolumeState.ACTIVE if disk.udid in reached else PhysicalVolumeState.MISSING
            if disk.state != state:
                change.put(disk.evolve(state=state.value))
