"""What passes the virtual disks of running guests, by QEMU's own count."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from openlpar.hypervisor.qemu.arguments import device_name
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import served_to
from openlpar.hypervisor.qemu.link import Lost
from openlpar.ports.hypervisor import DiskTraffic
from openlpar.ports.io_server import BlockService
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


async def disk_traffic(
    world: World, blocks: BlockService | None, guests: Mapping[str, Guest]
) -> dict[str, DiskTraffic]:
    """See ``ports.hypervisor.Measuring``. A guest that does not answer is left out."""
    if blocks is None:
        return {}
    asked = [guest for guest in guests.values() if guest.has_link()]
    answers = await asyncio.gather(*map(_counts, asked))
    found: dict[str, DiskTraffic] = {}
    for guest, counts in zip(asked, answers, strict=True):
        partition = world.find(LogicalPartition, guest.uuid)
        for mapping in served_to(world, VirtualSCSIMapping, partition) if partition is not None else ():
            address = blocks.address(world, mapping)
            slot = device_name(mapping.client_adapter.lpar_slot_num, address.target) if address is not None else ""
            if slot in counts:
                found[mapping.uuid] = _traffic(counts[slot])
    return found


async def _counts(guest: Guest) -> Mapping[str, Mapping[str, int]]:
    try:
        answer: dict[str, Any] = await guest.request("statistics")
    except (Refused, Lost):
        return {}
    return answer


def _traffic(count: Mapping[str, int]) -> DiskTraffic:
    failed = count["failed_reads"] + count["failed_writes"] + count["failed_flushes"]
    return DiskTraffic(count["reads"], count["writes"], count["read_bytes"], count["written_bytes"], failed)
