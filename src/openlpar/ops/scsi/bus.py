"""Virtual SCSI buses: the mappings of a Virtual I/O Server once more, gathered by adapter pair."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, ResourceOperation, ResourceRequest, Step
from openlpar.ops.scsi.mappings import ScsiPlan, mapping_steps
from openlpar.ops.scsi.plan import Bus, Device, planned_bus
from openlpar.ops.scsi.slots import adapter_uuid
from openlpar.ops.scsi.storage import kind_of
from openlpar.ops.views import derived, find_unshown
from openlpar.ports.state import Change, World
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIBus, VirtualSCSIMapping, VirtualSCSIStorageAndTargetDevice


@derived(VirtualSCSIBus)
def buses(world: World, parent: str | None) -> Iterator[VirtualSCSIBus]:
    """parent: uuid of a Virtual I/O Server, None for all of them."""
    servers = [parent] if parent is not None else [vios.uuid for vios in world.all(VirtualIOServer)]
    for vios_uuid in servers:
        by_slot: dict[int, list[VirtualSCSIMapping]] = {}
        for mapping in world.all(VirtualSCSIMapping, vios_uuid):
            by_slot.setdefault(mapping.server_adapter.vios_slot_num, []).append(mapping)
        for slot, mappings in by_slot.items():
            yield _bus(vios_uuid, slot, mappings)


def _bus(vios_uuid: str, slot: int, mappings: list[VirtualSCSIMapping]) -> VirtualSCSIBus:
    last = mappings[-1]  # as recorded, the adapter names the backing device that came last
    return VirtualSCSIBus(
        uuid=adapter_uuid("VirtualSCSIBus", vios_uuid, slot),
        parent=vios_uuid,
        client_lpar_href=last.get("client_lpar_href"),
        client_adapter=last.get("client_adapter"),
        server_adapter=last.server_adapter,
        mappings=tuple(
            VirtualSCSIStorageAndTargetDevice(
                backing_storage=mapping.get("backing_storage"), target_dev=mapping.get("target_dev")
            )
            for mapping in mappings
            if kind_of(mapping.backing_storage) or kind_of(mapping.target_dev)
        ),
    )


class _BusOperation(ResourceOperation):
    """What the operations on one bus share."""

    uuid: str
    parent: str | None

    def locks(self) -> Iterable[str]:
        return (self.parent or "virtual SCSI", "partitions")

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.parent or "")
        return vios.name if vios is not None else self.uuid

    @abstractmethod
    def _plan(self, world: World) -> ScsiPlan: ...

    def check(self, world: World) -> None:
        self._planned = self._plan(world)

    def steps(self) -> Iterable[Step]:
        yield from mapping_steps(self.edges.io_server, self._planned)


@dataclass
class CreateBus(_BusOperation, name="scsi.create", verb="create", on=(VirtualSCSIBus,)):
    """A new pair of adapters, with the storage it is given."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.virtual_io_server")

    parent: str | None
    requested: VirtualSCSIBus
    uuid: str = ""

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, VirtualSCSIBus)
        return cls(request.parent, request.element)

    def _plan(self, world: World) -> ScsiPlan:
        if self.parent is None:
            raise general.UNSUPPORTED.error(operation="A VirtualSCSIBus outside a VirtualIOServer")
        return planned_bus(world, world.get(VirtualIOServer, self.parent), _wish(self.requested, 0), 0)

    def steps(self) -> Iterable[Step]:
        yield from super().steps()
        yield Step("find the new bus", self._find)

    def _find(self, change: Change) -> None:
        slot = self._planned.added[0].server_adapter.vios_slot_num
        self.subject = (VirtualSCSIBus, adapter_uuid("VirtualSCSIBus", self.parent or "", slot))


@dataclass
class UpdateBus(_BusOperation, name="scsi.update", verb="update", on=(VirtualSCSIBus,)):
    """Adds storage to a bus, removes it or exchanges it."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.virtual_io_server")

    uuid: str
    requested: VirtualSCSIBus
    parent: str | None = None

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, VirtualSCSIBus)
        return cls(request.uuid, request.element, request.parent)

    def _plan(self, world: World) -> ScsiPlan:
        bus = find_unshown(world, VirtualSCSIBus, self.uuid, self.parent)
        self.subject = (VirtualSCSIBus, bus.uuid)
        if not self.requested.has("mappings"):
            return ScsiPlan()
        slot = bus.server_adapter.vios_slot_num
        vios = world.get(VirtualIOServer, bus.parent or "")
        return planned_bus(world, vios, _wish(self.requested, slot), slot)


@dataclass
class DeleteBus(_BusOperation, name="scsi.delete", verb="delete", on=(VirtualSCSIBus,)):
    """Removes a pair of adapters with everything lent over it; the storage itself stays."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.virtual_io_server")

    uuid: str
    parent: str | None = None

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid, request.parent)

    def _plan(self, world: World) -> ScsiPlan:
        bus = find_unshown(world, VirtualSCSIBus, self.uuid, self.parent)
        vios = world.get(VirtualIOServer, bus.parent or "")
        return planned_bus(world, vios, None, bus.server_adapter.vios_slot_num)


def _wish(requested: VirtualSCSIBus, slot: int) -> Bus:
    devices = [Device(item.backing_storage, item.target_dev) for item in requested.mappings]
    return Bus(slot, requested.client_lpar_href, requested.client_adapter, requested.server_adapter, devices)
