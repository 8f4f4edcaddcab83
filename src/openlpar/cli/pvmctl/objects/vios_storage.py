"""Reading the storage of Virtual I/O Servers: volume groups and what is in them, disks, media."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from openlpar.cli.pvmctl import messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Row
from openlpar.cli.pvmctl.where import same
from openlpar.client import edit
from openlpar.client.atom import Entry
from openlpar.client.errors import RestError
from openlpar.uom.core import Element
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup

Vios = Entry[VirtualIOServer]
Group = Entry[VolumeGroup]


def vioses(call: Call, parent: tuple[str, str] | None, *, group: str = "None") -> list[Vios]:
    """The VIOSes that ``-p`` selects, in the order of their ids; all without it. Raises NOT_FOUND."""
    found = call.partitions(VirtualIOServer, parent, group=group)
    if parent and not found:
        raise messages.STORAGE_NOT_FOUND.error(kind="VirtualIOServer", name="=".join(parent), where="", noun="vios")
    return sorted(found, key=lambda entry: entry.element.id)


def volume_groups(call: Call, parent: tuple[str, str] | None, name: str = "") -> Iterator[tuple[Vios, Group]]:
    """Volume groups with their VIOS. One VIOS that cannot be read does not hide the others: it is reported."""
    for vios in vioses(call, parent):
        try:
            groups = call.connection.feed(f"VirtualIOServer/{vios.uuid}/VolumeGroup", VolumeGroup)
        except RestError as error:
            call.incomplete.append(vios.element.name)
            call.warn(messages.INCOMPLETE.error(object=f"The storage of {vios.element.name}", cause=error.text))
            continue
        for group in sorted(groups, key=lambda entry: entry.element.name):
            if not name or group.element.name == name:
                yield vios, group


def rows(call: Call, selection: Selection, kind: str, path: Sequence[str]) -> list[Row]:
    """Rows of what lies in volume groups, e.g. ``("virtual_disks",)``."""
    name = option_name(call, "vg")
    return [
        Row({kind: item, "VolumeGroup": group.element, "VirtualIOServer": vios.element}, group, member(path, item))
        for vios, group in volume_groups(call, selection.parent, name)
        for item in below(group.element, path)
    ]


def below(element: Any, path: Sequence[str]) -> list[Any]:
    """The members of nested collections."""
    found = [element]
    for name in path:
        found = [item for one in found for item in getattr(one, name)]
    return found


def member(path: Sequence[str], wanted: Any) -> Callable[[Any], edit.Member | None]:
    """Finds a disk, medium … again in a tree of its volume group: by UDID, or by name where it has none."""

    def find(tree: Any) -> edit.Member | None:
        for found in edit.members(tree, VolumeGroup, path):
            if alike(found.value, wanted):
                return found
        return None

    return find


def alike(one: Any, other: Any) -> bool:
    """Whether two elements are the same storage."""
    first, second = (item.udid if "udid" in item.by_name else "" for item in (one, other))
    if first and second:
        return bool(first == second)
    return bool(one.name == other.name)


def matches(element: Element, text: str) -> bool:
    """Whether an element is the one that ``--stor-id`` means: a name, or ``name=``, ``udid=`` …"""
    key, equal, value = text.partition("=")
    if not equal or key not in element.by_name:
        key, value = "name", text
    return same(element.get(key), value)


def option_name(call: Call, option: str) -> str:
    """The value of an option like ``--vg``, which samples write ``rootvg`` as well as ``name=rootvg``."""
    text: str = getattr(call.args, option, None) or ""
    return text.removeprefix("name=")


def the_group(call: Call, name: str, kind: str) -> tuple[Vios, Group]:
    """One volume group for new storage: the named one, of the parent or of the first VIOS that has it. Raises NOT_FOUND."""
    for vios, group in volume_groups(call, call.condition("parent_id"), name):
        return vios, group
    raise messages.STORAGE_NOT_FOUND.error(kind="VolumeGroup", name=name, where=f" for the {kind}", noun="vg")


def remove(call: Call, row: Row) -> None:
    """Takes the row's object out of the volume group around it."""
    assert row.entry is not None and row.inside is not None
    inside = row.inside

    def alter(tree: Any) -> None:
        found = inside(tree)
        if found is not None:
            found.remove()

    call.connection.update(row.entry, alter)


def delete(call: Call) -> int:
    """The verb ``delete`` of what lies in volume groups."""
    remove(call, call.row())
    return 0
