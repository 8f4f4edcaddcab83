"""What commands change: the UOM objects that a client of the REST API would send for the same, sent to the operator."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from openlpar.ports.records import ExportedGroup
from openlpar.uom.cluster import Cluster, Node, RepositoryDisk
from openlpar.uom.io_adapter import EthernetBackingDevice, PhysicalFibreChannelPort
from openlpar.uom.network_bridge import BackingDeviceChoice, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.plain import to_plain
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier
from openlpar.uom.virtual_scsi import (
    LogicalVolumeVirtualTargetDevice,
    PhysicalVolumeVirtualTargetDevice,
    SharedStoragePoolLogicalUnitVirtualTargetDevice,
    VirtualOpticalTargetDevice,
    VirtualSCSIMapping,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import (
    MountType,
    PhysicalVolume,
    VirtualDisk,
    VirtualMediaRepository,
    VirtualOpticalMedia,
    VolumeGroup,
)
from openlpar.vios.padmin.devices import fibre_ports
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import Library, Server, Target, Vhost
from openlpar.vios.padmin.shared_ethernet import find_shared_ethernet
from openlpar.vios.padmin.volumes import extents

_MAPPINGS = "ViosSCSIMapping"
_DEVICES = {
    "virtual_disk": LogicalVolumeVirtualTargetDevice,
    "optical_media": VirtualOpticalTargetDevice,
    "physical_volume": PhysicalVolumeVirtualTargetDevice,
    "logical_unit": SharedStoragePoolLogicalUnitVirtualTargetDevice,
}

Backing = VirtualDisk | PhysicalVolume | LogicalUnit


# volume groups


def create_disk(server: Server, group: VolumeGroup, name: str, size_gb: Decimal) -> VirtualDisk:
    """A logical volume."""
    wanted = VirtualDisk(name=name, label="None", capacity=size_gb)
    after = server.operator.update(group.evolve(virtual_disks=(*group.virtual_disks, wanted)))
    return next(disk for disk in after.virtual_disks if disk.name == name)


def delete_disk(server: Server, group: VolumeGroup, disk: VirtualDisk) -> None:
    left = tuple(each for each in group.virtual_disks if each.name != disk.name)
    server.operator.update(group.evolve(virtual_disks=left))


def grow_disk(server: Server, group: VolumeGroup, disk: VirtualDisk, more_gb: Decimal) -> None:
    larger = disk.evolve(capacity=disk.capacity + more_gb)
    disks = tuple(larger if each.name == disk.name else each for each in group.virtual_disks)
    server.operator.update(group.evolve(virtual_disks=disks))


def rename_disk(server: Server, group: VolumeGroup, disk: VirtualDisk, name: str) -> None:
    server.operator.perform("volume_group.rename_disk", group.uuid, udid=disk.udid, name=name)


def arrange(
    server: Server,
    group: VolumeGroup,
    task: str,
    volumes: Sequence[str] = (),
    disks: Sequence[str] = (),
    sources: Sequence[str] = (),
    beyond: int = 0,
) -> None:
    """See the operation: copies of logical volumes, and where they lie."""
    words = {"volumes": " ".join(volumes), "disks": " ".join(disks), "sources": " ".join(sources)}
    server.operator.perform("volume_group.arrange", group.uuid, task=task, beyond=str(beyond), **words)


def place_copies(server: Server, group: VolumeGroup, volume: str, copies: Sequence[Sequence[str]]) -> None:
    """Puts a new logical volume on the disks that it was on, as far as they are in the group. copies: the disks of each."""
    own = [disk.name for disk in group.phys_vols]
    for number, disks in enumerate(copies):
        there = [name for name in disks if name in own]
        if number or there:
            arrange(server, group, "mirror" if number else "move", [volume], there)


def create_group(server: Server, name: str, disks: Sequence[PhysicalVolume], *, force: bool) -> VolumeGroup:
    """name: "" for the next free one. force: also of disks that hold a volume group which was exported."""
    if not force:
        _refuse_exported(server, disks)
    taken = {group.name for group in server.groups()}
    free = (free for number in itertools.count() if (free := f"vg{number:02}") not in taken)
    wanted = VolumeGroup(name=name or next(free), phys_vols=tuple(_alone(disk) for disk in disks))
    return server.operator.create(wanted, server.uuid)


def extend_group(server: Server, group: VolumeGroup, disks: Sequence[PhysicalVolume], *, force: bool) -> None:
    if not force:
        _refuse_exported(server, disks)
    server.operator.update(group.evolve(phys_vols=(*group.phys_vols, *(_alone(disk) for disk in disks))))


def reduce_group(server: Server, group: VolumeGroup, names: Sequence[str], *, remove_volumes: bool) -> bool:
    """Takes disks out of a group; with all of them the group is gone. Returns whether it is. Raises Refusal."""
    own = {disk.name for disk in group.phys_vols}
    for name in names:
        if name not in own:
            raise no_such(f"Physical volume of volume group {group.name}", name, f"lsvg -pv {group.name} lists them.")
    held = held_volumes(server, group, names)
    if held and not remove_volumes:
        raise Refusal(
            Status.INCOMPLETE,
            f"The physical volumes hold partitions of {', '.join(sorted(held))}. Move them with migratepv, or remove them.",
        )
    if held:
        left = tuple(disk for disk in group.virtual_disks if disk.name not in held)
        repositories = tuple(each for each in group.vmedia_repos if each.name not in held)
        for pool in server.file_pools():
            if pool.name in held and pool.group == group.uuid:
                server.operator.perform("file_pool.delete", pool.uuid, with_files="true")
        group = server.group(group.name)
        group = server.operator.update(group.evolve(virtual_disks=left, vmedia_repos=repositories))
    if own <= set(names):
        server.operator.delete(group)
        return True
    kept = tuple(disk for disk in group.phys_vols if disk.name not in names)
    server.operator.update(group.evolve(phys_vols=kept))
    return False


def held_volumes(server: Server, group: VolumeGroup, disks: Sequence[str]) -> set[str]:
    """Names of the logical volumes that have partitions on these disks."""
    return {extent.volume.name for extent in extents(server, group) if extent.disk.name in disks}


def _alone(disk: PhysicalVolume) -> PhysicalVolume:
    return disk.evolve(uuid="", parent=None)


def _refuse_exported(server: Server, disks: Sequence[PhysicalVolume]) -> None:
    held = {udid for exported in server.change.all(ExportedGroup) for udid in exported.disks}
    for disk in disks:
        if disk.udid in held:
            raise Refusal(
                Status.INCOMPLETE,
                f"The physical volume {disk.name} belongs to a volume group that was exported. "
                "Import it with importvg, or give the disk to another one with 'mkvg -f'.",
            )


def set_library(server: Server, group: VolumeGroup, repository: VirtualMediaRepository | None) -> None:
    """Creates, changes or (None) deletes the media repository of a volume group."""
    server.operator.update(group.evolve(vmedia_repos=() if repository is None else (repository,)))


def import_medium(server: Server, name: str, file: Path, mode: MountType) -> None:
    """A medium with what is in a file of the host, which stays."""
    size = str(file.stat().st_size)
    server.operator.perform(
        "storage.import_media", server.uuid, name=name, size=size, path=str(file), mount_type=mode.value
    )


def rename_medium(server: Server, library: Library, medium: VirtualOpticalMedia, name: str) -> None:
    server.operator.perform("volume_group.rename_media", library.group.uuid, name=medium.name, new_name=name)


def set_media(server: Server, library: Library, media: tuple[VirtualOpticalMedia, ...]) -> None:
    set_library(server, library.group, library.repository.evolve(optical_media=media))


# shared storage pool


def create_cluster(server: Server, name: str, pool: str, repository: Sequence[str], disks: Sequence[str]) -> None:
    """A cluster with this server as its first node."""
    if len(repository) != 1:
        raise Refusal(Status.SYNTAX, "A cluster has one repository disk: give one physical volume with -repopvs.")
    node = Node(hostname=server.host, vios_uri=f"VirtualIOServer/{server.uuid}")
    disk = RepositoryDisk(repos_pv=_alone(server.disk(repository[0])))
    cluster = Cluster(name=name, repository_disk=disk, nodes=(node,))
    shared = SharedStoragePool(name=pool, physical_volumes=tuple(_alone(server.disk(each)) for each in disks))
    server.operator.perform(
        "cluster.create", "", clusterXml=json.dumps(to_plain(cluster)), sspXml=json.dumps(to_plain(shared))
    )


def create_unit(server: Server, tier: Tier, name: str, size_gb: Decimal, *, thick: bool) -> LogicalUnit:
    unit = LogicalUnit(name=name, capacity=size_gb, is_thin=not thick, lu_type=LogicalUnitType.DISK.value)
    return server.operator.create(unit, tier.uuid)


def resize_unit(server: Server, unit: LogicalUnit, size_gb: Decimal) -> LogicalUnit:
    return server.operator.update(unit.evolve(capacity=size_gb))


def delete_units(server: Server, pool: SharedStoragePool, units: list[LogicalUnit]) -> None:
    """One change of the pool for all of them: an image goes together with its clones."""
    gone = {unit.udid for unit in units}
    left = tuple(unit for unit in pool.logical_units if unit.udid not in gone)
    server.operator.update(pool.evolve(logical_units=left))


# virtual SCSI


def connect(server: Server, vhost: Vhost, backing: Backing, device: str = "") -> Target:
    """Lends a backing device through a server adapter. device: name of the target device, "" for the next free one."""
    kind = {VirtualDisk: "virtual_disk", PhysicalVolume: "physical_volume", LogicalUnit: "logical_unit"}[type(backing)]
    storage = VirtualSCSIStorage(**{kind: backing.evolve(uuid="", parent=None)})
    return _add(server, vhost, kind, storage, device)


def connect_drive(server: Server, vhost: Vhost, device: str = "") -> Target:
    """A file-backed optical drive without a medium. It is named here: a mapping with neither storage nor name would mean the
    adapter alone."""
    taken = {target.name for target in server.targets()}
    free = (name for number in itertools.count() if (name := f"vtopt{number}") not in taken)
    return _add(server, vhost, "optical_media", None, device or next(free))


def _add(server: Server, vhost: Vhost, kind: str, storage: VirtualSCSIStorage | None, device: str) -> Target:
    if device and server.knows(device):
        raise Refusal(Status.SYNTAX, f'Device "{device}" exists already. Choose another name.')
    known = {target.name for target in server.targets()}
    vios = server.vios
    shared = next(m for m in vios.scsi_mappings if m.server_adapter.vios_slot_num == vhost.slot)
    named = VirtualSCSITargetDevice(**{kind: _DEVICES[kind](name=device)})
    added = _bare(shared).evolve(backing_storage=storage, target_dev=named if device else None)
    # An adapter that lends nothing is shown as a mapping without storage: that one becomes the new one.
    others = tuple(m for m in vios.scsi_mappings if m is not shared or _lends(m))
    server.operator.update(vios.evolve(scsi_mappings=(*others, added)), _MAPPINGS)
    return next(target for target in server.vhost(vhost.name).targets if target.name not in known)


def disconnect(server: Server, target: Target) -> None:
    """Takes a target device away; its server adapter stays, be it the last."""
    vios = server.vios
    slot = target.mapping.server_adapter.vios_slot_num
    left = tuple(m for m in vios.scsi_mappings if not _same(m, target.mapping))
    if not any(m.server_adapter.vios_slot_num == slot for m in left):
        left = (*left, _bare(target.mapping.evolve(uuid="", parent=None)))
    server.operator.update(vios.evolve(scsi_mappings=left), _MAPPINGS)


def set_medium(server: Server, drive: Target, medium: VirtualOpticalMedia | None) -> None:
    """Loads a medium into an optical drive, or (None) unloads it."""
    vios = server.vios
    storage = None if medium is None else VirtualSCSIStorage(optical_media=medium)
    mappings = tuple(m.evolve(backing_storage=storage) if _same(m, drive.mapping) else m for m in vios.scsi_mappings)
    server.operator.update(vios.evolve(scsi_mappings=mappings), _MAPPINGS)


def _bare(mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
    """The adapter pair of a mapping, without what is lent over it."""
    adapter = mapping.server_adapter.evolve(backing_dev_name=None)
    return mapping.evolve(server_adapter=adapter, backing_storage=None, target_dev=None)


def _lends(mapping: VirtualSCSIMapping) -> bool:
    return bool(mapping.backing_storage) or bool(mapping.target_dev)


def _same(one: VirtualSCSIMapping, other: VirtualSCSIMapping) -> bool:
    """Whether two versions are of the same mapping: there is no identity but the adapter and what is lent."""
    return (
        one.server_adapter.vios_slot_num == other.server_adapter.vios_slot_num
        and one.target_dev == other.target_dev
        and one.backing_storage == other.backing_storage
    )


# virtual Fibre Channel


def map_port(server: Server, adapter: str, port: str) -> None:
    """Lets a physical port carry a virtual Fibre Channel adapter; "" for none. Raises Refusal."""
    slot = server.channel(adapter).server_adapter.vios_slot_num
    vios = server.vios
    if port and port not in [each.name for each in fibre_ports(vios)]:
        raise no_such("Fibre Channel port", port, "lsnports lists the ports.")
    mappings = []
    for mapping in vios.vfc_mappings:
        if mapping.server_adapter.vios_slot_num == slot:
            bare = mapping.server_adapter.evolve(map_port=None, physical_port=None)
            backing = PhysicalFibreChannelPort(name=port) if port else None
            mapping = mapping.evolve(backing_port=backing, server_adapter=bare)
        mappings.append(mapping)
    server.operator.update(vios.evolve(vfc_mappings=tuple(mappings)), "ViosFCMapping")


# networks

# Attributes of a shared Ethernet adapter that the UOM knows, as chdev calls them.
_SEA_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "ctl_chan": ("control_channel", str),
    "ha_mode": ("ha_mode", str),
    "jumbo_frames": ("jumbo_frames", lambda word: word == "yes"),
    "largesend": ("large_send", lambda word: word == "1"),
    "qos_mode": ("qos_mode", str),
    "queue_size": ("queue_size", int),
    "thread": ("thread_mode", lambda word: word == "1"),
    "virt_adapters": ("trunk_adapters", lambda words: trunks_named(words.split(","))),
}
# Those that say what it is; they are chosen when it is made.
_SEA_FIXED = ("pvid", "pvid_adapter", "real_adapter")


def trunks_named(names: Sequence[str]) -> tuple[TrunkAdapter, ...]:
    return tuple(TrunkAdapter(dev_name=name) for name in names if name)


def create_shared_ethernet(
    server: Server, device: str, trunks: Sequence[str], pvid: int, wanted: dict[str, str]
) -> SharedEthernetAdapter:
    """device: the Ethernet device below it. trunks: device names of its trunk adapters, the default one first."""
    known, others = _sea_attributes(wanted)
    backing = BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name=device))
    wish = SharedEthernetAdapter(backing_device=backing, pvid=pvid, trunk_adapters=trunks_named(trunks), **known)
    made = server.operator.create(wish, server.uuid)
    if others:
        server.keep(attributes={**server.settings.attributes, made.dev_name: others})
    return made


def change_shared_ethernet(server: Server, device: str, wanted: dict[str, str]) -> dict[str, str]:
    """Changes the attributes that the UOM knows. Returns the others."""
    known, others = _sea_attributes(wanted)
    if known:
        server.operator.update(_identified(server, find_shared_ethernet(server, device)).evolve(**known))
    return others


def delete_shared_ethernet(server: Server, device: str) -> None:
    """Its trunk adapters stay."""
    server.operator.delete(_identified(server, find_shared_ethernet(server, device)))
    server.keep(attributes={name: own for name, own in server.settings.attributes.items() if name != device})


def aggregate(server: Server, ports: Sequence[str], mode: str, name: str = "") -> str:
    """Several Ethernet ports as one device; its name, which is the given one where that is free."""
    wish = {"ports": " ".join(ports), "mode": mode, "name": name}
    return server.operator.perform("link_aggregation.create", server.uuid, **wish)["name"]


def change_aggregation(server: Server, name: str, port: str, *, joins: bool) -> None:
    """Takes a free port in, or gives one back."""
    wish = {"name": name, "port": port, "joins": "true" if joins else "false"}
    server.operator.perform("link_aggregation.change", server.uuid, **wish)


def separate(server: Server, name: str) -> None:
    server.operator.perform("link_aggregation.delete", server.uuid, name=name)


def _sea_attributes(wanted: dict[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """By field of the UOM, and those it does not know."""
    fixed = next((name for name in wanted if name in _SEA_FIXED), "")
    if fixed:
        raise Refusal(
            Status.INCOMPLETE,
            f"{fixed} of a shared Ethernet adapter is chosen when it is made. Remove it with rmvdev -sea and make it anew.",
        )
    known = {name: value for name, value in wanted.items() if name in _SEA_FIELDS}
    fields = {_SEA_FIELDS[name][0]: _SEA_FIELDS[name][1](value) for name, value in known.items()}
    return fields, {name: value for name, value in wanted.items() if name not in known}


def _identified(server: Server, sea: SharedEthernetAdapter) -> SharedEthernetAdapter:
    """With the identity it has as an object of its own."""
    return sea.evolve(uuid=f"{server.uuid}/{sea.dev_name}", parent=server.uuid)
