"""What a client's version of the virtual SCSI mappings changes: which are new, changed and gone.

Clients send all mappings of a Virtual I/O Server back. A *bus* is a pair of adapters, one in the Virtual I/O Server and one in the
client; its devices are the mappings that share it. A bus without devices is kept as one mapping without storage. Rows are
the stored mappings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.mapping.pair import AdapterPair
from openlpar.ops.mapping.planner import MappingPlanner, wanted_slot
from openlpar.ops.mobility.moving import check_stays
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.slots import ANY, FreeSlots, location_code, references
from openlpar.ops.scsi.storage import (
    check_shareable,
    found_storage,
    kind_of,
    name_of,
    same_storage,
    target_of,
    with_own_fields,
)
from openlpar.ops.storage.usage import serving
from openlpar.ports.state import World
from openlpar.uom.core import Child
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)

DEVICES_PER_BUS = 32
"""More would work on a real one, but slowly; its client stops at this number too."""
_LUA = re.compile("0x(8[1-9A-Fa-f]|[9A-Fa-f][0-9A-Fa-f])0{14}")
_DEVICE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}")


class Device(NamedTuple):
    """One thing that a client wants lent (or, without storage, a bus that it wants kept)."""

    storage: VirtualSCSIStorage
    target: VirtualSCSITargetDevice

    @property
    def is_empty(self) -> bool:
        return not kind_of(self.storage) and not kind_of(self.target)


@dataclass(slots=True)
class Bus:
    """A bus as a client wants it. slot: of the server adapter when it exists, else 0. client: reference, "" for none."""

    slot: int
    client: str
    client_adapter: VirtualSCSIClientAdapter
    server_adapter: VirtualSCSIServerAdapter
    devices: list[Device]


def planned(
    world: World, vios: VirtualIOServer, requested: Iterable[VirtualSCSIMapping], free: FreeSlots | None = None
) -> ScsiPlan:
    """The difference between all stored mappings and the requested ones. Raises Failure for what cannot be done."""
    planner = _Planner(world, vios, free or FreeSlots(world))
    return planner.plan(planner.grouped(requested), planner.rows)


def planned_bus(world: World, vios: VirtualIOServer, bus: Bus | None, slot: int) -> ScsiPlan:
    """The same for one bus: slot of the stored one (0 for a new one), None when it is to go."""
    planner = _Planner(world, vios, FreeSlots(world))
    scope = {slot: planner.rows[slot]} if slot else {}
    return planner.plan([bus] if bus is not None else [], scope)


def planned_new(world: World, vios: VirtualIOServer, bus: Bus, free: FreeSlots) -> ScsiPlan:
    """The same for a bus that is to be made. free: knows the slots of those that were planned before."""
    return _Planner(world, vios, free).plan([bus], {})


def planned_without(world: World, vios: VirtualIOServer, gone: Collection[VirtualSCSIMapping]) -> ScsiPlan:
    """The same for some mappings of one bus that are to go; its adapters stay."""
    first = next(iter(gone))
    slot, uuids = first.server_adapter.vios_slot_num, {mapping.uuid for mapping in gone}
    devices = [
        Device(mapping.backing_storage, mapping.target_dev)
        for mapping in world.all(VirtualSCSIMapping, vios.uuid)
        if mapping.server_adapter.vios_slot_num == slot and mapping.uuid not in uuids
    ]
    bus = Bus(slot, first.client_lpar_href, first.client_adapter, first.server_adapter, devices)
    return planned_bus(world, vios, bus, slot)


class _Stored:
    """The stored buses of a Virtual I/O Server by server slot, and the slots by what else clients know a bus by."""

    def __init__(self, world: World, vios: VirtualIOServer) -> None:
        self.rows: dict[int, list[VirtualSCSIMapping]] = {}
        self.by_name: dict[str, int] = {}
        self.by_client: dict[tuple[int, int], int] = {}
        for row in world.all(VirtualSCSIMapping, vios.uuid):
            adapter = row.server_adapter
            slot = adapter.vios_slot_num
            rows = self.rows.get(slot)
            if rows is not None:
                rows.append(row)
                continue
            self.rows[slot] = [row]
            self.by_name[adapter.udid] = self.by_name[adapter.name] = slot
            self.by_client[(row.client_adapter.lpar_id, row.client_adapter.lpar_slot_num)] = slot


class _Planner(MappingPlanner[VirtualSCSIMapping]):
    adapters = "virtual SCSI adapters"
    _plan: ScsiPlan

    def __init__(self, world: World, vios: VirtualIOServer, free: FreeSlots) -> None:
        super().__init__(world, vios, free, ScsiPlan())
        self._gone: set[str] = set()

    @cached_property
    def _stored(self) -> _Stored:
        """Read when it is asked for: a new bus needs nothing of it."""
        return _Stored(self._world, self._vios)

    @cached_property
    def rows(self) -> dict[int, list[VirtualSCSIMapping]]:
        return self._stored.rows

    # which bus a requested mapping means

    def grouped(self, requested: Iterable[VirtualSCSIMapping]) -> list[Bus]:
        found: dict[int, Bus] = {}
        fresh: dict[tuple[str, int], Bus] = {}
        buses: list[Bus] = []
        for wish in requested:
            wanted = wanted_slot(wish.client_adapter)
            slot = self._slot(wish, wanted)
            bus = found.get(slot) if slot else fresh.get((wish.client_lpar_href, wanted)) if wanted else None
            if bus is None:
                bus = Bus(slot, wish.client_lpar_href, wish.client_adapter, wish.server_adapter, [])
                buses.append(bus)
                if slot:
                    found[slot] = bus
                elif wanted:
                    fresh[(wish.client_lpar_href, wanted)] = bus
            bus.devices.append(Device(wish.backing_storage, wish.target_dev))
        return buses

    def _slot(self, wish: VirtualSCSIMapping, wanted: int) -> int:
        """Server slot of the stored bus that a client means by copies of its adapters, or by the client's slot (wanted, 0 for any);
        0 = a new one."""
        server, slot = wish.server_adapter, 0
        if not server.use_next_slot:
            slot = server.vios_slot_num
            if slot not in self.rows:
                name = server.udid or server.name
                slot = self._stored.by_name.get(name, 0) if name else 0
        if not wanted or (slot and self.rows[slot][0].client_adapter.lpar_slot_num == wanted):
            return slot
        partition = partition_of(self._world, wish.client_lpar_href.rpartition("/")[2])
        return self._stored.by_client.get((partition.id, wanted), 0) if partition is not None else slot

    # the plan

    def plan(self, buses: list[Bus], scope: dict[int, list[VirtualSCSIMapping]]) -> ScsiPlan:
        """scope: the stored buses that are gone unless ``buses`` has them."""
        wished = {bus.slot: bus for bus in buses if bus.slot}
        pairs: list[tuple[VirtualSCSIMapping, Device]] = []
        altered: list[tuple[list[VirtualSCSIMapping], list[Device]]] = []
        for slot, rows in scope.items():
            bus = wished.get(slot)
            if bus is None:
                self._remove(rows)
                continue
            self._check_client(rows[0], bus.client)
            if _is_unaltered(rows, bus.devices):
                continue
            left, new = _matched(rows, bus.devices, pairs)
            self._plan.removed.extend(left)
            if left or new:
                altered.append((rows, new))
        # Storage that is taken away in the same request is free for others: all of that has to be known first.
        self._gone.update(row.uuid for row in self._plan.removed)
        self._gone.update(row.uuid for row, device in pairs if _exchanges(row, device))
        for row, device in pairs:
            self._compare(row, device)
        for rows, devices in altered:
            self._add_devices(rows, devices)
        for bus in buses:
            if not bus.slot:
                self._add_bus(bus)
        if self._plan:
            serving(self._world, self._vios.uuid)
            self._check_clients()
        return self._plan

    def _check_clients(self) -> None:
        rows = [*self._plan.removed, *self._plan.added, *(after for _, after in self._plan.changed)]
        for client in {row.client_lpar_href.rpartition("/")[2]: None for row in rows}:
            partition = partition_of(self._world, client)
            if partition is not None:
                check_stays(self._world, partition, "given other storage")

    def _compare(self, row: VirtualSCSIMapping, device: Device) -> None:
        """A device that stays: another medium in its drive, another name or address, other limits."""
        now, wish = row.backing_storage, device.storage
        storage = now
        if _exchanges(row, device):
            storage = found_storage(self._world, self._vios, wish)
            if kind_of(storage):
                self._check_shareable(storage, row.client_lpar_href)
        elif kind_of(wish):
            storage = with_own_fields(now, wish)
        own, target = target_of(row.target_dev), target_of(device.target)
        changes: dict[str, str] = {}
        if target.lua and target.lua.lower() != own.lua.lower():
            self._check_address(target.lua, self.rows[row.server_adapter.vios_slot_num])
            changes["lua"] = target.lua
        if target.name and target.name != own.name:
            self._check_name(target.name)
            changes["name"] = target.name
        if storage is not now or changes:
            kind = kind_of(row.target_dev)
            drive = VirtualSCSITargetDevice(**{kind: own.evolve(**changes)}) if kind else None
            after = row.evolve(backing_storage=storage if kind_of(storage) else None, target_dev=drive)
            adapter = after.server_adapter.evolve(backing_dev_name=name_of(storage) or None)
            self._plan.changed.append((row, after.evolve(server_adapter=adapter)))

    # new devices

    def _add_devices(self, rows: list[VirtualSCSIMapping], devices: list[Device]) -> None:
        """New devices of a stored bus. The row of a bus without devices becomes that of the first one, and back."""
        gone = {row.uuid for row in self._plan.removed}
        idle = [row for row in rows if _is_idle(row)]
        staying = [row for row in rows if row.uuid not in gone]
        real = _explicit_first(device for device in devices if not device.is_empty)
        pattern = rows[0].evolve(uuid="", backing_storage=None, target_dev=None)
        count = sum(not _is_idle(row) for row in staying)
        for device in real:
            self._check_room(rows[0], count)
            count += 1
            made = self._with_device(pattern, device, staying)
            staying.append(made)
            if idle:
                self._become(idle.pop(0), made)
            else:
                self._plan.added.append(made)
        if not staying:
            self._become(rows[0], pattern)

    def _become(self, row: VirtualSCSIMapping, made: VirtualSCSIMapping) -> None:
        if row in self._plan.removed:
            self._plan.removed.remove(row)
        self._plan.changed.append((row, made.evolve(uuid=row.uuid)))

    def _add_bus(self, bus: Bus) -> None:
        pattern = self._new_pair(bus)
        devices = _explicit_first(device for device in bus.devices if not device.is_empty)
        before = len(self._plan.added)
        for count, device in enumerate(devices):
            self._check_room(pattern, count)
            self._plan.added.append(self._with_device(pattern, device, self._plan.added[before:]))
        if not devices:
            self._plan.added.append(pattern)

    def _new_pair(self, bus: Bus) -> VirtualSCSIMapping:
        """A new bus without devices. Without a client its server adapter is open to any partition."""
        vios, wish = self._vios, bus.server_adapter
        # A copy of another bus's adapter that only the client's slot tells apart does not mean that one's slot.
        wanted = 0 if wish.use_next_slot else wish.vios_slot_num
        if wanted and wanted in self.rows:
            wanted = 0
        if not bus.client:
            if bus.client_adapter:
                raise general.MISSING_VALUE.error(
                    object=f"A mapping of Virtual I/O Server {vios.name}", field="AssociatedLogicalPartition"
                )
            slot = self._free.take(vios, wanted, high=wish.use_next_high_slot)
            here = location_code(self._world, vios.id, slot)
            pair = AdapterPair(vios.id, slot, here, wish.lpar_id or ANY, wish.lpar_slot_num or ANY)
            return VirtualSCSIMapping(parent=vios.uuid, server_adapter=pair.server(VirtualSCSIServerAdapter))
        client = self._client(bus.client)
        if client.uuid == vios.uuid:
            raise general.BAD_VALUE.error(
                field="AssociatedLogicalPartition",
                object=f"a mapping of Virtual I/O Server {vios.name}",
                value=client.name,
                cause="it would serve itself",
                wanted="another partition",
            )
        check_io_dlpar(self._world, client, self.adapters)
        pair = self._pair(client, bus.client_adapter, wish, wanted)
        return VirtualSCSIMapping(
            parent=vios.uuid,
            client_lpar_href=references(client)[0],
            client_adapter=pair.client(VirtualSCSIClientAdapter, server_loc_code=pair.vios_location),
            server_adapter=pair.server(VirtualSCSIServerAdapter, server_loc_code=pair.lpar_location),
        )

    def _with_device(
        self, pattern: VirtualSCSIMapping, device: Device, others: list[VirtualSCSIMapping]
    ) -> VirtualSCSIMapping:
        """others: what else is on the bus then. Only a virtual optical drive may be empty."""
        target = target_of(device.target)
        kind = kind_of(device.storage) or kind_of(device.target)
        if not kind_of(device.storage) and kind != "optical_media":
            raise general.MISSING_VALUE.error(
                object=f"A mapping of Virtual I/O Server {self._vios.name}", field="Storage"
            )
        storage = found_storage(self._world, self._vios, device.storage)
        if kind_of(storage):
            self._check_shareable(storage, pattern.client_lpar_href)
        if target.lua:
            self._check_address(target.lua, others)
        if target.name:
            self._check_name(target.name)
        field = VirtualSCSITargetDevice.by_name[kind]
        assert isinstance(field, Child)
        wanted = field.target(lua=target.get("lua"), name=target.get("name"))
        return pattern.evolve(
            backing_storage=storage if kind_of(storage) else None,
            target_dev=VirtualSCSITargetDevice(**{kind: wanted}),
            server_adapter=pattern.server_adapter.evolve(backing_dev_name=name_of(storage) or None),
        )

    # bounds

    def _check_room(self, row: VirtualSCSIMapping, count: int) -> None:
        if count >= DEVICES_PER_BUS:
            adapter = row.server_adapter.name or row.server_adapter.loc_code
            raise say.BUS_FULL.error(adapter=adapter, vios=self._vios.name, count=count)

    def _check_shareable(self, storage: VirtualSCSIStorage, client: str) -> None:
        """What is planned counts as lent, what is taken away does not."""
        planned = [*self._plan.added, *(after for _, after in self._plan.changed)]
        check_shareable(self._world, self._vios, storage, client, self._gone, planned)

    def _check_address(self, lua: str, others: list[VirtualSCSIMapping]) -> None:
        if not _LUA.fullmatch(lua):
            raise general.BAD_VALUE.error(
                field="LogicalUnitAddress",
                object=f"a mapping of Virtual I/O Server {self._vios.name}",
                value=repr(lua),
                cause="it is no logical unit address",
                wanted="0x8100000000000000 to 0xFF00000000000000, in steps of 0x0100000000000000",
            )
        for other in others:
            target = target_of(other.target_dev)
            if target.lua.lower() == lua.lower() and other.uuid not in self._gone:
                adapter = other.server_adapter.name or other.server_adapter.loc_code
                device = target.name or "another device"
                raise say.ADDRESS_TAKEN.error(lua=lua, adapter=adapter, vios=self._vios.name, device=device)

    def _check_name(self, name: str) -> None:
        if not _DEVICE_NAME.fullmatch(name):
            raise general.BAD_VALUE.error(
                field="TargetName",
                object=f"a mapping of Virtual I/O Server {self._vios.name}",
                value=repr(name),
                cause="AIX has no such device names",
                wanted="1 to 15 letters, digits, '_', '.' and '-'",
            )
        stored = (row for rows in self.rows.values() for row in rows if row.uuid not in self._gone)
        for other in (*stored, *self._plan.added):
            if target_of(other.target_dev).name == name:
                raise general.NAME_TAKEN.error(kind=f"Virtual target device of {self._vios.name}", name=name)


def _key(storage: VirtualSCSIStorage, target: VirtualSCSITargetDevice) -> tuple[str, str, str, str]:
    return kind_of(storage), name_of(storage), kind_of(target), target_of(target).name


def _is_idle(row: VirtualSCSIMapping) -> bool:
    """The row of a bus without devices."""
    return not kind_of(row.backing_storage) and not kind_of(row.target_dev)


def _exchanges(row: VirtualSCSIMapping, device: Device) -> bool:
    """Whether another medium, or none, is to be in a virtual optical drive."""
    if not row.target_dev.has("optical_media"):
        return False
    if not kind_of(device.storage):
        return bool(kind_of(row.backing_storage) and kind_of(device.target))
    return not same_storage(row.backing_storage, device.storage)


def _is_unaltered(rows: list[VirtualSCSIMapping], devices: list[Device]) -> bool:
    """Whether a bus was sent back as it is, like nearly all of them always are."""
    return devices == [(row.backing_storage, row.target_dev) for row in rows]


def _matched(
    rows: list[VirtualSCSIMapping], devices: list[Device], pairs: list[tuple[VirtualSCSIMapping, Device]]
) -> tuple[list[VirtualSCSIMapping], list[Device]]:
    """Pairs the devices of a bus with its rows; returns the rows and the devices that are left."""
    waiting: dict[tuple[str, str, str, str], list[VirtualSCSIMapping]] = {}
    for row in rows:
        waiting.setdefault(_key(row.backing_storage, row.target_dev), []).append(row)
    unmatched: list[Device] = []
    for device in devices:
        same = waiting.get(_key(device.storage, device.target))
        if same:
            pairs.append((same.pop(0), device))
        else:
            unmatched.append(device)
    left = [row for same in waiting.values() for row in same]
    new: list[Device] = []
    for device in unmatched:
        found = next((row for row in left if _means(device, row)), None)
        if found is None:
            new.append(device)
        else:
            left.remove(found)
            pairs.append((found, device))
    return left, new


def _means(device: Device, row: VirtualSCSIMapping) -> bool:
    """Whether a client that sent ``device`` means the row, though not all names are the same.

    A named target device means itself: with a medium in another drive, the drive is meant. Other storage than a medium cannot be
    exchanged under a target device: that is a new one. Without target device its storage is meant.
    """
    target, own = target_of(device.target), target_of(row.target_dev)
    if device.is_empty:
        return _is_idle(row)
    if target.name or target.udid:
        named = target.udid == own.udid if target.udid and own.udid else target.name == own.name
        kinds = {kind_of(device.target), kind_of(row.target_dev)}
        return named and (kinds == {"optical_media"} or same_storage(device.storage, row.backing_storage))
    return kind_of(device.storage) != "" and same_storage(device.storage, row.backing_storage)


def _explicit_first(devices: Iterable[Device]) -> list[Device]:
    """Devices with an address of their own come first, so that no other one is given it."""
    return sorted(devices, key=lambda device: not target_of(device.target).lua)
