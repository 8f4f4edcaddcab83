"""The disks of a simulated guest as its kernel has them: one block device for each path, and multipath devices above those of disks
with several. When paths fail or return, the kernel says so in the words of Linux's ``ibmvscsi``, ``ibmvfc`` and device mapper.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from openlpar.ports.group_layouts import Lost, lost_storage
from openlpar.ports.records import Console, GuestDisks, SanVolume
from openlpar.ports.state import Change, World
from openlpar.uom.disk_paths import ClientDisk, DiskPath, FibreChannelPath, Paths, outage
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition, PartitionState, PartitionType
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_GB = Decimal(1024**3)


def outages(world: World) -> tuple[set[str], Lost]:
    """Servers that are off, by uuid, and what the others cannot read."""
    return {vios.uuid for vios in world.all(VirtualIOServer) if outage(vios)}, lost_storage(world)


def paths_of(world: World, partition: BasePartition) -> Paths:
    """Those of one partition: what a guest looks at when it comes up must not take longer the more others there are."""
    disks = world.where(VirtualSCSIMapping, client_id=partition.id)
    ports = world.where(VirtualFibreChannelMapping, client_id=partition.id)
    return Paths(world.all(VirtualIOServer), disks, ports, lost_storage(world))


def all_paths(world: World) -> Paths:
    return Paths(
        world.all(VirtualIOServer),
        world.all(VirtualSCSIMapping),
        world.all(VirtualFibreChannelMapping),
        lost_storage(world),
    )


@dataclass(frozen=True, slots=True)
class Device:
    """A block device. number: of all devices of the guest, from 0."""

    name: str
    number: int
    path: DiskPath

    @property
    def minor(self) -> str:
        return f"8:{16 * self.number}"


@dataclass(frozen=True, slots=True)
class Multipath:
    """What the device mapper makes of the paths to one disk."""

    name: str
    number: int
    disk: ClientDisk
    devices: tuple[Device, ...]


class Storage:
    """What one guest sees."""

    def __init__(self, paths: Paths, partition: BasePartition, volumes: Sequence[SanVolume] = ()) -> None:
        """volumes: of the storage network, seen over its own ports."""
        self.devices: list[Device] = []
        self.opticals: list[Device] = []
        for number, path in enumerate(one for one in paths.in_order(partition.id) if one.mapping.backing_storage):
            if path.mapping.target_dev.has("optical_media") or path.mapping.backing_storage.has("optical_media"):
                self.opticals.append(Device(f"sr{len(self.opticals)}", number, path))
            else:
                self.devices.append(Device(f"sd{_letters(len(self.devices))}", number, path))
        self.ports = paths.ports(partition.id)
        by_mapping = {device.path.mapping.uuid: device for device in self.devices}
        self.multipaths: list[Multipath] = []
        for disk in paths.disks(partition.id):
            below = tuple(by_mapping[p.mapping.uuid] for p in disk.paths if p.mapping.uuid in by_mapping)
            if len(below) > 1:
                count = len(self.multipaths)
                self.multipaths.append(Multipath(f"mpath{_letters(count)}", count, disk, below))

        first, count = len(self.devices), len(self.devices) + len(self.opticals)
        self.volumes = [
            (f"sd{_letters(first + place)}", f"8:{16 * (count + place)}", _size(volume.capacity * 1024**2))
            for place, volume in enumerate(volumes)
        ]

    def above(self, device: Device) -> Multipath | None:
        return next((one for one in self.multipaths if device in one.devices), None)

    def lsblk(self) -> str:
        rows = []
        for device in sorted([*self.devices, *self.opticals], key=lambda one: one.number):
            optical, size = device in self.opticals, _size(_bytes(device.path.mapping))
            number = f"11:{device.number}" if optical else device.minor
            rows.append((device.name, number, int(optical), size, "rom" if optical else "disk"))
            over = self.above(device)
            if over is not None:
                rows.append((f"└─{over.name}", f"253:{over.number}", 0, size, "mpath"))
        rows += [(name, number, 0, size, "disk") for name, number, size in self.volumes]
        width = max([4, *(len(row[0]) for row in rows)])
        lines = [f"{'NAME':<{width}} MAJ:MIN RM  SIZE RO TYPE{' ' if self.multipaths else ''} MOUNTPOINTS"]
        lines += [f"{n:<{width}} {number:<7} {rm:>2} {size:>5} {rm:>2} {kind}" for n, number, rm, size, kind in rows]
        return "\n".join(lines)

    def multipath(self) -> str:
        """As multipath-tools print it: a disk without a working path waits for one (``queue_if_no_path`` is off here)."""
        lines = []
        for one in self.multipaths:
            writable = "rw" if one.disk.working else "ro"
            lines += [
                f"{one.name} ({one.disk.udid}) dm-{one.number} AIX,VDASD",
                f"size={_size(_bytes(one.devices[0].path.mapping))} features='0' hwhandler='0' wp={writable}",
                f"`-+- policy='service-time 0' prio=1 status={'active' if one.disk.working else 'enabled'}",
            ]
            for place, device in enumerate(one.devices, 1):
                edge = "`-" if place == len(one.devices) else "|-"
                states = "failed faulty running" if device.path.fault else "active ready running"
                lines.append(f"  {edge} {device.path.slot}:0:{place}:0 {device.name} {device.minor} {states}")
        return "\n".join(lines)

    def boot_lines(self) -> Iterator[str]:
        """What the kernel says when it comes up."""
        everything = sorted([*self.devices, *self.opticals], key=lambda one: one.number)
        for slot in sorted({device.path.slot for device in everything}):
            yield f"ibmvscsi {_unit(slot)}: partner initialization complete"
        for port in self.ports:
            yield f"ibmvfc {_unit(port.slot)}: Host partition: {port.mapping.client_adapter.vios_id}"
        for device in everything:
            driver, kind = ("sr", "CD-ROM") if device in self.opticals else ("sd", "disk")
            yield f"{driver} {device.name}: Attached SCSI {kind} {_size(_bytes(device.path.mapping))}"
        for name, _, size in self.volumes:
            yield f"sd {name}: Attached SCSI disk {size}"

    def lost_lines(self, lost: Collection[str]) -> Iterator[str]:
        """What it says when it loses paths, given as uuids of mappings."""
        for slot in self._slots(lost):
            yield f"ibmvscsi {_unit(slot)}: Virtual adapter failed rc 2!"
        for port in self._ports(lost):
            yield f"ibmvfc {_unit(port.slot)}: Host partner adapter deregistered or failed (rc=2)"
        yield from self.error_lines(lost)

    def error_lines(self, lost: Collection[str]) -> Iterator[str]:
        """What it says when disks do not answer any more, given as uuids of mappings."""
        for device in self.devices:
            if device.path.mapping.uuid not in lost:
                continue
            over = self.above(device)
            if over is not None:
                yield f"device-mapper: multipath: 253:{over.number}: Failing path {device.minor}."
            else:
                yield f"I/O error, dev {device.name}, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2"
        for one in self.multipaths:
            if not one.disk.working and any(device.path.mapping.uuid in lost for device in one.devices):
                yield f"I/O error, dev dm-{one.number}, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2"
                yield f"Buffer I/O error on dev dm-{one.number}, logical block 256, lost async page write"

    def refused_lines(self, refused: Collection[str]) -> Iterator[str]:
        """What it says when disks take no more writes, given as uuids of mappings."""
        names: dict[str, None] = {}
        for device in self.devices:
            if device.path.mapping.uuid in refused:
                over = self.above(device)
                names[f"dm-{over.number}" if over is not None else device.name] = None
        for name in names:
            yield f"I/O error, dev {name}, sector 2048 op 0x1:(WRITE) flags 0x800 phys_seg 1 prio class 2"
            yield f"Buffer I/O error on dev {name}, logical block 256, lost async page write"

    def back_lines(self, back: Collection[str]) -> Iterator[str]:
        """What it says when they work again."""
        for slot in self._slots(back):
            yield f"ibmvscsi {_unit(slot)}: partner initialization complete"
        for port in self._ports(back):
            yield f"ibmvfc {_unit(port.slot)}: Partner initialization complete"
        yield from self.reinstated_lines(back)

    def reinstated_lines(self, back: Collection[str]) -> Iterator[str]:
        """What it says when disks answer again: of those with one path, nothing."""
        for one in self.multipaths:
            for device in one.devices:
                if device.path.mapping.uuid in back:
                    yield f"device-mapper: multipath: 253:{one.number}: Reinstating path {device.minor}."

    def _slots(self, mappings: Collection[str]) -> Sequence[int]:
        everything = (*self.devices, *self.opticals)
        return sorted({device.path.slot for device in everything if device.path.mapping.uuid in mappings})

    def _ports(self, mappings: Collection[str]) -> list[FibreChannelPath]:
        return [port for port in self.ports if port.mapping.uuid in mappings]


def look(change: Change, paths: Paths, partition: LogicalPartition, *, boots: bool = False) -> None:
    """A guest notices which paths work. boots: it comes up, and has nothing to compare them with."""
    seen = change.find(GuestDisks, partition.uuid) or GuestDisks(uuid=partition.uuid)
    now = tuple(path.mapping.uuid for path in paths.failed(partition.id))
    lost = tuple(path.mapping.uuid for path in paths.lost(partition.id))
    if boots:
        if seen.failed or seen.lost or seen.full or seen.log or now or lost:
            change.put(replace(seen, failed=now, lost=lost, full=(), log=()))
        return
    if (now, lost) == (seen.failed, seen.lost):
        return
    storage = Storage(paths, partition)
    failed, gone = set(seen.failed), set(seen.lost)
    lines = [
        *storage.lost_lines(set(now) - failed),
        *storage.error_lines(set(lost) - failed - gone),
        *storage.back_lines(failed - set(now)),
        *storage.reinstated_lines(gone - set(lost) - set(now)),
    ]
    _note(change, replace(seen, failed=now, lost=lost), lines)


def refuse(change: Change, paths: Paths, partition: LogicalPartition, mappings: Collection[str]) -> None:
    """See ``ports.metrics.Writer``: the guest notices it by writes that fail, and says nothing when they succeed again."""
    seen = change.find(GuestDisks, partition.uuid) or GuestDisks(uuid=partition.uuid)
    now = tuple(sorted(mappings))
    if now != seen.full:
        new = set(now) - set(seen.full)
        _note(change, replace(seen, full=now), list(Storage(paths, partition).refused_lines(new)) if new else [])


def _note(change: Change, seen: GuestDisks, lines: Sequence[str]) -> None:
    at = change.clock.now()
    log = (*seen.log, *((at, line) for line in lines))[-GuestDisks.KEPT :]
    change.put(replace(seen, log=log))
    if lines:
        console = change.find(Console, seen.uuid) or Console(uuid=seen.uuid)
        change.put(console.showing("".join(f"{line}\r\n" for line in lines)))


def look_all(change: Change) -> None:
    """All guests look that run and have something to see: a path that does not work, or did not when they looked last."""
    numbers = set(_remembering(change))
    if not numbers and not any(outages(change)):
        return
    paths = all_paths(change)
    for number in numbers.union(paths.interrupted()):
        for partition in change.where(LogicalPartition, id=number):
            if partition.state == PartitionState.RUNNING and partition.env != PartitionType.OS400:
                look(change, paths, partition)


def _remembering(world: World) -> Iterator[int]:
    """Ids of those whose last failed path may have been taken away."""
    for seen in world.all(GuestDisks):
        partition = world.find(LogicalPartition, seen.uuid)
        if partition is not None and (seen.failed or seen.lost):
            yield partition.id


def _unit(slot: int) -> str:
    return f"300000{slot:02x}"


def _letters(number: int) -> str:
    """0 is a, 25 z, 26 aa: the names of the sd driver."""
    text = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(ord("a") + rest) + text
    return text


def _size(number: int) -> str:
    value = float(number)
    for unit in ("B", "K", "M", "G", "T"):
        if value < 1024 or unit == "T":
            break
        value /= 1024
    text = f"{value:.1f}".removesuffix(".0") if value < 100 else f"{value:.0f}"
    return text + unit


def _bytes(mapping: VirtualSCSIMapping) -> int:
    storage = mapping.backing_storage
    if storage.physical_volume:
        return storage.physical_volume.capacity * 1024**2
    if storage.virtual_disk:
        return int(storage.virtual_disk.capacity * _GB)
    if storage.logical_unit:
        return int(storage.logical_unit.capacity * _GB)
    return int(storage.optical_media.size * _GB)
