"""The world outside follows the state: Virtual I/O Servers serve what is mapped, the switch carries what is plugged in, and running
guests have in their slots what they are lent.

Nothing is remembered between two rounds that could not be read again: what is wanted comes from the state, what there is from the
processes themselves.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import network
from openlpar.hypervisor.qemu.arguments import device_name, node_name, node_options, port_name
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.doors import Doors
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import scsi_adapters, served_to
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.reconciler import Reconciler
from openlpar.hypervisor.qemu.switch import Switch, SwitchError
from openlpar.hypervisor.qemu.switch_links import Links
from openlpar.hypervisor.qemu.uplink import Uplinks
from openlpar.ports.io_server import BlockAddress, BlockService
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


class Outside(Reconciler):
    """Makes the world outside as the state wants it, one round after the other.

    uplinks: to be set before the first one; links, doors: when there are any, and when partitions are to be kept apart.
    """

    concerns = "the world outside"
    uplinks: Uplinks
    doors: Doors | None = None

    def __init__(self, world: World, blocks: BlockService | None, folder: Path, guests: Mapping[str, Guest]) -> None:
        """folder: of the switch; guests: those that run, by uuid of their partition."""
        super().__init__()
        self._world, self._blocks, self._guests = world, blocks, guests
        self.switch = Switch(folder, self.wake)
        self.links = Links(world, ())
        self._roaming: set[str] = set()
        self._round = asyncio.Lock()
        self._exports: set[str] = set()
        self._returned: set[Path] = set()

    async def close(self) -> None:
        await super().close()
        await self.switch.close()
        await self.uplinks.close()
        if self._blocks is not None:
            await self._blocks.close()

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        if any(kind in CONCERNED or (kind is LogicalPartition and self._sets_out(uuid)) for kind, uuid in altered):
            self.wake()

    def _sets_out(self, uuid: str) -> bool:
        """Or has come to rest: the switch has not been told."""
        partition = self._world.find(LogicalPartition, uuid)
        return (partition is not None and network.is_roaming(partition)) != (uuid in self._roaming)

    async def converge(self) -> bool:
        async with self._round:
            # First out of the guests: to take out a disk that is not served any more holds its guest up.
            taken = await self._with_guests(self._take_back)
            self._exports = {address.export for address in self._lent_by()}
            served = await self._serve()
            carried = await self._carry()
            opened = self._open_doors()
            await self._with_guests(self._reconnect)
            self._returned.clear()
            lent = await self._with_guests(self._lend)
            return taken and served and carried and opened and lent

    async def _with_guests(self, do: Callable[[Guest, LogicalPartition, BlockService], Awaitable[None]]) -> bool:
        """With all that run, at the same time: one that does not answer must not keep the others waiting for long."""
        guests = [guest for guest in self._guests.values() if guest.has_link()]
        return all(await asyncio.gather(*(self._with(guest, do) for guest in guests)))

    async def _with(self, guest: Guest, do: Callable[[Guest, LogicalPartition, BlockService], Awaitable[None]]) -> bool:
        partition = self._world.find(LogicalPartition, guest.uuid)
        if partition is None or self._blocks is None or partition.state == PartitionState.MIGRATING_RUNNING:
            return True
        try:
            await do(guest, partition, self._blocks)
        except (Refused, Lost) as error:
            if self._guests.get(guest.uuid) is not guest:
                return True  # it has ended
            log.warning("disks of partition %s: %s", partition.name, error)
            return False
        return True

    async def _serve(self) -> bool:
        if self._blocks is None:
            return True
        done = True
        # Those that are off come first: of one that crashed some may be left, which use what others share with it.
        for vios in sorted(self._world.all(VirtualIOServer), key=_runs):
            runs, serves = _runs(vios), self._blocks.serves(vios.uuid)
            try:
                if runs and not serves:
                    await self._blocks.start(self._world, vios.uuid)
                    self._returned.update(address.socket for address in self._lent_by(vios.uuid))
                elif not runs and (serves or self._blocks.processes(vios.uuid)):
                    await self._blocks.stop(vios.uuid)
                elif serves:
                    await self._blocks.converge(self._world, vios.uuid)
            except OSError as error:
                log.error("Virtual I/O Server %s: %s", vios.name, error)
                done = False
        return done

    async def _carry(self) -> bool:
        self._roaming = {each.uuid for each in self._world.all(LogicalPartition) if network.is_roaming(each)}
        carried = network.wanted(self._world)
        self.links.begin_round()
        while True:
            try:
                done = await self.uplinks.carry(self.switch, self.links.joined(carried))
                return self.links.end_round() and done
            except SwitchError as error:
                # A link that cannot be had must not cut the partitions off from each other.
                if not self.links.give_up(str(error)):
                    log.error("%s", error)
                    return False

    def _open_doors(self) -> bool:
        """What servers and the switch have made anew is theirs alone."""
        if self.doors is None:
            return True
        try:
            self.doors.let_in()
            for socket, client in {(address.socket, address.client) for address in self._lent_by()}:
                self.doors.of_disks(socket, client)
            self.doors.of_network(
                {
                    self.switch.folder / f"{port_name(partition.id, card.slot)}.s": partition.id
                    for partition in self._world.all(LogicalPartition)
                    for card in self._world.all(ClientNetworkAdapter, partition.uuid)
                }
            )
        except OSError as error:
            log.error("partitions cannot be let to what is theirs: %s", error)
            return False
        return True

    async def _take_back(self, guest: Guest, partition: LogicalPartition, blocks: BlockService) -> None:
        """What is not mapped any more comes out of its slot. What a server that is off lends stays: it comes back with it."""
        mapped, served = set(self._mapped(partition, blocks)), self._served(partition, blocks)
        for name, slot in (await guest.request("sizes"))["slots"].items():
            is_wanted = name in mapped and (name not in served or served[name][1].export in slot["source"])
            if slot["node"] and not is_wanted:
                await guest.request("eject", slot=name)

    async def _reconnect(self, guest: Guest, partition: LogicalPartition, blocks: BlockService) -> None:
        """What a server lends that was away is there at once. QEMU would see so by itself, but only after some time."""
        if not self._returned:
            return
        slots = (await guest.request("sizes"))["slots"]
        for name, (node, address) in self._served(partition, blocks).items():
            if address.socket in self._returned and name in slots and slots[name]["node"]:
                await guest.request("reconnect", slot=name, node=node_options(node, address, guest.run))

    async def _lend(self, guest: Guest, partition: LogicalPartition, blocks: BlockService) -> None:
        """What is mapped, and served, comes into its slot; what has grown is larger there, too."""
        slots = (await guest.request("sizes"))["slots"]
        for name, (node, address) in self._served(partition, blocks).items():
            # One that was mapped after the servers were told is for the next round: QEMU would stand still and wait for it.
            if name not in slots or address.export not in self._exports:
                continue
            slot, options = slots[name], node_options(node, address, guest.run)
            if not slot["node"]:
                slots[name] = await guest.request("insert", slot=name, node=options)
            elif slot["size"] < address.size:
                slots[name] = await guest.request("resize_disk", slot=name, size=address.size, node=options)
        await self._shorten(guest, partition, blocks, slots)

    async def _shorten(
        self, guest: Guest, partition: LogicalPartition, blocks: BlockService, slots: Mapping[str, Any]
    ) -> None:
        """What lies in a file of this host is read and written there. It is faster, and all goes on without it."""
        for mapping in served_to(self._world, VirtualSCSIMapping, partition):
            address = blocks.address(self._world, mapping)
            if address is None or not blocks.serves(mapping.parent or ""):
                continue
            name = device_name(mapping.client_adapter.lpar_slot_num, address.target)
            try:
                file = blocks.lent_file(self._world, mapping)
                if file is not None and name in slots and slots[name]["node"] and slots[name]["shortcut"] != file.mark:
                    await guest.request("shorten", slot=name, **asdict(file))
            except (OSError, Refused) as error:
                log.warning("%s of partition %s goes on over its server: %s", name, partition.name, error)

    def _lent_by(self, vios: str | None = None) -> Iterator[BlockAddress]:
        """What a server, or any of them, has to lend by the state as it is now."""
        for mapping in self._world.all(VirtualSCSIMapping, vios):
            address = self._blocks.address(self._world, mapping) if self._blocks is not None else None
            if address is not None:
                yield address

    def _mapped(self, partition: LogicalPartition, blocks: BlockService) -> Iterator[str]:
        """The slots for which something is mapped to a partition, served now or not."""
        for mapping in served_to(self._world, VirtualSCSIMapping, partition):
            address = blocks.address(self._world, mapping)
            if address is not None:
                yield device_name(mapping.client_adapter.lpar_slot_num, address.target)

    def _served(self, partition: LogicalPartition, blocks: BlockService) -> dict[str, tuple[str, BlockAddress]]:
        """What servers that run lend to a partition, by slot: the node's name, and where it is."""
        return {
            device_name(adapter.slot, target.number): (node_name(adapter.slot, target.number), target.address)
            for adapter in scsi_adapters(self._world, partition, blocks)
            for target in adapter.targets
            if target.address is not None
        }


def _runs(vios: VirtualIOServer) -> bool:
    return vios.state == PartitionState.RUNNING
