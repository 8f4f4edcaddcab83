"""Lending storage to partitions: what virtual SCSI and virtual Fibre Channel mappings have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Row, option
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.cli.pvmctl.values import count
from openlpar.client import edit
from openlpar.client.atom import Entry, uuid_of
from openlpar.messages import general
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer

Vios = Entry[VirtualIOServer]

LPAR = option("--lpar", metavar="KEY=VALUE", help="the partition, for example name=vm1")
SLOT = option("--slot", type=count, metavar="N", help="virtual slot of the partition (default: next free)")
JOINS: dict[str, type[Element]] = {"VirtualIOServer": VirtualIOServer, "LogicalPartition": LogicalPartition}
COLUMNS = (
    Column("LPAR", "ServerAdapter.lpar_id"),
    Column("Slot", "ServerAdapter.lpar_slot_num"),
    Column("VIOS", "VirtualIOServer.name"),
    Column("VIOS Slot", "ServerAdapter.vios_slot_num"),
)
"""Of every listing of mappings."""


def rows(call: Call, selection: Selection, kind: str, field: str, group: str) -> list[Row]:
    """Mappings of the VIOSes that ``-p`` selects, with the partitions they serve where those are asked for."""
    clients: dict[str, Any] = {}
    if "LogicalPartition" in selection.types:
        clients = {entry.uuid: entry.element for entry in call.partitions(LogicalPartition)}
    found = []
    for vios in vios_storage.vioses(call, selection.parent, group=group):
        for mapping in getattr(vios.element, field):
            row = Row({kind: mapping, "VirtualIOServer": vios.element}, vios, _finder(field, mapping))
            client = clients.get(uuid_of(mapping.client_lpar_href))
            if client is not None:
                row.elements["LogicalPartition"] = client
            found.append(row)
    return found


def client(call: Call) -> Entry[LogicalPartition]:
    """The partition of ``--lpar``."""
    if not call.args.lpar:
        raise messages.NO_SELECTION.error(kind="LogicalPartition", option="--lpar")
    found: Entry[LogicalPartition] = call.partition((LogicalPartition,), "lpar")
    return found


def add(call: Call, vios_uuid: str, field: str, group: str, mapping: Element) -> None:
    """Adds a mapping to a VIOS, in the way of the reference client: the VIOS is read, extended and sent back."""
    path = f"VirtualIOServer/{vios_uuid}"
    vios = call.connection.get(path, VirtualIOServer, group=group)
    origin = call.connection.origin
    call.connection.update(vios, lambda tree: edit.add(tree, VirtualIOServer, (field,), mapping, origin))


def remove(call: Call, vios: Vios, field: str, wanted: Callable[[Any], bool]) -> int:
    """Removes mappings from a VIOS that was read with their group; returns how many."""
    removed = 0

    def alter(tree: Any) -> None:
        nonlocal removed
        removed = 0
        for found in edit.members(tree, VirtualIOServer, (field,)):
            if wanted(found.value):
                found.remove()
                removed += 1

    if any(wanted(mapping) for mapping in getattr(vios.element, field)):
        call.connection.update(vios, alter)
    return removed


def remove_all(call: Call, field: str, group: str, wanted: Callable[[Any], bool], name: str) -> int:
    """Removes mappings from the VIOSes that ``-p`` selects. name: of what is missing when there are none. Returns the exit
    status."""
    selected = vios_storage.vioses(call, call.condition("parent_id"), group=group)
    if not sum(remove(call, vios, field, wanted) for vios in selected):
        raise general.NOT_FOUND.error(kind=call.noun.name, name=name)
    return 0


def delete_row(call: Call, field: str) -> int:
    """Deletes the one mapping that ``-i`` selects."""
    row = call.row()
    assert row.entry is not None
    wanted = next(iter(row.elements.values()))
    if not remove(call, row.entry, field, lambda mapping: _same(mapping, wanted)):
        raise general.NOT_FOUND.error(kind=call.noun.name, name=call.args.object_id)
    return 0


def serves(mapping: Any, partition: Entry[LogicalPartition]) -> bool:
    """Whether a mapping belongs to a partition: by its reference, or by the id that the adapters carry."""
    if mapping.client_lpar_href:
        return uuid_of(mapping.client_lpar_href) == partition.uuid
    return bool(mapping.server_adapter.lpar_id == partition.element.id)


def first_active(found: Sequence[Vios]) -> Vios | None:
    """A VIOS that can be asked to do something."""
    for vios in found:
        element = vios.element
        if element.state == "running" and (element.rmc_state in ("active", "busy") or element.is_mgmt_partition):
            return vios
    return None


def _finder(field: str, wanted: Any) -> Callable[[Any], edit.Member | None]:
    def find(tree: Any) -> edit.Member | None:
        for found in edit.members(tree, VirtualIOServer, (field,)):
            if _same(found.value, wanted):
                return found
        return None

    return find


def _same(one: Any, other: Any) -> bool:
    """Mappings have no identity: the server adapter and the target device on it make one."""
    if one.server_adapter.udid != other.server_adapter.udid:
        return False
    return bool(getattr(one, "target_dev", None) == getattr(other, "target_dev", None))
