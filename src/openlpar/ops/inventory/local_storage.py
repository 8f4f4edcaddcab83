"""What inventory files say of volume groups and the UOM does not: file storage pools, their files, second copies, and groups that
no server knows any more (``exportvg``).

The block ``local_storage`` has a list for each. A copy is written as the disks that it lies on; in a dump with the physical
partitions that it has of each (``places``). In a dump an exported group is a VolumeGroup without a parent, and known by its uuid;
``was_on`` is the uuid of the server that had it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from openlpar.messages import Failure, general
from openlpar.messages import inventory as say
from openlpar.ops.file_pool.rules import check_pool_name, pool_space_mb, take
from openlpar.ops.storage.group_export import check_unused, export, exported_group
from openlpar.ops.storage.group_layout import keep_layout, no_room
from openlpar.ops.storage.names import BACKING_FILE, check_name
from openlpar.ops.storage.sizes import gigabytes, tidy
from openlpar.ports.file_pools import files_of, free_mb, pools_of
from openlpar.ports.group_layouts import file_systems, layout_of
from openlpar.ports.records import BackingFile, ExportedGroup, FilePool, GroupLayout
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import megabytes, partition_size_mb
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup
from openlpar.uom.volume_layout import SYSTEM, Copy, Layout, NoRoom, Run, disk_key, lie_apart, sizes, totals_of

Member = Mapping[str, Any]
Where = Callable[[Sequence[str | int]], str]
"""Where a member, or a value in it, stands in the file: for messages."""
_PLACE = re.compile(r"(\S+) ([1-9]\d*)-([1-9]\d*)( stale)?")


def described(world: World) -> dict[str, list[dict[str, Any]]]:
    """All of it as a dump writes it; lists without members are left out."""
    lists: dict[str, list[dict[str, Any]]] = {name: [] for name in _KINDS}
    for vios in world.all(VirtualIOServer):
        for pool in pools_of(world, vios.uuid):
            group = world.get(VolumeGroup, pool.group)
            lists["file_pools"].append(
                {
                    "vios": vios.name,
                    "group": group.name,
                    "name": pool.name,
                    "size_gb": _written(pool.size_mb),
                    "uuid": pool.uuid,
                }
            )
            lists["files"] += (
                {
                    "vios": vios.name,
                    "pool": pool.name,
                    "name": file.name,
                    "size_gb": _written(file.size_mb),
                    "udid": file.uuid,
                }
                for file in files_of(world, pool)
            )
        for group in world.all(VolumeGroup, vios.uuid):
            lists["copies"] += _copies(world, group, {"vios": vios.name, "group": group.name})
    for exported in world.all(ExportedGroup):
        lists["copies"] += _copies(world, exported_group(exported), {"group": exported.uuid})
        lists["exported"].append({"group": exported.uuid, **({"was_on": exported.vios} if exported.vios else {})})
    return {name: members for name, members in lists.items() if members}


def unlisted(world: World) -> Iterator[VolumeGroup]:
    """The exported volume groups, which a dump lists beside those that servers know."""
    return (exported_group(exported) for exported in world.all(ExportedGroup))


def _written(mb: int) -> float | int:
    size = mb / 1024
    return int(size) if size.is_integer() else size


def _copies(world: World, group: VolumeGroup, which: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """which: how a member names the group."""
    kept = world.find(GroupLayout, group.uuid)
    if kept is None:
        return
    partition_mb, names = kept.partition_mb, {disk_key(disk): disk.name for disk in group.phys_vols}
    for volume, copies in kept.volumes.items():
        for number, copy in enumerate(copies, 1):
            yield {
                **which,
                "volume": volume,
                "copy": number,
                "partition_mb": partition_mb,
                "places": [
                    f"{names.get(run.disk, run.disk)} {run.first}-{run.first + run.count - 1}{' stale' * run.stale}"
                    for run in copy
                ],
            }


def install(change: Change, lists: Mapping[str, Sequence[Member]], where: Where, *, exact: bool) -> None:
    """Makes what a file describes. exact: its groups tell the space that this takes already. Raises Failure."""
    for name in lists:
        if name not in _KINDS:
            raise say.UNKNOWN_NAME.error(
                place=where((name,)), what="list of local storage called", name=name, hint=f"Use {', '.join(_KINDS)}."
            )
    for name, kind in _KINDS.items():
        for index, member in enumerate(lists.get(name, ())):
            kind(_Reader(change, member, (name, index), where, exact))
    _check_complete(change, where)


@dataclass
class _Reader:
    """One member, and where it goes."""

    change: Change
    member: Member
    path: tuple[str | int, ...]
    where: Where
    exact: bool

    def known(self, *names: str) -> None:
        for name in self.member:
            if name not in names:
                raise say.UNKNOWN_NAME.error(
                    place=self.where((*self.path, name)), what="setting", name=name, hint=f"Use {', '.join(names)}."
                )

    def text(self, name: str, default: str | None = None) -> str:
        value = self.member.get(name, default)
        if not isinstance(value, str):
            raise say.MISSING.error(place=self.where(self.path), field=name, wanted="it as a single value")
        return value

    def wrong(self, name: str, wanted: str) -> Failure:
        value = repr(self.member.get(name))
        return say.WRONG_VALUE.error(place=self.where((*self.path, name)), value=value, wanted=wanted)

    def size(self) -> Decimal:
        try:
            size = Decimal(self.text("size_gb"))
        except InvalidOperation:
            size = Decimal(0)
        if not size.is_finite() or size <= 0:
            raise self.wrong("size_gb", "a size in GB")
        return size

    def number(self, name: str, default: str) -> int:
        text = self.text(name, default)
        if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text)):
            raise self.wrong(name, "a whole number from 1")
        return int(text)

    def found(self, name: str, kind: str, those: Mapping[str, Any]) -> Any:
        text = self.text(name)
        if text not in those:
            hint = f"Existing ones: {', '.join(those)}." if those else f"Describe a {kind} in the same file."
            raise say.DANGLING.error(place=self.where((*self.path, name)), value=text, what=kind, hint=hint)
        return those[text]

    def vios(self) -> VirtualIOServer:
        those = {one.name: one for one in self.change.all(VirtualIOServer)}
        found: VirtualIOServer = self.found("vios", "Virtual I/O Server", those)
        return found

    def group(self, vios: VirtualIOServer | None) -> VolumeGroup:
        """One of a server; None: one of no server, by its uuid."""
        if vios is None:
            unlisted = {one.uuid: one for one in self.change.all(VolumeGroup) if one.parent is None}
            alone: VolumeGroup = self.found("group", "volume group without a parent", unlisted)
            return alone
        those = {one.name: one for one in self.change.all(VolumeGroup, vios.uuid)}
        found: VolumeGroup = self.found("group", "volume group", those)
        return found


def _pool(read: _Reader) -> None:
    read.known("vios", "group", "name", "size_gb", "uuid")
    change, vios = read.change, read.vios()
    group, name = read.group(vios), read.text("name")
    check_pool_name(change, vios, name)
    size = read.size()
    mb = megabytes(size) if read.exact else pool_space_mb(vios, group, f"file storage pool {name}", size)
    uuid = read.text("uuid", "") or change.entropy.uuid()
    change.put(FilePool(uuid=uuid, vios=vios.uuid, group=group.uuid, name=name, size_mb=mb))
    if not read.exact:
        take(change, vios, group, mb)


def _file(read: _Reader) -> None:
    read.known("vios", "pool", "name", "size_gb", "udid")
    change, vios = read.change, read.vios()
    pool: FilePool = read.found("pool", "file storage pool", {one.name: one for one in pools_of(change, vios.uuid)})
    name, mb = read.text("name"), megabytes(read.size())
    check_name("backing device", name, BACKING_FILE)
    if any(one.name == name for one in files_of(change, pool)):
        raise general.NAME_TAKEN.error(kind=f"Backing device of file storage pool {pool.name}", name=name)
    if mb > free_mb(change, pool):
        raise read.wrong("size_gb", f"no more than the {_written(free_mb(change, pool))} GB that are left of the pool")
    udid = read.text("udid", "") or f"0e{change.entropy.hex(32)}"
    change.put(BackingFile(uuid=udid, pool=pool.uuid, name=name, size_mb=mb))


def _copy(read: _Reader) -> None:
    """The next copy of a volume, on disks; or, of a dump, the one of a number on exact places."""
    read.known("vios", "group", "volume", "copy", "partition_mb", "disks", "places")
    if "places" in read.member:
        _place(read, read.group(read.vios() if "vios" in read.member else None))
        return
    change, vios = read.change, read.vios()
    group = read.group(vios)
    layout, volume = layout_of(change, group), read.text("volume")
    read.found("volume", "logical volume", {name: name for name in layout.volumes if name != SYSTEM})
    try:
        after = layout.mirrored(volume, _chosen(read, group))
    except NoRoom as full:
        raise no_room(vios, group, full) from full
    taken = gigabytes((after.used - layout.used) * after.partition_mb)
    group = group.evolve(free_space=tidy(group.free_space - taken), available_size=tidy(group.available_size - taken))
    change.put(group)
    keep_layout(change, group, after)


def _place(read: _Reader, group: VolumeGroup) -> None:
    """Of a group whose places are told nothing is derived: all its volumes are listed."""
    change, volume = read.change, read.text("volume")
    kept = change.find(GroupLayout, group.uuid)
    size = read.number("partition_mb", str(partition_size_mb(group)))
    volumes = dict(kept.volumes) if kept is not None else {}
    wanted = sizes(group, file_systems(change, group), size)
    if volume != SYSTEM:
        read.found("volume", "logical volume", wanted)
    layout = Layout(size, totals_of(group, size), {name: copies for name, copies in volumes.items() if name != volume})
    copies = volumes.get(volume, ())
    made = _placed(read, group)
    if read.number("copy", "1") != len(copies) + 1:
        raise read.wrong("copy", f"{len(copies) + 1}, as it is the next one of {volume or 'the system'}")
    copies = (*copies, made)
    others = Layout(size, layout.totals, {**layout.volumes, volume: copies})
    if others.overlaps() or not lie_apart(copies):
        raise read.wrong("places", "physical partitions that the disks have, and that nothing else has")
    if volume != SYSTEM and sum(run.count for run in made) != wanted[volume]:
        raise read.wrong("places", f"{wanted[volume]} physical partitions")
    change.put(GroupLayout(uuid=group.uuid, partition_mb=size, volumes=dict(others.volumes)))


def _exported(read: _Reader) -> None:
    read.known("vios", "group", "was_on")
    vios = read.vios() if "vios" in read.member else None
    group = read.group(vios)
    if vios is not None:
        check_unused(read.change, vios, group, "exported")
    export(read.change, group, vios.uuid if vios is not None else read.text("was_on", ""))


def _check_complete(change: Change, where: Where) -> None:
    exported = {group.uuid: group for group in unlisted(change)}
    for kept in change.all(GroupLayout):
        group = exported.get(kept.uuid) or change.get(VolumeGroup, kept.uuid)
        for volume in sizes(group, file_systems(change, group), kept.partition_mb):
            if volume not in kept.volumes:
                about = where(("copies",))
                raise say.MISSING.error(
                    place=about, field=f"{volume} of {group.name}", wanted="all logical volumes of the group"
                )


def _keys(group: VolumeGroup) -> dict[str, str]:
    return {disk.name: disk_key(disk) for disk in group.phys_vols}


def _chosen(read: _Reader, group: VolumeGroup) -> list[str]:
    disks = _keys(group)
    names = read.member.get("disks", list(disks))
    if not isinstance(names, list | tuple) or not all(name in disks for name in names):
        raise read.wrong("disks", f"a list of disks of the volume group: {', '.join(disks)}")
    return [disks[name] for name in names]


def _placed(read: _Reader, group: VolumeGroup) -> Copy:
    disks, runs = _keys(group), []
    places = read.member["places"]
    for text in places if isinstance(places, list | tuple) else ():
        found = _PLACE.fullmatch(str(text))
        if found is None or found[1] not in disks or int(found[2]) > int(found[3]):
            break
        first, last = int(found[2]), int(found[3])
        runs.append(Run(disks[found[1]], first, last - first + 1, bool(found[4])))
    else:
        if runs:
            return tuple(runs)
    raise read.wrong("places", f"a list such as ['{next(iter(disks), 'hdisk1')} 1-16']")


_KINDS: Mapping[str, Callable[[_Reader], None]] = {
    "file_pools": _pool,
    "files": _file,
    "copies": _copy,
    "exported": _exported,
}
"""The lists, in the order in which they can be made."""
