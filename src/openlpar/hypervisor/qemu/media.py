"""Disks and optical media of a running guest: they come into and leave slots that QEMU was started with.

A virtual SCSI adapter takes no device while the guest runs, so each of its slots is a removable device from the start, without a
medium. The guest sees a new medium when it next opens the device.

A medium on a block server that has gone away: requests wait for the node's ``reconnect-delay``, then fail. To take such a medium
out stops guest and monitor until that delay is over. QEMU tries to connect anew after 1, 2, 4, ... 16 seconds, and no setting
shortens that (11.1): when the server is back, a new connection is put in the place of the old one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

from openlpar.hypervisor.qemu.qmp import Qmp, QmpRefused
from openlpar.hypervisor.qemu.unplug import DeviceRefused

Node = Mapping[str, Any]
"""Options of ``blockdev-add``, with ``node-name``: ``disk-2-1`` for slot ``vscsi2-1``."""


SHORT = "-short"
"""How the name of a node ends that goes straight to the file behind another one. See ``Shortcuts``."""


@dataclass(frozen=True, slots=True)
class Slot:
    """name: id of the device. node: name of the node that is in it, "" when it is empty; source: where that one reads, as QEMU
    writes it; size: bytes. locked: the guest uses the medium. shortcut: ``LentFile.mark`` of the file that it goes to, "" when it
    asks the server that lends it; node, driver and source are of the long way all the same.
    """

    name: str
    node: str = ""
    driver: str = ""
    source: str = ""
    size: int = 0
    read_only: bool = False
    tray_open: bool = False
    locked: bool = False
    shortcut: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """What has passed through a slot since the guest was started, whatever medium was in it."""

    read_bytes: int
    written_bytes: int
    reads: int
    writes: int
    failed_reads: int
    failed_writes: int
    failed_flushes: int


class Media:
    """Inserts and ejects."""

    def __init__(self, qmp: Qmp) -> None:
        self._qmp = qmp

    async def now(self) -> dict[str, Slot]:
        """By name."""
        blocks = await self._qmp.execute("query-block")
        slots = [_slot(block) for block in blocks if block.get("qdev") and block["removable"]]
        if any(slot.node.endswith(SHORT) for slot in slots):
            nodes = await self._qmp.execute("query-named-block-nodes", {"flat": True})
            slots = [_the_long_way(slot, nodes) for slot in slots]
        return {slot.name: slot for slot in slots}

    async def insert(self, name: str, node: Node, replace: bool) -> Slot:
        """See ``Devices.insert``."""
        slot = await self.slot(name)
        if slot.node and not _holds(slot, node):
            if not replace:
                raise DeviceRefused(f"{slot.source or slot.node} is in {name}, {node['node-name']} cannot be inserted")
            await self.eject(name, force=True)
            slot = await self.slot(name)
        if not slot.node:
            await self._insert(name, node)
        elif slot.tray_open:
            await self._tray(name, "close")
        return await self.slot(name)

    async def _insert(self, name: str, node: Node) -> None:
        node_name = str(node["node-name"])
        await self.drop_stray(node_name)
        async with self._taking_back() as undo:
            await self._qmp.execute("blockdev-add", node)
            undo.append(("blockdev-del", {"node-name": node_name}))
            await self._tray(name, "open", force=True)  # a guest that has the empty slot open has locked its door
            undo.append(("blockdev-close-tray", {"id": name}))
            await self._qmp.execute("blockdev-insert-medium", {"id": name, "node-name": node_name})
            undo.append(("blockdev-remove-medium", {"id": name}))
            await self._tray(name, "close")

    @asynccontextmanager
    async def _taking_back(self) -> AsyncIterator[list[tuple[str, dict[str, Any]]]]:
        """Runs the gathered commands backwards when QEMU refuses one, and passes the refusal on."""
        undo: list[tuple[str, dict[str, Any]]] = []
        try:
            yield undo
        except QmpRefused:
            for command, arguments in reversed(undo):
                with suppress(QmpRefused):
                    await self._qmp.execute(command, arguments)
            raise

    async def drop_stray(self, node_name: str) -> None:
        """An insertion or ejection that ended midway leaves a node that is in no slot."""
        for node in await self._qmp.execute("query-named-block-nodes", {"flat": True}):
            if node["node-name"] == node_name:
                await self._qmp.execute("blockdev-del", {"node-name": node_name})

    async def eject(self, name: str, force: bool) -> Slot:
        """See ``Devices.eject``."""
        slot = await self.slot(name)
        if slot.locked and slot.node and not slot.tray_open and not force:
            raise DeviceRefused(f"the guest uses what is in {name}")
        if slot.node:
            async with self._taking_back() as undo:
                await self._tray(name, "open", force=force)
                undo.append(("blockdev-close-tray", {"id": name}))
                await self._qmp.execute("blockdev-remove-medium", {"id": name})
        await self.drop_stray(slot.node or name.replace("vscsi", "disk-"))
        if slot.node or slot.tray_open:
            await self._tray(name, "close")
        return await self.slot(name)

    async def reconnect(self, name: str, node: Node) -> Slot:
        """See ``Devices.reconnect``. The name of the node stays, so there is another one in between."""
        slot = await self.slot(name)
        between = {**node, "node-name": f"{node['node-name']}-anew"}
        if _holds(slot, node):
            await self._exchange(name, slot.node, between)
        elif not _holds(slot, between):
            raise DeviceRefused(f"{node['node-name']} is not in {name}")
        await self._exchange(name, str(between["node-name"]), node)
        return await self.slot(name)

    async def _exchange(self, name: str, before: str, node: Node) -> None:
        """The guest goes on over another node, and sees nothing of it: tray and medium are as they were."""
        node_name = str(node["node-name"])
        await self.drop_stray(node_name)
        async with self._taking_back() as undo:
            await self._qmp.execute("blockdev-add", node)
            undo.append(("blockdev-del", {"node-name": node_name}))
            await self.steer(name, node_name)
        await self._qmp.execute("blockdev-del", {"node-name": before})

    async def steer(self, name: str, node_name: str) -> None:
        """Lets a slot go over another node to the same disk. What is under way is done first. Raises QmpError."""
        await self._qmp.execute(
            "qom-set", {"path": f"/machine/peripheral/{name}", "property": "drive", "value": node_name}
        )

    async def show(self) -> None:
        """Takes each medium out and puts it in again."""
        for slot in (await self.now()).values():
            if slot.node:
                await self._tray(slot.name, "open", force=True)
                await self._qmp.execute("blockdev-remove-medium", {"id": slot.name})
                await self._qmp.execute("blockdev-insert-medium", {"id": slot.name, "node-name": slot.node})
                await self._tray(slot.name, "close")

    async def resize(self, name: str, size: int, node: Node) -> Slot:
        """See ``Devices.resize_disk``."""
        slot = await self.slot(name)
        if not slot.node or not _holds(slot, node):
            raise DeviceRefused(f"{node['node-name']} is not in {name}")
        if size < slot.size:
            raise DeviceRefused(f"the disk in {name} has {slot.size} bytes and cannot shrink to {size}")
        if slot.driver == "nbd":
            # Flushes, so a connection that the server has cut is made anew; only then is the new size known on this side.
            await self._qmp.execute("blockdev-reopen", {"options": [dict(node)]})
        await self._qmp.execute("block_resize", {"node-name": slot.node, "size": size})
        return await self.slot(name)

    async def statistics(self) -> dict[str, Traffic]:
        """By name of the slot."""
        slots = await self.now()
        answer = await self._qmp.execute("query-blockstats")
        return {
            str(device["qdev"]): _traffic(device["stats"]) for device in answer if str(device.get("qdev", "")) in slots
        }

    async def slot(self, name: str) -> Slot:
        """Raises DeviceRefused."""
        slot = (await self.now()).get(name)
        if slot is None:
            raise DeviceRefused(f"the guest has no slot {name}")
        return slot

    async def _tray(self, name: str, verb: str, force: bool = False) -> None:
        arguments: dict[str, Any] = {"id": name}
        if force:
            arguments["force"] = True
        await self._qmp.execute(f"blockdev-{verb}-tray", arguments)


def _slot(block: Mapping[str, Any]) -> Slot:
    name, tray_open = str(block["qdev"]), bool(block.get("tray_open", False))
    medium = block.get("inserted")
    if medium is None:
        return Slot(name, tray_open=tray_open, locked=bool(block["locked"]))
    return Slot(
        name,
        node=str(medium["node-name"]),
        driver=str(medium["drv"]),
        source=str(medium["file"]),
        size=int(medium["image"]["virtual-size"]),
        read_only=bool(medium["ro"]),
        tray_open=tray_open,
        locked=bool(block["locked"]),
    )


def _the_long_way(slot: Slot, nodes: Iterable[Mapping[str, Any]]) -> Slot:
    """One that goes to a file, with the node that asks the server."""
    name = slot.node.removesuffix(SHORT)
    asking = next((node for node in nodes if node["node-name"] == name != slot.node), None)
    if asking is None:
        return slot
    return replace(slot, node=name, driver=str(asking["drv"]), source=str(asking["file"]))


def _holds(slot: Slot, node: Node) -> bool:
    """The node in the slot is this one: same name, source and direction."""
    source = _source(node)
    return (
        slot.node == node["node-name"]
        and slot.driver == node["driver"]
        and slot.read_only == bool(node.get("read-only", False))
        and source in ("", slot.source)
    )


def _source(node: Node) -> str:
    """As QEMU writes it; "" when that is not known: then the node's name has to do."""
    match node:
        case {"driver": "nbd", "server": {"type": "unix", "path": path}, "export": export}:
            return f"nbd+unix:///{export}?socket={path}"
        case {"filename": str(filename)}:
            return filename
    return ""


def _traffic(stats: Mapping[str, Any]) -> Traffic:
    return Traffic(
        read_bytes=int(stats["rd_bytes"]),
        written_bytes=int(stats["wr_bytes"]),
        reads=int(stats["rd_operations"]),
        writes=int(stats["wr_operations"]),
        failed_reads=int(stats["failed_rd_operations"]),
        failed_writes=int(stats["failed_wr_operations"]),
        failed_flushes=int(stats["failed_flush_operations"]),
    )
