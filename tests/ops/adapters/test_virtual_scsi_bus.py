"""Virtual SCSI buses: the bus-centred view of the mappings."""

from __future__ import annotations

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.ops.core import ResourceOperation, ResourceRequest
from openlpar.ops.scsi.storage import name_of
from openlpar.ops.views import shown_all
from openlpar.uom.virtual_scsi import VirtualSCSIBus, VirtualSCSIStorageAndTargetDevice
from tests.ops.adapters.plant import VIOS1, VIOS2, VM3, StoragePlant, clone, fresh, storage


def buses(plant: StoragePlant, vios: str | None = VIOS1) -> list[VirtualSCSIBus]:
    return list(shown_all(plant.state, VirtualSCSIBus, vios))


def names(bus: VirtualSCSIBus) -> list[str]:
    return [name_of(item.backing_storage) for item in bus.mappings]


def operation(verb: str, bus: VirtualSCSIBus, parent: str | None = VIOS1) -> ResourceOperation:
    wish = ResourceRequest(kind=VirtualSCSIBus, uuid=bus.uuid, parent=parent, element=None if verb == "delete" else bus)
    return ResourceOperation.by_resource[(verb, VirtualSCSIBus)].from_request(wish)


def lent(name: str) -> VirtualSCSIStorageAndTargetDevice:
    return VirtualSCSIStorageAndTargetDevice(backing_storage=storage(name))


def new_bus(*items: str) -> VirtualSCSIBus:
    wish = fresh("", VM3)
    return VirtualSCSIBus(
        client_lpar_href=wish.client_lpar_href,
        client_adapter=wish.client_adapter,
        server_adapter=wish.server_adapter,
        mappings=tuple(lent(name) for name in items) or None,
    )


def test_the_mappings_by_adapter(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("lu1", VM3), fresh("", VM3))
    plant.add(clone(plant.scsi()[0], "a.iso"))
    plant.add(fresh("vdisk1"), vios=VIOS2)
    one, two, three = buses(plant)
    assert (names(one), names(two), names(three)) == (["vdisk1", "a.iso"], ["lu1"], [])
    assert one.server_adapter.backing_dev_name == "a.iso"
    assert (one.parent, two.client_adapter.lpar_id) == (VIOS1, 6)
    assert len(buses(plant, None)) == 4
    assert one.uuid == buses(plant)[0].uuid


def test_a_bus_is_made_changed_and_deleted(plant: StoragePlant) -> None:
    make = operation("create", new_bus("vdisk1", "lu1"))
    plant.engine.perform(make)
    (bus,) = buses(plant)
    assert make.subject == (VirtualSCSIBus, bus.uuid)
    assert names(bus) == ["vdisk1", "lu1"]
    plant.same_after(operation("update", bus))
    plant.same_after(operation("update", bus.evolve(mappings=None)))
    plant.do(operation("update", bus.evolve(mappings=(bus.mappings[1], lent("hdisk3"))), None))
    assert names(buses(plant)[0]) == ["lu1", "hdisk3"]
    plant.do(operation("update", bus.evolve(mappings=())))
    (bare,) = buses(plant)
    assert (bare.uuid, bare.mappings, bare.server_adapter.name) == (bus.uuid, (), "vhost0")
    plant.do(operation("delete", bare))
    assert buses(plant) == []
    assert plant.vios.devices == {}


def test_an_empty_bus(plant: StoragePlant) -> None:
    plant.do(operation("create", new_bus()))
    (bus,) = buses(plant)
    assert bus.mappings == ()
    assert bus.server_adapter.name == "vhost0"


def test_other_buses_are_left_alone(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("vdisk2"))
    plant.do(operation("delete", buses(plant)[0]))
    assert [names(bus) for bus in buses(plant)] == [["vdisk2"]]


def test_what_is_refused(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    (bus,) = buses(plant)
    plant.refuses(operation("update", bus.evolve(mappings=(lent("vdisk9"),))), say.NO_STORAGE, "vdisk9")
    plant.refuses(operation("delete", bus.evolve(uuid="gone")), general.NOT_FOUND, "gone")
    plant.refuses(operation("create", new_bus("vdisk1")), say.STORAGE_TAKEN)
    plant.refuses(operation("create", new_bus("vdisk2"), None), general.UNSUPPORTED)


def test_every_step_is_taken_back(plant: StoragePlant) -> None:
    plant.breaks(lambda: operation("create", new_bus("vdisk1", "lu1")), 2)
    plant.unwinds(lambda: operation("create", new_bus("vdisk2")))
    bus = buses(plant)[0]
    plant.unwinds(lambda: operation("update", bus.evolve(mappings=(bus.mappings[1], lent("hdisk3")))))
    bus = buses(plant)[0]
    plant.breaks(lambda: operation("delete", bus), 2)
