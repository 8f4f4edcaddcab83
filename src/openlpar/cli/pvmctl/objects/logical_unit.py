"""``pvmctl lu``: logical units of shared storage pools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import client_storage, image, vios_storage
from openlpar.cli.pvmctl.objects.shared_storage_pool import pools
from openlpar.cli.pvmctl.objects.vios_storage import matches
from openlpar.cli.pvmctl.values import size_gb
from openlpar.cli.pvmctl.where import Malformed
from openlpar.client import edit
from openlpar.client.atom import Entry
from openlpar.messages import general
from openlpar.uom.shared_storage_pool import LogicalUnit, LogicalUnitType, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET

_TYPES = {"disk": LogicalUnitType.DISK.value, "image": LogicalUnitType.IMAGE.value}
# A UDID begins with two digits for its kind; a clone names its source with another kind than the source itself has.
_KIND = 2


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    rows = []
    for pool in pools(call):
        if selection.parent and not matches(pool.element, "=".join(selection.parent)):
            continue
        for unit in pool.element.logical_units:
            rows.append(Row({"LogicalUnit": unit, "SharedStoragePool": pool.element}, pool, _finder(unit.udid)))
    return rows


def _finder(udid: str) -> Callable[[ET.Element], edit.Member | None]:
    def find(tree: ET.Element) -> edit.Member | None:
        units = edit.members(tree, SharedStoragePool, ("logical_units",))
        return next((member for member in units if member.value.udid == udid), None)

    return find


def _type(row: Row) -> str:
    """``Disk``, ``Image`` …"""
    return _unit(row).lu_type.removeprefix("VirtualIO_").replace("_", " ")


def _clone(row: Row) -> str:
    """The name of the unit that it was cloned from; its own when it is no clone, as the tutorial's listing shows."""
    unit = _unit(row)
    source = unit.cloned_from_udid[_KIND:]
    pool = row.elements["SharedStoragePool"]
    assert isinstance(pool, SharedStoragePool)
    return next((other.name for other in pool.logical_units if source and other.udid[_KIND:] == source), unit.name)


def _unit(row: Row) -> LogicalUnit:
    unit = row.elements["LogicalUnit"]
    assert isinstance(unit, LogicalUnit)
    return unit


def _create(call: Call) -> int:
    args = call.args
    if args.size is None and not args.clone:
        raise Malformed("--size is missing; only a clone has one by itself")
    pool, tier = _tier(call)
    source = None
    if args.clone:
        source = next((unit for unit in pool.element.logical_units if matches(unit, args.clone)), None)
        if source is None:
            raise general.NOT_FOUND.error(kind="LogicalUnit", name=args.clone)
    unit = LogicalUnit(
        is_thin=args.thin,
        capacity=args.size if args.size is not None or source is None else source.capacity,
        lu_type=_TYPES[args.type] if args.type else None,
        cloned_from_udid=source.udid if source else None,
        name=args.name,
    )
    call.connection.create(f"Tier/{tier.uuid}/LogicalUnit", unit)
    return 0


def _tier(call: Call) -> tuple[Entry[SharedStoragePool], Entry[Tier]]:
    """The pool of ``-p`` (or the only one) and its named or default tier."""
    parent = call.args.parent_id
    found = [pool for pool in pools(call) if not parent or matches(pool.element, parent)]
    if not found:
        raise general.NOT_FOUND.error(kind="SharedStoragePool", name=parent or "on this system")
    if len(found) > 1:
        names = ", ".join(pool.element.name for pool in found)
        raise messages.AMBIGUOUS.error(
            condition=parent or "no -p option", count=len(found), kind="SharedStoragePool", names=names
        )
    tiers = call.connection.feed(f"SharedStoragePool/{found[0].uuid}/Tier", Tier)
    wanted = call.args.tier
    tier = next((one for one in tiers if one.element.name == wanted or (not wanted and one.element.is_default)), None)
    if tier is None:
        raise general.NOT_FOUND.error(kind="Tier", name=wanted or "marked as default")
    return found[0], tier


def _delete(call: Call) -> int:
    """Deletes the unit by its own address, which only the feed of its tier tells."""
    unit = _unit(call.row())
    for tier in call.connection.feed("Tier", Tier):
        for found in call.connection.feed(f"Tier/{tier.uuid}/LogicalUnit", LogicalUnit):
            if found.element.udid == unit.udid:
                call.connection.delete(found)
                return 0
    raise general.NOT_FOUND.error(kind="LogicalUnit", name=unit.name)


def _upload(call: Call) -> int:
    """Sends a local image onto the unit, through a VIOS of its cluster."""
    unit = _unit(call.row())
    vios: vios_storage.Vios | None
    if call.args.vios:
        vios = call.partition((VirtualIOServer,), "vios")
    else:
        vios = client_storage.first_active(vios_storage.vioses(call, None))
    if vios is None:
        raise general.NOT_FOUND.error(kind="VirtualIOServer", name="that is running with active RMC")
    return image.send(call, vios.uuid, "", unit.udid)


NOUN = Noun(
    name="LogicalUnit",
    title="Logical Units",
    kind=LogicalUnit,
    joins={"SharedStoragePool": SharedStoragePool},
    columns=(
        Column("SSP", "SharedStoragePool.name"),
        Column("Name", "name"),
        Column("Cap (GB)", "capacity"),
        Column("Type", _type),
        Column("Thin", "is_thin"),
        Column("Clone", _clone),
        Column("In use", "in_use"),
    ),
    load=_load,
    verbs=(
        Verb(
            "create",
            "create a logical unit",
            _create,
            "p",
            (
                option("--name", required=True, help="its name, unique in the pool"),
                option(
                    "--size", type=size_gb, metavar="GB", help="size in GB, or 20G, 512M (default: a clone's source's)"
                ),
                option(
                    "--thin", action="store_true", default=None, help="take space only when it is written (default)"
                ),
                option("--thick", dest="thin", action="store_false", help="reserve all space at once"),
                option("--type", choices=sorted(_TYPES), help="disk (default) or image"),
                option("--clone", metavar="IMAGE", help="make it a linked clone of this logical unit"),
                option("--tier", metavar="NAME", help="default: the pool's default tier"),
            ),
            ("lu create --name vdisk_vm1 --size 20", "lu create --name boot1 --size 20 --clone image1 -p name=pool1"),
        ),
        listing.verb("lu list", "lu list -d name --where LogicalUnit.lu_type=VirtualIO_Image --hide-label"),
        Verb(
            "upload",
            "write a disk image onto a logical unit that is not mapped",
            _upload,
            "ip",
            (
                image.DISK,
                option(
                    "--vios", metavar="NAME", help="through this VIOS: NAME or id=N (default: the first that is active)"
                ),
            ),
            ("lu upload -i name=vdisk_vm1 --data debian.raw",),
        ),
        changes.update_verb(
            "lu update -i name=vdisk_vm1 -s LogicalUnit.capacity=30", "lu update -i name=vdisk_vm1 -s name=data1"
        ),
        changes.delete_verb("lu delete -i name=vdisk_vm1", run=_delete),
    ),
    parent="the shared storage pool, for example name=pool1",
)
