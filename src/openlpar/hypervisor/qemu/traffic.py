"""What has passed the virtual disks and network adapters of running guests, by QEMU's own count and by the virtual switch's.

All numbers are in the order of ``uom.metering.TRAFFIC``, and begin anew with each activation or switch process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from openlpar.hypervisor.qemu.arguments import device_name
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import served_to
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.ports.io_server import BlockService
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

Traffic = tuple[int, int, int, int]


async def of_disks(world: World, blocks: BlockService | None, guests: Mapping[str, Guest]) -> dict[str, Traffic]:
    """By uuid of the mapping. A guest that does not answer is left out."""
    if blocks is None:
        return {}
    asked = [guest for guest in guests.values() if guest.has_link()]
    answers = await asyncio.gather(*map(_counts, asked))
    found: dict[str, Traffic] = {}
    for guest, counts in zip(asked, answers, strict=True):
        partition = world.find(LogicalPartition, guest.uuid)
        for mapping in served_to(world, VirtualSCSIMapping, partition) if partition is not None else ():
            address = blocks.address(world, mapping)
            slot = device_name(mapping.client_adapter.lpar_slot_num, address.target) if address is not None else ""
            if slot in counts:
                count = counts[slot]
                found[mapping.uuid] = (count["reads"], count["writes"], count["read_bytes"], count["written_bytes"])
    return found


async def _counts(guest: Guest) -> Mapping[str, Mapping[str, int]]:
    try:
        answer: dict[str, Any] = await guest.request("statistics")
    except (Refused, Lost):
        return {}
    return answer


async def of_ports(switch: Switch) -> tuple[int, dict[str, Traffic]]:
    """(pid of the switch, by name of the port). What comes out of the switch is incoming to the adapter."""
    try:
        status = await switch.request("status")
    except SwitchError:
        return 0, {}
    return status["pid"], {
        port["name"]: (port["out"]["frames"], port["in"]["frames"], port["out"]["bytes"], port["in"]["bytes"])
        for port in status["ports"]
    }
