"""``pvmctl io``: physical I/O slots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl import listing, messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.where import same
from openlpar.client import edit
from openlpar.client.atom import Entry
from openlpar.messages import general
from openlpar.uom.io_slot import AssociatedIOSlot, IOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_io_server import VirtualIOServer

_SLOTS = ("io_config", "io_slots")
_PARENT_KEYS = {"id": "part_id", "name": "part_name", "uuid": "part_uuid"}


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    slots = call.system.element.asio_config.io_slots
    if selection.parent:
        key, value = selection.parent
        if key not in _PARENT_KEYS:
            raise messages.UNKNOWN_FIELD.error(kind="partition", name=key, suggestion="Select by id, name or uuid.")
        slots = [slot for slot in slots if same(slot.get(_PARENT_KEYS[key]), value)]
    return [Row({"IOSlot": slot}) for slot in slots]


def _attach(call: Call) -> int:
    slots = [_slot(call, name) for name in call.args.drc_names]
    taken = next((slot for slot in slots if slot.part_id), None)
    owner = _owner(call)
    if taken is not None and taken.part_id != owner.element.id:
        raise messages.SLOT_TAKEN.error(slot=taken.drc_name, owner=f"{taken.part_name} (id {taken.part_id})")
    origin = call.connection.origin

    def alter(tree: Any) -> None:
        there = {found.value.slot.drc_name for found in edit.members(tree, owner.kind, _SLOTS)}
        for slot in slots:
            if slot.drc_name not in there:
                edit.add(tree, owner.kind, _SLOTS, _assigned(slot), origin)

    call.connection.update(owner, alter)
    return 0


def _assigned(slot: IOSlot) -> ProfileIOSlot:
    described = AssociatedIOSlot(
        bus_grp_required=slot.bus_grp_required,
        description=slot.get("description"),
        drc_index=slot.drc_index,
        drc_name=slot.drc_name,
    )
    return ProfileIOSlot(slot=described, required=False)


def _detach(call: Call) -> int:
    names = set(call.args.drc_names)
    owner = _owner(call)
    missing = names - {slot.slot.drc_name for slot in owner.element.io_config.io_slots}
    if missing:
        raise general.NOT_FOUND.error(kind=f"IOSlot of {owner.element.name}", name=", ".join(sorted(missing)))

    def alter(tree: Any) -> None:
        for found in edit.members(tree, owner.kind, _SLOTS):
            if found.value.slot.drc_name in names:
                found.remove()

    call.connection.update(owner, alter)
    return 0


def _slot(call: Call, name: str) -> IOSlot:
    slots: tuple[IOSlot, ...] = call.system.element.asio_config.io_slots
    for slot in slots:
        if name in (slot.drc_name, str(slot.drc_index), f"{slot.drc_index:X}"):
            return slot
    raise general.NOT_FOUND.error(kind="IOSlot", name=name)


def _owner(call: Call) -> Entry[Any]:
    if not call.args.parent_id:
        raise messages.NO_SELECTION.error(kind="partition", option="-p")
    kinds: tuple[type[BasePartition], ...] = (LogicalPartition, VirtualIOServer)
    return call.partition(kinds, "parent_id")


_NAMES = option("--drc-names", nargs="+", required=True, metavar="DRC", help="names of the slots, as 'io list' shows")

NOUN = Noun(
    name="IOSlot",
    title="I/O Slots",
    kind=IOSlot,
    columns=(
        Column("DRC Name", "drc_name", whole=True),
        Column("Description", "description"),
        Column("LPAR", lambda row: row.elements["IOSlot"].get("part_id") or ""),
    ),
    load=_load,
    verbs=(
        Verb(
            "attach",
            "give slots to a partition",
            _attach,
            "p",
            (_NAMES,),
            ("io attach -p id=1 --drc-names U78C9.001.WZS0001-P1-C9",),
        ),
        Verb(
            "detach",
            "take slots from a partition",
            _detach,
            "p",
            (_NAMES,),
            ("io detach -p id=1 --drc-names U78C9.001.WZS0001-P1-C9",),
        ),
        listing.verb("io list", "io list -p id=2", "io list -d drc_name part_name -w pci_class=512"),
    ),
    renames={"name": "drc_name", "id": "drc_index", "loc_code": "slot_phys_loc"},
    parent="the partition, for example id=1",
)
