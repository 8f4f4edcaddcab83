"""The world outside follows the state: Virtual I/O Servers serve what is mapped, the switch carries what is plugged in, and running
guests have in their slots what they are lent.

Nothing is remembered between two rounds that could not be read again: what is wanted comes from the state, what there is from the
processes themselves.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import network
from openlpar.hypervisor.qemu.arguments import device_name, node_name, node_options
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import scsi_adapters
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.hypervisor.qemu.uplink import Uplinks
from openlpar.ports.io_server import BlockService
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import VolumeGroup

log = logging.getLogger(__name__)

_STORAGE = (VirtualIOServer, VirtualSCSIMapping, VolumeGroup, LogicalUnit)
_NETWORK = (ClientNetworkAdapter, NetworkBridge, VirtualSwitch, VirtualIOServer)
CONCERNED: tuple[type[Any], ...] = (*_STORAGE, *_NETWORK)
"""Kinds whose changes concern the world outside."""
AGAIN_S = 2.0
"""After which a round that did not succeed is tried again."""


class Outside:
    """Makes the world outside as the state wants it, one round after the other. uplinks: to be set before the first one."""

    uplinks: Uplinks

    def __init__(self, world: World, blocks: BlockService | None, folder: Path, guests: Mapping[str, Guest]) -> None:
        """folder: of the switch; guests: those that run, by uuid of their partition."""
        self._world, self._blocks, self._guests = world, blocks, guests
        self.switch = Switch(folder, self.wake)
        self._wanted = asyncio.Event()
        self._round = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._follow())

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self.switch.close()
        await self.uplinks.close()
        if self._blocks is not None:
            await self._blocks.close()

    def wake(self) -> None:
        """Something may have changed."""
        self._wanted.set()

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        if any(kind in CONCERNED for kind, _ in altered):
            self.wake()

    async def converge(self) -> bool:
        """One round. Whether all is as it is wanted now."""
        async with self._round:
            served = await self._serve()
            carried = await self._carry()
            lent = [await self._lend(guest) for guest in tuple(self._guests.values()) if guest.has_link()]
            return served and carried and all(lent)

    async def _follow(self) -> None:
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                done = await self.converge()
            except Exception:
                log.exception("the world outside could not be brought in line")
                done = False
            if not done:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), AGAIN_S)
                self._wanted.set()

    async def _serve(self) -> bool:
        if self._blocks is None:
            return True
        done = True
        for vios in list(self._world.all(VirtualIOServer)):
            runs, serves = vios.state == PartitionState.RUNNING, self._blocks.serves(vios.uuid)
            try:
                if runs and not serves:
                    await self._blocks.start(self._world, vios.uuid)
                elif serves and not runs:
                    await self._blocks.stop(vios.uuid)
                elif serves:
                    await self._blocks.converge(self._world, vios.uuid)
            except OSError as error:
                log.error("Virtual I/O Server %s: %s", vios.name, error)
                done = False
        return done

    async def _carry(self) -> bool:
        try:
            return await self.uplinks.carry(self.switch, network.wanted(self._world))
        except SwitchError as error:
            log.error("%s", error)
            return False

    async def _lend(self, guest: Guest) -> bool:
        """Media into the slots of a running guest, and out of them. A slot whose server does not serve now stays as it is: its
        disk comes back with the server."""
        partition = self._world.find(LogicalPartition, guest.uuid)
        if partition is None or self._blocks is None:
            return True
        mapped = _mapped(self._world, partition)
        try:
            slots = (await guest.request("sizes"))["slots"]
            for adapter in scsi_adapters(self._world, partition, self._blocks):
                for target in adapter.targets:
                    name = device_name(adapter.slot, target.number)
                    if name not in slots:
                        continue
                    inside = bool(slots[name]["node"])
                    if target.address is not None:
                        node = node_options(node_name(adapter.slot, target.number), target.address, guest.run)
                        if not inside or target.address.export not in slots[name]["source"]:
                            await guest.request("insert", slot=name, node=node, replace=True)
                    elif inside and (adapter.slot, target.number) not in mapped:
                        await guest.request("eject", slot=name)
        except (Refused, Lost) as error:
            log.warning("disks of partition %s: %s", partition.name, error)
            return False
        return True


def _mapped(world: World, partition: LogicalPartition) -> set[tuple[int, int]]:
    """(slot, target) of all that is mapped to a partition, served now or not."""
    found = set()
    for mapping in world.all(VirtualSCSIMapping):
        if mapping.has("client_adapter") and mapping.client_adapter.lpar_id == partition.id:
            for _, device in mapping.target_dev.present():
                number = int(device.lua[2:4] or "0", 16) & 0x3F
                if any(mapping.backing_storage.present()):
                    found.add((mapping.client_adapter.lpar_slot_num, number))
    return found
