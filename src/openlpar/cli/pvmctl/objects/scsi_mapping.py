"""``pvmctl scsi``: virtual SCSI mappings."""

from __future__ import annotations

from typing import Any

from openlpar.cli.pvmctl import listing, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import client_storage, vios_storage
from openlpar.cli.pvmctl.objects.shared_storage_pool import pools
from openlpar.client.atom import Entry, path_of
from openlpar.messages import general
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
)
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualDiskType, VirtualOpticalMedia

_FIELD, _GROUP = "scsi_mappings", "ViosSCSIMapping"
_DEVICES_PER_BUS = 32
_FILE_POOLS = "/var/vio/storagepools"
"""Where a Virtual I/O Server mounts its file storage pools."""

# Type on the command line -> field of VirtualSCSIStorage, pvmctl's noun.
_STORAGE = {
    "file": ("virtual_disk", "scsi"),
    "lv": ("virtual_disk", "lv"),
    "pv": ("physical_volume", "pv"),
    "lu": ("logical_unit", "lu"),
    "vopt": ("optical_media", "media"),
}


def _storage(mapping: Any) -> Any:
    """The lent thing itself, or None for an empty drive or bus."""
    return next((value for _, value in mapping.backing_storage.present()), None)


def _storage_name(row: Row) -> str:
    storage = _storage(row.elements["VirtualSCSIMapping"])
    return storage.name if storage is not None else ""


# ---- create -------------------------------------------------------------------------------------------------------


def _create(call: Call) -> int:
    """Maps the storage; nothing to do when it is mapped to that partition already."""
    args = call.args
    lpar = client_storage.client(call)
    vios_uuid, storage = _find_storage(call)
    field = _STORAGE[args.type][0]
    vios = call.connection.get(f"VirtualIOServer/{vios_uuid}", VirtualIOServer, group=_GROUP)
    for mapping in vios.element.scsi_mappings:
        there = mapping.backing_storage.get(field)
        if there is not None and client_storage.serves(mapping, lpar) and vios_storage.alike(there, storage):
            return 0
    client, server = _bus(vios.element, lpar, args.slot)
    mapping = VirtualSCSIMapping(
        client_lpar_href=path_of(lpar.path),
        client_adapter=client,
        server_adapter=server,
        backing_storage=VirtualSCSIStorage(**{field: storage}),
    )
    client_storage.add(call, vios_uuid, _FIELD, _GROUP, mapping)
    return 0


def _bus(
    vios: VirtualIOServer, lpar: Entry[LogicalPartition], slot: int | None
) -> tuple[VirtualSCSIClientAdapter, VirtualSCSIServerAdapter]:
    """The adapter pair: one that the two partitions share already and that has room, else (or for a given slot) a new one.

    The reference client does the same: virtual slots are few.
    """
    shared: dict[str, list[VirtualSCSIMapping]] = {}
    for mapping in vios.scsi_mappings:
        if mapping.has("client_adapter") and client_storage.serves(mapping, lpar):
            shared.setdefault(mapping.server_adapter.udid, []).append(mapping)
    for mappings in shared.values():
        if len(mappings) < _DEVICES_PER_BUS and slot in (None, mappings[0].client_adapter.lpar_slot_num):
            return mappings[0].client_adapter, mappings[0].server_adapter
    return (
        VirtualSCSIClientAdapter(side="Client", use_next_slot=slot is None, lpar_slot_num=slot),
        VirtualSCSIServerAdapter(side="Server", use_next_slot=True),
    )


def _find_storage(call: Call) -> tuple[str, Any]:
    """The VIOS that is to lend, and the reference to what it lends. Raises STORAGE_NOT_FOUND or AMBIGUOUS."""
    find = {
        "file": _find_file,
        "lv": _find_lv,
        "pv": _find_pv,
        "lu": _find_lu,
        "vopt": _find_media,
    }[call.args.type]
    found = find(call, call.args.stor_id)
    if not found:
        where = f" on the VIOS {call.args.parent_id}" if call.args.parent_id else ""
        raise messages.STORAGE_NOT_FOUND.error(
            kind=call.args.type, name=call.args.stor_id, where=where, noun=_STORAGE[call.args.type][1]
        )
    if len(found) > 1:
        names = ", ".join(vios for vios, _, _ in found)
        raise messages.AMBIGUOUS.error(condition=call.args.stor_id, count=len(found), kind=call.args.type, names=names)
    return found[0][1], found[0][2]


_Found = list[tuple[str, str, Any]]  # name of the VIOS, its uuid, the storage


def _find_file(call: Call, wanted: str) -> _Found:
    """A file of a file storage pool, which REST does not list: the service is sent its path, and says whether it is there. Raises
    NO_SELECTION where it could be several servers'."""
    selected = vios_storage.vioses(call, call.condition("parent_id"))
    if len(selected) > 1:
        raise messages.NO_SELECTION.error(kind="VirtualIOServer", option="--parent-id")
    file = VirtualDisk(name=_path(wanted), label=_path(wanted), vdtype=VirtualDiskType.FILE.value)
    return [(vios.element.name, vios.uuid, file) for vios in selected]


def _path(wanted: str) -> str:
    """Of a file that may be written ``POOL/FILE``."""
    text = wanted.removeprefix("name=")
    return text if text.startswith("/") else f"{_FILE_POOLS}/{text}"


def _find_lv(call: Call, wanted: str) -> _Found:
    return [
        (vios.element.name, vios.uuid, VirtualDisk(name=disk.name, udid=disk.udid or None, vdtype=disk.get("vdtype")))
        for vios, group in vios_storage.volume_groups(
            call, call.condition("parent_id"), vios_storage.option_name(call, "vg")
        )
        for disk in group.element.virtual_disks
        if vios_storage.matches(disk, wanted)
    ]


def _find_media(call: Call, wanted: str) -> _Found:
    return [
        (vios.element.name, vios.uuid, VirtualOpticalMedia(name=medium.name))
        for vios, group in vios_storage.volume_groups(call, call.condition("parent_id"))
        for repository in group.element.vmedia_repos
        for medium in repository.optical_media
        if vios_storage.matches(medium, wanted)
    ]


def _find_pv(call: Call, wanted: str) -> _Found:
    return [
        (vios.element.name, vios.uuid, PhysicalVolume(name=disk.name))
        for vios in vios_storage.vioses(call, call.condition("parent_id"), group="ViosStorage")
        for disk in vios.element.phys_vols
        if vios_storage.matches(disk, wanted)
    ]


def _find_lu(call: Call, wanted: str) -> _Found:
    """Every VIOS of the cluster can lend a logical unit: the named one, or the first that is active."""
    units = [unit for pool in pools(call) for unit in pool.element.logical_units if vios_storage.matches(unit, wanted)]
    if not units:
        return []
    candidates = vios_storage.vioses(call, call.condition("parent_id"))
    vios = candidates[0] if call.args.parent_id else client_storage.first_active(candidates)
    if vios is None:
        raise general.NOT_FOUND.error(kind="VirtualIOServer", name="that is running with active RMC")
    return [
        (vios.element.name, vios.uuid, LogicalUnit(udid=unit.udid, name=unit.name, is_thin=unit.get("is_thin")))
        for unit in units
    ]


# ---- delete -------------------------------------------------------------------------------------------------------


def _delete(call: Call) -> int:
    """Unmaps by ``-i``, or by storage name and partition on every VIOS that lends it."""
    args = call.args
    if args.object_id:
        return client_storage.delete_row(call, _FIELD)
    if not args.stor_id:
        raise messages.NO_SELECTION.error(kind="storage", option="--stor-id")
    lpar = client_storage.client(call) if args.lpar else None
    fields = [_STORAGE[args.type][0]] if args.type else [field for field, _ in _STORAGE.values()]

    named = _path(args.stor_id) if args.type == "file" else args.stor_id

    def wanted(mapping: Any) -> bool:
        there = [mapping.backing_storage.get(field) for field in fields]
        lent = any(storage is not None and vios_storage.matches(storage, named) for storage in there)
        return lent and (lpar is None or client_storage.serves(mapping, lpar))

    return client_storage.remove_all(call, _FIELD, _GROUP, wanted, f"of {args.stor_id}")


_TYPE = option(
    "--type",
    choices=sorted(_STORAGE),
    help="file of a file storage pool, logical unit, logical volume, physical volume or media",
)
_STOR_ID = option(
    "--stor-id", metavar="NAME", help="what is lent: NAME, name=NAME or udid=UDID; a file: POOL/FILE or its path"
)
_VG = option("--vg", metavar="NAME", help="for lv: its volume group, also as name=NAME")


NOUN = Noun(
    name="VirtualSCSIMapping",
    title="Virtual SCSI Mappings",
    kind=VirtualSCSIMapping,
    joins=client_storage.JOINS,
    columns=(
        *client_storage.COLUMNS,
        Column("Adapter", "ServerAdapter.name"),
        Column("Storage", _storage_name),
    ),
    load=lambda call, selection: client_storage.rows(call, selection, "VirtualSCSIMapping", _FIELD, _GROUP),
    verbs=(
        Verb(
            "create",
            "lend storage of a VIOS to a partition",
            _create,
            "p",
            (
                _TYPE.required(),
                _STOR_ID.required(),
                client_storage.LPAR.required(),
                _VG,
                client_storage.SLOT,
            ),
            (
                "scsi create --type lu --lpar name=vm1 --stor-id name=vdisk_vm1 --parent-id name=vios1",
                "scsi create --type lv --lpar name=vm1 --stor-id vm1_rootvg --vg name=rootvg -p name=vios1",
                "scsi create --type vopt --lpar name=vm1 --stor-id rhel.iso -p name=vios1",
                "scsi create --type file --lpar name=vm1 --stor-id files/disk1 -p name=vios1",
            ),
        ),
        listing.verb("scsi list", "scsi list -w VirtualDisk.name=vm1_rootvg -d VirtualDisk.udid --hide-label"),
        Verb(
            "delete",
            "take storage back",
            _delete,
            "ip",
            (_TYPE, _STOR_ID, client_storage.LPAR, _VG),
            ("scsi delete --type lv --stor-id vm1_rootvg --lpar name=vm1",),
        ),
    ),
    parent="the VIOS, for example name=vios1",
)
