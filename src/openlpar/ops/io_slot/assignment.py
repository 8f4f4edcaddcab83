"""Which partition has which physical I/O slot.

The slots themselves are part of the managed system; that a partition has one is an entry in its I/O configuration, and the
owner that the system shows is derived from there (``owned_slots``). A slot is recognised by its DRC index, or by its DRC name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.capacity import is_active, managed_system
from openlpar.ops.core import partition_of
from openlpar.ops.io_slot.profile import fibre_channel_ports, profile_slot
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.network.ethernet_cards import user_of_card, without_cards
from openlpar.ops.storage.usage import TakenVolumes
from openlpar.ports.state import Change, World
from openlpar.uom.io_slot import AssociatedIOSlot, IOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume


class Plan(NamedTuple):
    """What becomes of a partition's slots. slots: all it has afterwards; added and removed: the difference."""

    slots: tuple[ProfileIOSlot, ...]
    added: tuple[IOSlot, ...]
    removed: tuple[ProfileIOSlot, ...]


def owned_slots(world: World, system: ManagedSystem) -> tuple[IOSlot, ...]:
    """The system's slots with the partition that has each.

    An owner that a recording names stays when that partition is not in this inventory.
    """
    slots = system.asio_config.io_slots
    if not slots:
        return slots
    owners = {
        key: partition
        for kind in (VirtualIOServer, LogicalPartition)
        for partition in world.all(kind)
        for entry in partition.io_config.io_slots
        for key in (entry.slot.drc_index, entry.slot.drc_name)
        if key
    }
    return tuple(_owned(world, slot, owners.get(slot.drc_index) or owners.get(slot.drc_name)) for slot in slots)


def _owned(world: World, slot: IOSlot, owner: BasePartition | None) -> IOSlot:
    if owner is not None:
        return slot.evolve(part_id=owner.id, part_uuid=owner.uuid, part_name=owner.name, part_type=owner.env)
    if slot.has("part_id") and (not slot.part_uuid or partition_of(world, slot.part_uuid) is not None):
        return _free(slot)
    return slot


def _free(slot: IOSlot) -> IOSlot:
    return slot.evolve(part_id=None, part_uuid=None, part_name=None, part_type=None)


def release_slots(change: Change, partition_uuid: str) -> None:
    """The system's description names a partition no more that is about to be removed: its slots are free."""
    system = managed_system(change)
    slots = system.asio_config.io_slots
    if any(slot.part_uuid == partition_uuid for slot in slots):
        freed = tuple(_free(slot) if slot.part_uuid == partition_uuid else slot for slot in slots)
        change.put(system.evolve(asio_config=system.asio_config.evolve(io_slots=freed)))


def check_slots(world: World, partition: BasePartition, slots: Iterable[ProfileIOSlot]) -> None:
    """Refuses slots that the partition cannot have, lose or change now. slots: all that it is to have.

    partition: as stored, or one that is about to be created.
    """
    plan = _plan(world, partition, tuple(slots))
    if plan.added:
        owners = {slot.drc_index: slot for slot in owned_slots(world, managed_system(world))}
        for slot in plan.added:
            owner = owners[slot.drc_index]
            if owner.part_name and owner.part_uuid != partition.uuid:
                raise say.SLOT_OWNED.error(slot=slot.drc_name, partition=partition.name, owner=owner.part_name)
    for entry in plan.removed:
        if entry.required and is_active(partition) and not partition.is_mgmt_partition:
            raise say.SLOT_REQUIRED.error(slot=entry.slot.drc_name, partition=partition.name, state=partition.state)
        user = _user_of(world, partition, entry)
        if user:
            raise say.SLOT_SERVES.error(slot=entry.slot.drc_name, vios=partition.name, user=user)
    if plan.added or plan.removed:
        check_io_dlpar(world, partition, "physical I/O slots")


def assign_slots(change: Change, partition_uuid: str, slots: Iterable[ProfileIOSlot]) -> None:
    """Gives a partition exactly these slots. Entries of slots that it keeps stay as they are; with no difference nothing
    is altered. ``check_slots`` has passed."""
    partition = partition_of(change, partition_uuid)
    if partition is None:
        raise general.NOT_FOUND.error(kind="Partition", name=partition_uuid)
    plan = _plan(change, partition, tuple(slots))
    if plan.slots != partition.io_config.io_slots:
        if isinstance(partition, VirtualIOServer):
            partition = without_cards(partition, {entry.slot.drc_name for entry in plan.removed if entry.slot.drc_name})
        change.put(partition.evolve(io_config=partition.io_config.evolve(io_slots=plan.slots)))


def _plan(world: World, partition: BasePartition, wanted: tuple[ProfileIOSlot, ...]) -> Plan:
    current = partition.io_config.io_slots
    kept: list[ProfileIOSlot] = []
    removed: list[ProfileIOSlot] = []
    for entry in current:
        wish = next((wish for wish in wanted if _same(wish.slot, entry.slot)), None)
        if wish is None:
            removed.append(entry)
        elif wish.has("required") and wish.required != entry.required:
            kept.append(entry.evolve(required=wish.required))
        else:
            kept.append(entry)
    added: list[IOSlot] = []
    for wish in wanted:
        if any(_same(wish.slot, entry.slot) for entry in current):
            continue
        slot = _slot_of_system(world, partition, wish.slot)
        if slot in added:
            continue
        added.append(slot)
        # Each entry is made with those before it in place: ports are numbered on.
        so_far = partition.evolve(io_config=partition.io_config.evolve(io_slots=kept))
        kept.append(profile_slot(so_far, slot, wish.required))
    return Plan(tuple(kept), tuple(added), tuple(removed))


def _same(one: AssociatedIOSlot | IOSlot, other: AssociatedIOSlot | IOSlot) -> bool:
    if one.drc_index and other.drc_index:
        return one.drc_index == other.drc_index
    return bool(one.drc_name) and one.drc_name == other.drc_name


def _slot_of_system(world: World, partition: BasePartition, wish: AssociatedIOSlot) -> IOSlot:
    system = managed_system(world)
    if not wish.drc_index and not wish.drc_name:
        raise general.MISSING_VALUE.error(
            object=f"A physical I/O slot of partition {partition.name}",
            field="SlotDynamicReconfigurationConnectorIndex",
        )
    for slot in system.asio_config.io_slots:
        if _same(wish, slot):
            return slot
    name = wish.drc_name or f"0x{wish.drc_index:X}"
    raise say.UNKNOWN_SLOT.error(system=system.system_name, slot=name)


def _user_of(world: World, partition: BasePartition, entry: ProfileIOSlot) -> str:
    """What a Virtual I/O Server serves from the card in a slot; "" when nothing."""
    if not isinstance(partition, VirtualIOServer):
        return ""
    ports = {port.name for port in fibre_channel_ports(entry)}
    for mapping in world.all(VirtualFibreChannelMapping, partition.uuid):
        if mapping.backing_port.name in ports:
            return (
                f"the virtual Fibre Channel mapping {mapping.server_adapter.name} on port {mapping.backing_port.name}"
            )
    if not entry.slot.drc_name:
        return ""
    card = f"{entry.slot.drc_name}-"
    used = user_of_card(world, partition, card)
    return used or (_disk_in_use(world, partition, card) if is_active(partition) else "")


def _disk_in_use(world: World, vios: VirtualIOServer, card: str) -> str:
    """card: how location codes of what is on it begin. A server that is off finds out at its next start what it has lost."""
    taken = TakenVolumes(world, vios.uuid)
    for volume in world.all(PhysicalVolume, vios.uuid):
        use = taken.use_of(volume) if volume.loc_code.startswith(card) else ""
        if use:
            return f"disk {volume.name} ({use})"
    return ""
