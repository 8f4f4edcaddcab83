"""A small model of QEMU's answers about devices: memory, cores and media, with a guest and a network that misbehave on demand."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from openlpar.hypervisor.qemu.qmp import Event, QmpLost, QmpRefused

MIB = 1 << 20
GONE, REFUSES, SILENT = "gone", "refuses", "silent"
"""What a guest answers to the wish for a device."""


def refuse(text: str, error_class: str = "GenericError") -> QmpRefused:
    return QmpRefused(error_class, text)


@dataclass
class Fault:
    """Strikes at the next ``command``, or after some more of them. carried_out: QEMU does it all the same, and only the answer is
    lost."""

    command: str
    error: Exception
    carried_out: bool = False
    after: int = 0


@dataclass
class Bay:
    """A slot for media. nodes lie in it by name."""

    node: str = ""
    tray_open: bool = False
    locked: bool = False


@dataclass
class FakeQemu:
    """Implements ``Qmp``. threads: contexts of the translator that were ever taken: one too many kills QEMU."""

    boot: int = 512
    most: int = 8192
    slots: int = 32
    maxcpus: int = 8
    bays: dict[str, Bay] = field(default_factory=lambda: {"vscsi2-1": Bay(), "vscsi2-2": Bay()})
    exports: dict[str, int] = field(default_factory=lambda: {"lu1": 64 * MIB, "lu2": 32 * MIB})
    backends: dict[str, int] = field(default_factory=dict)
    dimms: dict[str, int] = field(default_factory=dict)
    cores: dict[int, str] = field(default_factory=lambda: {0: "/machine/unattached/device[1]"})
    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    leaving: set[str] = field(default_factory=set)
    guest: deque[str] = field(default_factory=deque)
    """Answers to come, then always GONE."""
    faults: list[Fault] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    files: list[bool] = field(default_factory=list)
    """Those it was given, and whether it still has them beside the nodes that do."""
    threads: int = 0
    alive: bool = True
    largest_hole: int = 1 << 30
    _queues: dict[asyncio.Queue[Event], tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.threads = len(self.cores)

    # ---- the monitor ----------------------------------------------------------------------------------------------

    async def execute(self, command: str, arguments: Mapping[str, Any] | None = None) -> Any:
        await asyncio.sleep(0)
        if not self.alive:
            raise QmpLost("QEMU is gone")
        self.sent.append(command)
        fault = next((fault for fault in self.faults if fault.command == command), None)
        if fault is not None and fault.after:
            fault.after, fault = fault.after - 1, None
        if fault is not None:
            self.faults.remove(fault)
            if not fault.carried_out:
                raise fault.error
        answer = self._carry_out(command, dict(arguments or {}))
        if fault is not None:
            raise fault.error
        return answer

    async def add_file(self, descriptor: int) -> int:
        await self.execute("add-fd")
        return len(self.files) - 1

    def do_add_fd(self) -> None:
        self.files.append(True)

    def do_remove_fd(self, fdset_id: int) -> None:
        self.files[fdset_id] = False

    def _carry_out(self, command: str, arguments: dict[str, Any]) -> Any:
        verb: Callable[..., Any] | None = getattr(self, "do_" + command.replace("-", "_"), None)
        if verb is None:
            raise refuse(f"The command {command} has not been found", "CommandNotFound")
        return verb(**{name.replace("-", "_"): value for name, value in arguments.items()})

    @asynccontextmanager
    async def events(self, *names: str) -> AsyncIterator[asyncio.Queue[Event]]:
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._queues[queue] = names
        try:
            yield queue
        finally:
            del self._queues[queue]

    def say(self, name: str, **data: str) -> None:
        for queue, names in self._queues.items():
            if name in names:
                queue.put_nowait(Event(name, data, 0))

    # ---- memory ---------------------------------------------------------------------------------------------------

    @property
    def memory(self) -> int:
        return self.boot + sum(self.dimms.values())

    @property
    def orphans(self) -> set[str]:
        return set(self.backends) - {name.replace("dimm", "mem") for name in self.dimms}

    def do_qom_get(self, path: str, property: str) -> Any:
        assert (path, property) == ("/machine", "memory")
        room = {"max-size": self.most * MIB, "slots": self.slots} if self.slots else {}
        return {"size": self.boot * MIB, **room}

    def do_query_memory_size_summary(self) -> Any:
        return {"base-memory": self.boot * MIB, "plugged-memory": (self.memory - self.boot) * MIB}

    def do_query_memory_devices(self) -> Any:
        return [
            {
                "type": "dimm",
                "data": {"id": name, "size": size * MIB, "memdev": f"/objects/{name.replace('dimm', 'mem')}"},
            }
            for name, size in self.dimms.items()
        ]

    def do_qom_list(self, path: str) -> Any:
        if path == "/objects":
            kind = "child<memory-backend-ram>"
            return [{"name": name, "type": kind} for name in ("ppc_spapr.ram", *self.backends)]
        places = [*(f"/machine/peripheral/{name}" for name in self.dimms), *self.cores.values()]
        return [
            {"name": place.rpartition("/")[2], "type": "child<x>"} for place in places if place.startswith(path + "/")
        ]

    def do_object_add(self, qom_type: str, id: str, size: int) -> Any:
        assert qom_type == "memory-backend-ram"
        if id in self.backends:
            raise refuse(f"attempt to add duplicate property '{id}' to object (type 'container')")
        self.backends[id] = size // MIB

    def do_object_del(self, id: str) -> Any:
        if id not in self.backends:
            raise refuse(f"object '{id}' not found")
        if id not in self.orphans:
            raise refuse(f"Cannot delete host memory backend '{id}' which is mapped")
        del self.backends[id]

    def do_device_add(self, driver: str, id: str, **props: Any) -> Any:
        if driver == "pc-dimm":
            return self._add_dimm(id, **props)
        assert driver == "power9_v2.2-spapr-cpu-core" and id == f"core{props['core_id']}"
        if props["core_id"] in self.cores:
            raise refuse(f"Duplicate device ID '{id}'")
        self.threads += 1
        if self.threads > self.maxcpus:
            self.alive = False  # tcg_register_thread: assertion failed
            raise QmpLost("QEMU aborted")
        self.cores[props["core_id"]] = f"/machine/peripheral/{id}"

    def _add_dimm(self, id: str, memdev: str) -> None:
        size = self.backends[memdev]
        assert id not in self.dimms and size % 256 == 0
        if len(self.dimms) >= self.slots:
            raise refuse("no free slots available")
        if self.memory + size > self.most:
            raise refuse(f"not enough space, currently {self.memory:#x} in use")
        if size > self.largest_hole:
            raise refuse("could not find position in guest address space for memory device")
        self.dimms[id] = size

    # ---- leaving --------------------------------------------------------------------------------------------------

    def do_device_del(self, id: str) -> Any:
        name = id.rpartition("/")[2]
        if name not in self.dimms and id not in self.cores.values():
            raise refuse(f"Device '{id}' not found", "DeviceNotFound")
        if id == self.cores[0]:
            raise refuse("Boot CPU core may not be unplugged")
        if id in self.leaving:
            raise refuse(f"Memory unplug already in progress for device {name}")
        self.leaving.add(id)
        answer = self.guest.popleft() if self.guest else GONE
        if answer != SILENT:
            self.answer(id, gone=answer == GONE)

    def answer(self, path: str, gone: bool) -> None:
        """The guest answers what it was asked for, perhaps late."""
        self.leaving.discard(path)
        name = path.rpartition("/")[2]
        named = {"device": name} if "/peripheral/" in path else {}
        if not gone:
            self.say("DEVICE_UNPLUG_GUEST_ERROR", path=path, **named)
            return
        self.say("DEVICE_DELETED", path=f"{path}/thread[0]/icp")
        if name in self.dimms:
            del self.dimms[name]
        else:
            del self.cores[next(number for number, place in self.cores.items() if place == path)]
        self.say("DEVICE_DELETED", path=path, **named)

    # ---- cores ----------------------------------------------------------------------------------------------------

    def do_query_hotpluggable_cpus(self) -> Any:
        return [
            {
                "props": {"core-id": number, "node-id": 0},
                "vcpus-count": 1,
                "type": "power9_v2.2-spapr-cpu-core",
                **({"qom-path": self.cores[number]} if number in self.cores else {}),
            }
            for number in reversed(range(self.maxcpus))
        ]

    # ---- media ----------------------------------------------------------------------------------------------------

    def do_query_block(self) -> Any:
        return [{"device": "pflash0", "removable": False, "locked": False}] + [
            {
                "device": "",
                "qdev": name,
                "removable": True,
                "locked": bay.locked,
                "tray_open": bay.tray_open,
                **({"inserted": self._medium(bay.node)} if bay.node else {}),
            }
            for name, bay in self.bays.items()
        ]

    def _medium(self, name: str) -> Any:
        node = self.nodes[name]
        return {
            "node-name": name,
            "drv": node["driver"],
            "file": _source(node),
            "ro": node.get("read_only", False),
            "image": {"virtual-size": node["size"]},
        }

    def do_query_named_block_nodes(self, flat: bool) -> Any:
        return [{"node-name": name, "drv": node["driver"], "file": _source(node)} for name, node in self.nodes.items()]

    def do_blockdev_add(self, driver: str, node_name: str, **options: Any) -> Any:
        if node_name in self.nodes:
            raise refuse(f"Duplicate nodes with node-name='{node_name}'")
        if driver == "raw":
            assert self.files[int(options["file"]["filename"].removeprefix("/dev/fdset/"))]
            self.nodes[node_name] = {"driver": driver, **options}
            return
        if options["export"] not in self.exports:
            raise refuse("Failed to connect: Connection refused")
        self.nodes[node_name] = {"driver": driver, **options, "size": self.exports[options["export"]]}

    def do_blockdev_reopen(self, options: list[dict[str, Any]]) -> Any:
        node = self.nodes[options[0]["node-name"]]
        node["size"] = self.exports[node["export"]]

    def do_blockdev_del(self, node_name: str) -> Any:
        if any(bay.node == node_name for bay in self.bays.values()):
            raise refuse(f"Node {node_name} is in use")
        del self.nodes[node_name]

    def do_block_resize(self, node_name: str, size: int) -> Any:
        if size > self.nodes[node_name]["size"]:
            raise refuse("Cannot grow NBD nodes")

    def do_blockdev_open_tray(self, id: str, force: bool = False) -> Any:
        if not self.bays[id].locked or force:  # else the guest is asked, and QEMU says nothing
            self.bays[id].tray_open = True

    def do_blockdev_close_tray(self, id: str) -> Any:
        self.bays[id].tray_open = False

    def do_blockdev_insert_medium(self, id: str, node_name: str) -> Any:
        bay = self.bays[id]
        if not bay.tray_open or bay.node:
            raise refuse(
                f"Tray of device '{id}' is not open" if not bay.tray_open else f"There already is a medium in '{id}'"
            )
        bay.node = node_name

    def do_blockdev_remove_medium(self, id: str) -> Any:
        if not self.bays[id].tray_open:
            raise refuse(f"Tray of device '{id}' is not open")
        self.bays[id].node = ""

    def do_qom_set(self, path: str, property: str, value: str) -> Any:
        assert property == "drive" and value in self.nodes
        self.bays[path.removeprefix("/machine/peripheral/")].node = value

    def do_query_blockstats(self) -> Any:
        names = ("rd_bytes", "wr_bytes", "rd_operations", "wr_operations")
        failed = ("failed_rd_operations", "failed_wr_operations", "failed_flush_operations")
        stats = {name: number for number, name in enumerate((*names, *failed), 1)}
        return [{"qdev": name, "stats": stats} for name in self.bays] + [{"device": "pflash0", "stats": stats}]


def _source(node: Mapping[str, Any]) -> str:
    if node["driver"] == "raw":
        return str(node["file"]["filename"])
    return f"nbd+unix:///{node['export']}?socket={node['server']['path']}"
