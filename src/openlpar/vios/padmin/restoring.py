"""What ``viosbr -restore`` does: makes those devices of a backup anew that the Virtual I/O Server does not have, and sets what was
set.

A device that is there stays, also where it differs; settings and attributes become those of the backup. A backup holds no data:
logical volumes and media come back empty, and physical devices cannot come back at all. Every device is made by the operation
that a client of the REST API would use, so that nothing gets past a rule because it is in a backup.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from openlpar.messages import Failure, Kind
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.uom.volume_group import VirtualMediaRepository, VolumeGroup
from openlpar.vios.padmin import changes
from openlpar.vios.padmin import restoring_network as network
from openlpar.vios.padmin.backup import Saved, copies_of, element
from openlpar.vios.padmin.missing import Missing
from openlpar.vios.padmin.refusal import Refusal, no_such
from openlpar.vios.padmin.restoring_file_pools import file_pools
from openlpar.vios.padmin.restoring_settings import device_settings, own_settings
from openlpar.vios.padmin.server import ANY_PARTITION, Server

NETWORK = ("svea", "ethchannel", "sea", "interface")
ATTRIBUTES = "attr"
ORDER = ("sp", "lv", "fbpool", "repo", *NETWORK, "vscsi", "npiv", ATTRIBUTES, "settings")
"""Types of devices in the order in which they need each other; the words are those of ``-type``."""
TYPES: dict[str, tuple[str, ...]] = {"net": NETWORK, **{kind: (kind,) for kind in ORDER}}
"""What can be restored by itself; ``net`` is all of the networks."""

_SYSTEM_FAULTS = (Kind.INTERNAL, Kind.UNAVAILABLE, Kind.BUSY)


@dataclass(frozen=True, slots=True)
class Report:
    """Names in the backup and now; and names of what could not be made, each with the reason."""

    made: list[tuple[str, str]]
    failed: list[tuple[str, str]]


def missing(server: Server, saved: Saved, kinds: Iterable[str], *, units: bool) -> Iterator[Missing]:
    """What of these types is in the backup but not on the server, in the order in which it can be made. units: logical units of
    the shared storage pool too."""
    for kind in (kind for kind in ORDER if kind in kinds):
        yield from _FINDERS[kind](server, saved)
        if kind == "repo" and units:
            yield from _units(server, saved)


def restore(found: Iterable[Missing]) -> Report:
    """Makes what can be made. Raises Failure when the system fails: then nothing is to stay."""
    report = Report([], [])
    for one in found:
        if one.make is None:
            report.failed.append((one.name, one.reason))
            continue
        try:
            report.made.append((one.name, one.make()))
        except Refusal as refusal:
            report.failed.append((one.name, refusal.text))
        except Failure as failure:
            if failure.kind in _SYSTEM_FAULTS:
                raise
            report.failed.append((one.name, failure.text))
    return report


# storage


def _groups(server: Server, saved: Saved) -> Iterator[Missing]:
    there = {group.name for group in server.groups()}
    for one in saved["VolumeGroup"]:
        wanted = element(VolumeGroup, one)
        if wanted.name not in there:
            yield Missing(wanted.name, partial(_make_group, server, wanted))


def _make_group(server: Server, wanted: VolumeGroup) -> str:
    disks = tuple(server.disk(disk.name) for disk in wanted.phys_vols)
    server.operator.create(VolumeGroup(name=wanted.name, phys_vols=disks), server.uuid)
    return wanted.name


def _volumes(server: Server, saved: Saved) -> Iterator[Missing]:
    """A name means one logical volume of a server: one may be in a group that is called otherwise now, as ``old_rootvg``."""
    there = {disk.name for group in server.groups() for disk in group.virtual_disks}
    for one in saved["VolumeGroup"]:
        wanted = element(VolumeGroup, one)
        for disk in wanted.virtual_disks:
            if disk.name not in there:
                copies = copies_of(one, disk.name)
                yield Missing(disk.name, partial(_make_volume, server, wanted.name, disk, copies))


def _make_volume(server: Server, group: str, disk: Any, copies: list[list[str]]) -> str:
    made = changes.create_disk(server, server.group(group), disk.name, disk.capacity).name
    changes.place_copies(server, server.group(group), made, copies)
    return made


def _libraries(server: Server, saved: Saved) -> Iterator[Missing]:
    """The media themselves are not in a backup: a blank one in the place of an image would only deceive."""
    for one in saved["VolumeGroup"]:
        wanted = element(VolumeGroup, one)
        for repository in wanted.vmedia_repos:
            library = server.library()
            if library is None:
                yield Missing(
                    repository.name,
                    partial(_make_library, server, wanted.name, repository),
                )
            there = {medium.name for medium in library.repository.optical_media} if library else set()
            for medium in repository.optical_media:
                if medium.name not in there:
                    yield Missing(medium.name, reason="Its content is not in a backup. Import it again.")


def _make_library(server: Server, group: str, repository: VirtualMediaRepository) -> str:
    changes.set_library(server, server.group(group), VirtualMediaRepository(name=repository.name, size=repository.size))
    return repository.name


def _units(server: Server, saved: Saved) -> Iterator[Missing]:
    pool = server.the_pool()
    there = {unit.name for _, unit in server.units(pool)}
    for one in saved["VirtualSCSIMapping"]:
        lent = element(VirtualSCSIMapping, one).backing_storage
        if lent.has("logical_unit") and lent.logical_unit.name not in there:
            there.add(lent.logical_unit.name)
            yield Missing(lent.logical_unit.name, partial(_make_unit, server, lent.logical_unit))


def _make_unit(server: Server, unit: Any) -> str:
    tier = server.tier(server.the_pool())
    return changes.create_unit(server, tier, unit.name, unit.capacity, thick=not unit.is_thin).name


# virtual adapters


def _virtual_scsi(server: Server, saved: Saved) -> Iterator[Missing]:
    """Device by device, as one that cannot be made must not keep the others away."""
    for one in saved["VirtualSCSIMapping"]:
        wanted = element(VirtualSCSIMapping, one)
        device = next((device for _, device in wanted.target_dev.present()), None)
        name = device.get("name") if device is not None else None
        if not _has_scsi(server, wanted):
            called = name or wanted.server_adapter.name
            yield Missing(called, partial(_make_scsi, server, wanted, called))


def _has_scsi(server: Server, wanted: VirtualSCSIMapping) -> bool:
    for vhost in server.vhosts():
        if vhost.slot == wanted.server_adapter.vios_slot_num:
            lent = {_lent(mapping) for mapping in vhost.mappings}
            drives = {target.name for target in vhost.targets if target.kind == "file_opt"}
            is_there = _lent(wanted) in lent or wanted.target_dev.optical_media.name in drives
            return is_there or not wanted.target_dev
    return False


def _lent(mapping: VirtualSCSIMapping) -> tuple[str, str]:
    """What a mapping lends: kind and name; for an empty drive the drive's own name."""
    for field, storage in mapping.backing_storage.present():
        return field.name, str(storage.name)
    for field, device in mapping.target_dev.present():
        return field.name, str(device.name)
    return "", ""


def _make_scsi(server: Server, wanted: VirtualSCSIMapping, name: str) -> str:
    vios, slot = server.vios, wanted.server_adapter.vios_slot_num
    vhost = next((vhost for vhost in server.vhosts() if vhost.slot == slot), None)
    storage, client = _storage(server, wanted), _client(server, wanted.client_adapter.lpar_id, wanted.client_lpar_href)
    added = VirtualSCSIMapping(
        client_lpar_href=f"LogicalPartition/{client.uuid}" if client else None,
        client_adapter=VirtualSCSIClientAdapter(
            lpar_id=client.id,
            lpar_slot_num=wanted.client_adapter.lpar_slot_num,
            vios_id=vios.id,
            vios_slot_num=slot,
        )
        if client
        else None,
        server_adapter=VirtualSCSIServerAdapter(
            vios_id=vios.id,
            vios_slot_num=slot,
            lpar_id=client.id if client else ANY_PARTITION,
            lpar_slot_num=wanted.server_adapter.lpar_slot_num,
        ),
        backing_storage=storage,
        target_dev=wanted.target_dev or None,
    )
    kept = vios.scsi_mappings
    if vhost is not None:  # the pair of adapters is there; a row that lends nothing becomes this device
        pair = vhost.mappings[0]
        added = added.evolve(
            client_lpar_href=pair.client_lpar_href,
            client_adapter=pair.client_adapter or None,
            server_adapter=pair.server_adapter.evolve(backing_dev_name=None),
        )
        kept = tuple(m for m in kept if m.server_adapter.vios_slot_num != slot or m.backing_storage or m.target_dev)
    server.operator.update(vios.evolve(scsi_mappings=(*kept, added)), "ViosSCSIMapping")
    now = next(vhost for vhost in server.vhosts() if vhost.slot == slot)
    return next((target.name for target in now.targets if target.name == name), now.name)


def _storage(server: Server, wanted: VirtualSCSIMapping) -> VirtualSCSIStorage | None:
    """What was lent, as it is now: found again by its name. A drive whose medium is gone comes back empty."""
    lent = wanted.backing_storage
    if lent.has("physical_volume"):
        return VirtualSCSIStorage(physical_volume=server.disk(lent.physical_volume.name))
    if lent.has("virtual_disk"):
        from openlpar.vios.padmin.commands.mkvdev import backing_device

        return VirtualSCSIStorage(virtual_disk=backing_device(server, lent.virtual_disk.name))
    if lent.has("logical_unit"):
        unit = server.unit(server.the_pool(), lent.logical_unit.name, "")
        return VirtualSCSIStorage(logical_unit=unit.evolve(uuid="", parent=None))
    if lent.has("optical_media"):
        library = server.library()
        for medium in library.repository.optical_media if library else ():
            if medium.name == lent.optical_media.name:
                return VirtualSCSIStorage(optical_media=medium)
    return None


def _client(server: Server, number: int, reference: str) -> LogicalPartition | None:
    """The partition that an adapter was for: by its UUID, else by its id. Raises Refusal when there is none."""
    if not reference:
        return None
    found = server.change.find(LogicalPartition, reference.rpartition("/")[2])
    found = found or next(server.change.where(LogicalPartition, id=number), None)
    if found is None:
        raise no_such("Partition", f"id {number}", "Restore it first with rstprofdata.")
    return found


def _virtual_fibre_channel(server: Server, saved: Saved) -> Iterator[Missing]:
    """An adapter that is there and mapped to no port gets its port back."""
    there = {mapping.server_adapter.vios_slot_num: mapping for mapping in server.channels()}
    for one in saved["VirtualFibreChannelMapping"]:
        wanted = element(VirtualFibreChannelMapping, one)
        now = there.get(wanted.server_adapter.vios_slot_num)
        if now is None:
            yield Missing(wanted.server_adapter.name, partial(_make_channel, server, wanted))
        elif _port(wanted) and not _port(now):
            name = now.server_adapter.name
            yield Missing(wanted.server_adapter.name, partial(_map_channel, server, name, _port(wanted)))


def _port(mapping: VirtualFibreChannelMapping) -> str:
    return mapping.server_adapter.map_port or mapping.backing_port.name


def _map_channel(server: Server, name: str, port: str) -> str:
    changes.map_port(server, name, port)
    return name


def _make_channel(server: Server, wanted: VirtualFibreChannelMapping) -> str:
    vios, slot, own = server.vios, wanted.server_adapter.vios_slot_num, wanted.client_adapter
    client = _client(server, own.lpar_id, wanted.client_lpar_href)
    port = _port(wanted)
    added = VirtualFibreChannelMapping(
        client_lpar_href=f"LogicalPartition/{client.uuid}" if client else None,
        client_adapter=VirtualFibreChannelClientAdapter(
            lpar_id=own.lpar_id, lpar_slot_num=own.lpar_slot_num, vios_id=vios.id, vios_slot_num=slot, wwpns=own.wwpns
        ),
        server_adapter=VirtualFibreChannelServerAdapter(
            vios_id=vios.id, vios_slot_num=slot, lpar_id=own.lpar_id, lpar_slot_num=own.lpar_slot_num
        ),
        backing_port=PhysicalFibreChannelPort(name=port) if port else None,
    )
    server.operator.update(vios.evolve(vfc_mappings=(*vios.vfc_mappings, added)), "ViosFCMapping")
    return next(one.server_adapter.name for one in server.channels() if one.server_adapter.vios_slot_num == slot)


_FINDERS: dict[str, Callable[[Server, Saved], Iterator[Missing]]] = {
    "sp": _groups,
    "lv": _volumes,
    "fbpool": file_pools,
    "repo": _libraries,
    "svea": network.virtual_ethernet,
    "ethchannel": network.link_aggregations,
    "sea": network.shared_ethernet,
    "interface": network.addresses,
    "vscsi": _virtual_scsi,
    "npiv": _virtual_fibre_channel,
    ATTRIBUTES: device_settings,
    "settings": own_settings,
}
