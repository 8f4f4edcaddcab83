"""The storage network as an administrator sets it: arrays, volumes with masks, images. See ``ports.san``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from openlpar.messages import Failure
from openlpar.messages import san as say
from openlpar.ops.storage.san_disks import settle, udid_of, visible
from openlpar.ops.storage.usage import refuse_mapped
from openlpar.ports import san
from openlpar.ports.records import RbdImage, RemovedDisk, SanVolume, StorageArray
from openlpar.ports.san import KINDS, image_udid
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer

_NAA_START = "6005076"


def install(change: Change, lists: Mapping[str, Any]) -> None:
    """Adds the members of all lists, or replaces those that are there. Raises Failure BAD_SAN."""
    for name, members in lists.items():
        if name not in KINDS:
            raise _bad(name, f"there is no such list, only {', '.join(KINDS)}")
        if not isinstance(members, list) or not all(isinstance(one, Mapping) for one in members):
            raise _bad(name, f"{name} is no list of settings such as name: ds8k")
    for name in KINDS:
        for member in lists.get(name, ()):
            put(change, name, member)


def put(change: Change, kind: str, wish: Mapping[str, Any]) -> StorageArray | SanVolume | RbdImage:
    """Adds a member to one of the lists, or replaces the one of that name. kind: of ``KINDS``. Raises Failure BAD_SAN."""
    try:
        made = _made(change, kind, wish)
    except ValueError as wrong:
        raise _bad(kind, str(wrong)) from wrong
    change.put(made)
    _settle(change)
    return made


def _made(change: Change, kind: str, wish: Mapping[str, Any]) -> StorageArray | SanVolume | RbdImage:
    if kind == "arrays":
        array = san.array(wish)
        _check_array(change, array)
        return array
    if kind == "images":
        return san.image(wish)
    before = change.find(SanVolume, str(wish.get("name", "")))
    if before is not None:
        wish = {**san.plain(before), **wish}
    array_name = str(wish.get("name", "")).partition("/")[0]
    used = {one.lun for one in change.all(SanVolume) if one.array == array_name}
    free = next(number for number in range(len(used) + 1) if number not in used)
    volume = san.volume(wish, naa=_NAA_START + change.entropy.hex(25).upper(), lun=free)
    _check_volume(change, volume, before)
    return volume


def _check_array(world: World, array: StorageArray) -> None:
    """Ports, targets and addresses belong to one array each. Raises ValueError."""
    for other in world.all(StorageArray):
        for field in ("ports", "portals", "iqns") if other.uuid != array.uuid else ():
            shared = set(getattr(other, field)) & set(getattr(array, field))
            if shared:
                raise ValueError(f"{min(shared)} is one of the {field} of array {other.uuid} already")


def _check_volume(world: World, volume: SanVolume, before: SanVolume | None) -> None:
    if world.find(StorageArray, volume.array) is None:
        raise ValueError(f"volume {volume.uuid} is in array {volume.array}, and there is none of that name")
    if before is not None and (volume.naa != before.naa or volume.capacity < before.capacity):
        raise ValueError(
            f"volume {volume.uuid} is there already: it can grow, but not shrink or get another identifier"
        )
    for other in world.all(SanVolume):
        if other.uuid == volume.uuid:
            continue
        if volume.naa and other.naa == volume.naa:
            raise ValueError(f"{other.uuid} has the identifier {volume.naa} already")
        if (other.array, other.iqn, other.lun) == (volume.array, volume.iqn, volume.lun):
            raise ValueError(f"{other.uuid} has number {volume.lun} already")


def remove(change: Change, kind: str, name: str) -> None:
    """Raises Failure NO_SAN_MEMBER, ARRAY_IN_USE, or MAPPED for an image that is lent. A volume may go while it is in use: that is
    what an exercise may be about."""
    found = _find(change, kind, name)
    if isinstance(found, StorageArray):
        count = sum(one.array == name for one in change.all(SanVolume))
        if count:
            raise say.ARRAY_IN_USE.error(name=name, count=count)
    if isinstance(found, RbdImage):
        refuse_mapped(change, image_udid(name), f"RBD image {name}", "removed")
    change.remove(found)
    if isinstance(found, SanVolume):
        udid = udid_of(found)
        for forgotten in tuple(change.all(RemovedDisk)):
            if udid and forgotten.disk.get("udid") == udid:
                change.remove(forgotten)
        settle(change, {udid})


def mask(change: Change, name: str, wish: Mapping[str, Any]) -> SanVolume:
    """``{add: [vios1], remove: [vios2]}``: lets initiators see a volume, or no longer. Raises Failure."""
    volume = _find(change, "volumes", name)
    assert isinstance(volume, SanVolume)
    lists = {key: wish.get(key, []) for key in ("add", "remove")}
    for key, value in (*lists.items(), *((key, None) for key in wish if key not in lists)):
        if not isinstance(value, list) or not all(isinstance(one, str) and one for one in value):
            raise _bad("volumes", f"{key} is no list of WWPNs, IQNs or names of partitions")
    left = [one for one in volume.hosts if one not in san.hosts(lists["remove"])]
    made = replace(volume, hosts=san.hosts([*left, *lists["add"]]))
    change.put(made)
    _settle(change)
    return made


def _settle(change: Change) -> None:
    settle(change, {udid_of(volume) for volume in change.all(SanVolume)})


def _find(world: World, kind: str, name: str) -> StorageArray | SanVolume | RbdImage:
    listed = KINDS.get(kind)
    if listed is None:
        raise _bad(kind, f"there is no such list, only {', '.join(KINDS)}")
    found: StorageArray | SanVolume | RbdImage | None = world.find(listed.record, name)
    if found is None:
        raise say.NO_SAN_MEMBER.error(what=listed.what.lower(), name=name)
    return found


def _bad(kind: str, cause: str) -> Failure:
    return say.BAD_SAN.error(kind=kind, cause=cause)


def shown(world: World) -> dict[str, Any]:
    """The network with what follows from it: for each volume the partitions that see it. Secrets are left out."""
    seen: dict[str, list[str]] = {}
    for vios in world.all(VirtualIOServer):
        for volume in visible(world, vios):
            seen.setdefault(volume.uuid, []).append(vios.name)
    for partition in world.all(LogicalPartition):
        for volume in san.npiv_volumes(world, partition):
            seen.setdefault(volume.uuid, []).append(partition.name)
    lists = {name: [san.plain(one) for one in world.all(kind.record)] for name, kind in KINDS.items()}
    for array in lists["arrays"]:
        for key in ("chap", "discovery_chap"):
            if key in array:
                array[key] = array[key][0]
    for volume_wish in lists["volumes"]:
        volume_wish["seen_by"] = seen.get(volume_wish["name"], [])
    initiators = {vios.name: san.initiator_name(vios) for vios in world.all(VirtualIOServer)}
    return {**lists, "initiators": initiators}
