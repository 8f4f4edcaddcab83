"""Virtual slots: every virtual adapter of a partition, of whatever kind, has one of its own.

Slots 0 and 1 are the virtual serial adapters of every partition.
"""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterator
from typing import TypeVar

from openlpar.messages import network as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import partition_of
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.vnic import VirtualNICDedicated

M = TypeVar("M", bound=VirtualSCSIMapping | VirtualFibreChannelMapping)

FIRST_SLOT = 2
ANY = 65535
"""Partition and slot number of a server adapter that is open to any client."""
_IDENTITIES = uuids.UUID("5a3f4c0e-8f0b-5d7e-9a43-2c86d1b7e1f0")


def references(partition: BasePartition) -> tuple[str, str]:
    """The two ways in which other objects may name a partition; the first is what real systems show in mappings."""
    kind = type(partition).__name__
    return f"ManagedSystem/{partition.parent}/{kind}/{partition.uuid}", f"{kind}/{partition.uuid}"


def client_mappings(world: World, kind: type[M], partition: BasePartition) -> Iterator[M]:
    """The mappings through which a partition is served."""
    for reference in references(partition):
        yield from world.where(kind, client_lpar_href=reference)
    for mapping in world.where(kind, client_lpar_href=""):
        # A Virtual I/O Server that is itself a client is recorded without reference.
        if mapping.client_adapter.lpar_id == partition.id:
            yield mapping


def used_slots(world: World, partition_uuid: str) -> set[int]:
    """The slot numbers that a partition's virtual adapters have taken, as client and as server."""
    used = {adapter.slot for adapter in world.all(ClientNetworkAdapter, partition_uuid)}
    used.update(vnic.slot for vnic in world.all(VirtualNICDedicated, partition_uuid))
    used.update(mapping.server_adapter.vios_slot_num for mapping in world.all(VirtualSCSIMapping, partition_uuid))
    used.update(
        mapping.server_adapter.vios_slot_num for mapping in world.all(VirtualFibreChannelMapping, partition_uuid)
    )
    partition = partition_of(world, partition_uuid)
    if partition is not None:
        used.update(m.client_adapter.lpar_slot_num for m in client_mappings(world, VirtualSCSIMapping, partition))
        used.update(
            m.client_adapter.lpar_slot_num for m in client_mappings(world, VirtualFibreChannelMapping, partition)
        )
    return used


class FreeSlots:
    """Gives out free slots, within one operation: what it gave is taken, though nothing is stored yet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._used: dict[str, set[int]] = {}

    def _of(self, partition: BasePartition) -> set[int]:
        used = self._used.get(partition.uuid)
        if used is None:
            used = self._used[partition.uuid] = used_slots(self._world, partition.uuid)
        return used

    def release(self, partition: BasePartition, slot: int) -> None:
        """The operation removes the adapter that has it."""
        self._of(partition).discard(slot)

    def take(self, partition: BasePartition, wanted: int = 0, *, high: bool = False) -> int:
        """wanted: the slot the client asks for, 0 for the lowest free one; high: the first above all that are taken,
        if there is one. Raises Failure."""
        used = self._of(partition)
        limit = partition.io_config.max_virtual_slots or 64
        slot = wanted
        if wanted:
            if not FIRST_SLOT <= wanted < limit:
                raise say.SLOT_BOUNDS.error(partition=partition.name, slot=wanted, low=FIRST_SLOT, high=limit - 1)
            if wanted in used:
                raise say.SLOT_TAKEN.error(slot=wanted, partition=partition.name)
        elif high:
            slot = max((FIRST_SLOT - 1, *(number for number in used if number < limit))) + 1
        if not wanted and (not high or slot >= limit):
            slot = FIRST_SLOT
            while slot in used:
                slot += 1
        if slot >= limit:
            raise say.NO_FREE_SLOT.error(partition=partition.name, place="for an adapter", high=limit - 1)
        used.add(slot)
        return slot


def location_code(world: World, lpar_id: int, slot: int) -> str:
    """Location code of a virtual adapter: ``U8247.21L.212E3CA-V5-C2``."""
    mtms = managed_system(world).mtms
    return f"U{mtms.machine_type}.{mtms.model}.{mtms.serial}-V{lpar_id}-C{slot}"


def adapter_uuid(kind: str, vios_uuid: str, slot: int) -> str:
    """Identity of something that is derived from a server adapter: always the same for the same Virtual I/O Server and slot."""
    return str(uuids.uuid5(_IDENTITIES, f"{kind}/{vios_uuid}/{slot}"))
