"""The default system in process, and watchers that know what its operations did outside the state."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

from hypothesis import note

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.engine.engine import NOBODY
from openlpar.messages import Failure
from openlpar.ops.core import Edges, Operation, ResourceOperation, ResourceRequest
from openlpar.ops.inventory.complete import complete
from openlpar.ops.views import shown
from openlpar.ports.hypervisor import Boot, Resized, Stop
from openlpar.ports.records import RECORDS, Fault, Job
from openlpar.ports.state import Change
from openlpar.uom.catalogue import element_types
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VolumeGroup
from openlpar.vios.simulated import SimulatedVios
from openlpar.wire import inventory
from tests.ops.small_system import SYSTEM, open_system, wished

START_S = 1.7e9
"""When every run begins: what comes due must not depend on the time of day."""
LONG_MS = 600_000
"""After this long every boot, shutdown and RMC connection that was under way is there."""

FREE_SLOT, OTHER_SLOT = 0x2105001F, 0x21010010
"""DRC indexes of two slots that no partition has."""


@functools.cache
def gannet() -> tuple[Element, ...]:
    """The objects of the packaged default system, under the uuid of the small one's system."""
    described = inventory.load(
        resources.files("openlpar.systems").joinpath("gannet.yaml").read_text(), "gannet.yaml"
    ).elements
    own = [obj.evolve(uuid=SYSTEM.uuid) if isinstance(obj, ManagedSystem) else obj for obj in described]
    return tuple(complete(own, SimulationClock("stepped", lambda: START_S, lambda: 0.0), SeededEntropy(1)))


class WatchedVios(SimulatedVios):
    """devices: everything that was made on the Virtual I/O Servers and not taken away again."""

    def __init__(self, files: Path) -> None:
        super().__init__(files)
        self.devices: dict[tuple[str, ...], Any] = {}

    def create_disk(self, change: Change, vios: VirtualIOServer, group: VolumeGroup, disk: Any, image: str) -> Any:
        made = super().create_disk(change, vios, group, disk, image)
        self.devices["disk", vios.uuid, made.udid] = made.capacity
        return made

    def create_file(self, change: Change, vios: VirtualIOServer, disk: Any) -> Any:
        made = super().create_file(change, vios, disk)
        self.devices["disk", vios.uuid, made.udid] = made.capacity
        return made

    def resize_disk(self, change: Change, vios: VirtualIOServer, disk: Any, size: Decimal) -> Any:
        self.devices["disk", vios.uuid, disk.udid] = size
        return super().resize_disk(change, vios, disk, size)

    def delete_disk(self, change: Change, vios: VirtualIOServer, disk: Any) -> None:
        change.afterwards(lambda: self.devices.pop(("disk", vios.uuid, disk.udid)))

    def create_media(
        self, change: Change, vios: VirtualIOServer, media: Any, content: str, is_kept: bool = False
    ) -> Any:
        made = super().create_media(change, vios, media, content, is_kept)
        self.devices["medium", vios.uuid, made.udid] = made.size
        return made

    def link_media(self, change: Change, vios: VirtualIOServer, media: Any, name: str) -> Any:
        made = super().link_media(change, vios, media, name)
        self.devices["medium", vios.uuid, made.udid] = made.size
        return made

    def delete_media(self, change: Change, vios: VirtualIOServer, media: Any) -> None:
        change.afterwards(lambda: self.devices.pop(("medium", vios.uuid, media.udid)))

    def create_unit(self, change: Change, pool: Any, unit: Any) -> Any:
        made = super().create_unit(change, pool, unit)
        self.devices["unit", made.udid] = made.capacity
        return made

    def resize_unit(self, change: Change, pool: Any, unit: Any, size: Decimal) -> Any:
        self.devices["unit", unit.udid] = size
        return super().resize_unit(change, pool, unit, size)

    def delete_unit(self, change: Change, pool: Any, unit: Any) -> None:
        change.afterwards(lambda: self.devices.pop(("unit", unit.udid)))

    def connect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
        made = super().connect(change, vios, mapping)
        self.devices["scsi", made.uuid] = (made.server_adapter.vios_slot_num, made.storage_udid)
        return made

    def disconnect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> None:
        del self.devices["scsi", mapping.uuid]

    def connect_fc(self, change: Change, vios: VirtualIOServer, mapping: Any) -> Any:
        made = super().connect_fc(change, vios, mapping)
        self.devices["vfc", made.uuid] = (made.server_adapter.vios_slot_num, made.server_adapter.map_port)
        return made

    def disconnect_fc(self, change: Change, vios: VirtualIOServer, mapping: Any) -> None:
        del self.devices["vfc", mapping.uuid]


class WatchedHypervisor:
    """Everything is done by another one. guests: partitions it knows, with the size and power they were last given."""

    def __init__(self, inner: Any, partitions: Iterable[BasePartition]) -> None:
        self._inner = inner
        self.guests = {one.uuid: [one.mem_config.current, one.state != "not activated"] for one in partitions}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def define(self, change: Change, partition: BasePartition) -> None:
        self._inner.define(change, partition)
        self.guests[partition.uuid] = [partition.mem_config.current, False]

    def undefine(self, change: Change, partition: BasePartition) -> None:
        self._inner.undefine(change, partition)
        del self.guests[partition.uuid]

    def start(self, change: Change, partition: BasePartition, boot: Boot) -> None:
        self._inner.start(change, partition, boot)
        self.guests[partition.uuid][1] = True

    def stop(self, change: Change, partition: BasePartition, how: Stop, restart: bool) -> None:
        self._inner.stop(change, partition, how, restart)
        self.guests[partition.uuid][1] = restart

    async def resize(self, before: BasePartition, after: BasePartition, force: bool = False) -> Resized:
        resized: Resized = await self._inner.resize(before, after, force)
        self.guests[after.uuid][0] = resized.partition.mem_config.desired
        return resized


class Gannet:
    """The default system on a store in a folder, on a stepped clock, with shorthands."""

    def __init__(self, directory: Path, objects: Iterable[Element] | None = None) -> None:
        first = gannet() if objects is None else objects
        self.engine, self.jobs = open_system(directory, "stepped", *first, wall=lambda: START_S)
        self.state = self.engine.state
        self.vios = WatchedVios(directory / "vios")
        partitions = [*self.state.all(LogicalPartition), *self.state.all(VirtualIOServer)]
        self.hypervisor = WatchedHypervisor(self.engine.edges.hypervisor, partitions)
        watched: Any = self.hypervisor
        self.engine.edges = Edges(watched, self.vios, waiting=self.engine.waiting)
        self._find_devices()

    def _find_devices(self) -> None:
        """What there was at the start."""
        devices, state = self.vios.devices, self.state
        for mapping in state.all(VirtualSCSIMapping):
            devices["scsi", mapping.uuid] = (mapping.server_adapter.vios_slot_num, mapping.storage_udid)
        for channel in state.all(VirtualFibreChannelMapping):
            devices["vfc", channel.uuid] = (channel.server_adapter.vios_slot_num, channel.server_adapter.map_port)
        for group in state.all(VolumeGroup):
            for disk in group.virtual_disks:
                devices["disk", group.parent or "", disk.udid] = disk.capacity

    # finding

    def partition(self, name: str) -> Any:
        """A partition as clients read it."""
        for kind in (LogicalPartition, VirtualIOServer):
            for found in self.state.where(kind, name=name):
                return shown(self.state, found)
        raise LookupError(name)

    def below(self, kind: type[Any], parent: str, **values: Any) -> Any:
        """The one object below the partition of this name whose fields have these values."""
        uuid = self.partition(parent).uuid
        return next(obj for obj in self.state.all(kind, uuid) if all(obj.get(n) == v for n, v in values.items()))

    def only(self, kind: type[Any], **values: Any) -> Any:
        """The first object of a type whose fields have these values, as clients read it."""
        found = self.state.where(kind, **values) if values else self.state.all(kind)
        return shown(self.state, next(found))

    def outside(self) -> tuple[Any, ...]:
        """What there is beyond the state: devices and guests."""
        return dict(self.vios.devices), {uuid: tuple(guest) for uuid, guest in self.hypervisor.guests.items()}

    def tried(self, operation: Operation) -> bool:
        """Whether it was done. What is refused alters nothing."""
        before = self.everything()
        try:
            self.engine.perform(operation)
        except Failure as failure:
            note(f"refused: {failure.text}")
            assert self.everything() == before
            return False
        return True

    def everything(self) -> dict[str, list[Any]]:
        """All objects in their order, and all records (which have none), fault rules apart."""
        found: dict[str, list[Any]] = {}
        for kind in element_types.values():
            found[kind.__name__] = [(obj.parent, obj) for obj in self.state.all(kind)]
        for record in RECORDS:
            if record is not Fault:
                found[record.__name__] = sorted(self.state.all(record), key=lambda one: one.uuid)
        return {name: objects for name, objects in found.items() if objects}

    # doing

    def do(self, operation: Operation) -> Any:
        """Runs an operation at once; the object it made or changed."""
        self.engine.perform(operation)
        return self.state.find(*operation.subject) if operation.subject else None

    def create(self, element: Element) -> Any:
        return self.do(request("create", element))

    def update(self, element: Element, *groups: str) -> Any:
        return self.do(request("update", element, groups=frozenset(groups or ("None",))))

    def lpar(self, name: str, memory_mb: int = 1024, **fields: Any) -> Any:
        """A new partition that is off; it can have half its memory at least, and twice as much at most."""
        wish = wished(name, memory_mb, parent=SYSTEM.uuid, **fields)
        return self.create(wish.evolve(mem_config=wish.mem_config.evolve(min=memory_mb // 2, max=memory_mb * 2)))

    async def running(self, name: str) -> Any:
        """A new partition that runs and has RMC."""
        made = self.lpar(name)
        assert (await self.job("LogicalPartition", made.uuid, "PowerOn")).status == "COMPLETED_OK"
        return self.partition(name)

    async def job(self, group: str, target: str, operation: str, /, **parameters: str) -> Job:
        """Submits a job and lets time pass until it must have ended."""
        submitted = await self.jobs.submit(group, target, operation, parameters, NOBODY)
        await self.engine.step(LONG_MS)
        return self.state.get(Job, submitted.uuid)

    def refusal(self, operation: Operation) -> Failure | None:
        """Why an operation was refused; None when it was done."""
        try:
            self.engine.perform(operation)
        except Failure as failure:
            return failure
        return None


def request(verb: str, element: Element, **fields: Any) -> ResourceOperation:
    """The operation that a face makes of a client's element."""
    kind = type(element)
    wish = ResourceRequest(
        kind=kind,
        uuid="" if verb == "create" else element.uuid,
        parent=element.parent,
        element=None if verb == "delete" else element,
        **fields,
    )
    return ResourceOperation.by_resource[(verb, kind)].from_request(wish)
