"""Physical I/O slots: who has which, and what may be moved."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from openlpar.messages import Failure, general
from openlpar.messages import partition as say_partition
from openlpar.messages import system as say
from openlpar.ops.io_slot.assignment import assign_slots, check_slots, owned_slots
from openlpar.ops.lpar.create import CreatePartition
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import BackingDeviceChoice, SharedEthernetAdapter
from openlpar.uom.partition import BasePartition, PartitionIOConfiguration
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIStorage
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from tests.ops.network.plant import FIBRE, NOVALINK, PARENT, SAS, SLOTS, USB, VIOS1, VM1, VM2, Plant, entry
from tests.ops.small_system import digest, wished


def having(plant: Plant, uuid: str, *indexes: int, **fields: Any) -> UpdatePartition:
    """The partition sent back with these slots."""
    stored = plant.state.get(LogicalPartition, uuid)
    slots = tuple(entry(index, **fields) for index in indexes)
    return UpdatePartition(uuid, stored.evolve(io_config=stored.io_config.evolve(io_slots=slots)))


def give(plant: Plant, uuid: str, *entries: ProfileIOSlot) -> BasePartition:
    """As a Virtual I/O Server's update does it, after the same check."""
    partition = plant.state.find(VirtualIOServer, uuid) or plant.state.get(LogicalPartition, uuid)
    check_slots(plant.state, partition, entries)
    with plant.engine.alter() as change:
        assign_slots(change, uuid, entries)
    return plant.state.find(VirtualIOServer, uuid) or plant.state.get(LogicalPartition, uuid)


def owners(plant: Plant) -> dict[int, str]:
    system = plant.state.get(ManagedSystem, PARENT)
    return {slot.drc_index: slot.part_name for slot in owned_slots(plant.state, system)}


def test_a_slot_is_attached_and_detached(plant: Plant) -> None:
    after = plant.do(having(plant, VM1, SAS))
    (mine,) = after.io_config.io_slots
    assert mine.slot.drc_name == "U78CB.001.WZS06S2-P1-C14"
    assert mine.slot.description == mine.slot.related_io_adapter.io_adapter.description == "SAS RAID Controller"
    assert owners(plant) == {SAS: "vm1", FIBRE: "", USB: ""}
    plant.same_after(having(plant, VM1, SAS))
    plant.same_after(UpdatePartition(VM1, after.evolve(io_config=PartitionIOConfiguration(max_virtual_slots=20))))
    plant.do(having(plant, VM1, USB, FIBRE))
    assert owners(plant) == {SAS: "", FIBRE: "vm1", USB: "vm1"}
    assert plant.do(having(plant, VM1)).io_config.io_slots == ()


def test_the_name_of_a_slot_is_enough(plant: Plant) -> None:
    by_name = ProfileIOSlot(slot=AssociatedIOSlot(drc_name=SLOTS[0].drc_name))
    (mine,) = give(plant, VM1, by_name, by_name).io_config.io_slots
    assert mine.slot.drc_index == SAS
    give(plant, VM1, by_name)
    assert owners(plant)[SAS] == "vm1"


def test_a_slot_has_one_owner(plant: Plant) -> None:
    plant.do(having(plant, VM1, SAS))
    plant.refuses(having(plant, NOVALINK, SAS), say.SLOT_OWNED, "C14", "vm1", "novalink")
    plant.refuses(having(plant, VM1, SAS, 4711), say.UNKNOWN_SLOT, "0x1267")
    plant.refuses(having(plant, VM1, 0), general.MISSING_VALUE, "vm1")


def test_an_owner_outside_the_inventory_is_kept(plant: Plant) -> None:
    system = plant.state.get(ManagedSystem, PARENT)
    recorded = SLOTS[0].evolve(part_id=9, part_uuid="ELSEWHERE", part_name="lpar9")
    stale = SLOTS[1].evolve(part_id=4, part_uuid=VM1, part_name="vm1")
    plant.add(system.evolve(asio_config=system.asio_config.evolve(io_slots=(recorded, stale))))
    assert owners(plant) == {SAS: "lpar9", FIBRE: ""}
    plant.refuses(having(plant, VM1, SAS), say.SLOT_OWNED, "lpar9")


def test_a_running_partition_needs_rmc(plant: Plant) -> None:
    plant.refuses(having(plant, VM2, SAS), say_partition.DLPAR_NO_RMC, "vm2")
    plant.do(having(plant, NOVALINK, SAS))
    plant.do(having(plant, NOVALINK))


def test_a_required_slot_stays_while_the_partition_runs(plant: Plant) -> None:
    plant.do(having(plant, VM1, SAS, required=True))
    plant.add(plant.state.get(LogicalPartition, VM1).evolve(state="running", rmc_state="active"))
    plant.refuses(having(plant, VM1), say.SLOT_REQUIRED, "vm1", "running")
    relaxed = plant.do(having(plant, VM1, SAS, required=False))
    assert not relaxed.io_config.io_slots[0].required


def test_a_virtual_io_server_finds_ports_on_a_fibre_channel_card(plant: Plant) -> None:
    (card,) = give(plant, VIOS1, entry(FIBRE)).io_config.io_slots
    ports = card.slot.related_io_adapter.fc_adapter.fc_ports
    assert [port.name for port in ports] == ["fcs0", "fcs1"]
    assert [port.loc_code[-6:] for port in ports] == ["C11-T1", "C11-T2"]
    assert len({port.wwpn for port in ports}) == 2
    assert all(port.npiv_total_ports == 64 for port in ports)
    assert give(plant, VM1).io_config.io_slots == ()


def test_what_a_virtual_io_server_uses_stays(plant: Plant) -> None:
    give(plant, VIOS1, entry(FIBRE), entry(SAS))
    vios = plant.state.get(VirtualIOServer, VIOS1)
    port = vios.io_config.io_slots[0].slot.related_io_adapter.fc_adapter.fc_ports[0]
    mapping = VirtualFibreChannelMapping(uuid="m1", parent=VIOS1, backing_port=port)
    device = EthernetBackingDevice(dev_name="ent0", phys_loc_code=f"{SLOTS[0].drc_name}-T1")
    sea = SharedEthernetAdapter(dev_name="ent8", backing_device=BackingDeviceChoice(ethernet_device=device))
    plant.add(mapping, vios.evolve(seas=(sea,)))
    vios = plant.state.get(VirtualIOServer, VIOS1)
    for left, word in ((SAS, "fcs0"), (FIBRE, "ent8")):
        with pytest.raises(Failure, match=word) as caught:
            check_slots(plant.state, vios, (entry(left),))
        assert caught.value.message is say.SLOT_SERVES


@pytest.mark.parametrize("use", ["volume group", "mapping", "pool"])
def test_a_card_stays_whose_disks_a_running_server_uses(plant: Plant, use: str) -> None:
    give(plant, VIOS1, entry(SAS), entry(FIBRE))
    place = f"{SLOTS[0].drc_name}-R1-L0-L0"
    disk = PhysicalVolume(uuid="d0", parent=VIOS1, name="hdisk0", udid="01disk", loc_code=place)
    elsewhere = disk.evolve(uuid="d1", name="hdisk1", udid="01other", loc_code=f"{SLOTS[1].drc_name}4-T1-W5")
    plant.add(disk, elsewhere)
    vios = plant.state.get(VirtualIOServer, VIOS1)
    check_slots(plant.state, vios, (entry(FIBRE),))
    bare = disk.evolve(uuid="", parent=None)
    plant.add(
        {
            "volume group": VolumeGroup(uuid="g0", parent=VIOS1, name="datavg", phys_vols=(bare,)),
            "mapping": VirtualSCSIMapping(
                uuid="m0",
                parent=VIOS1,
                client_lpar_href=f"LogicalPartition/{VM1}",
                backing_storage=VirtualSCSIStorage(physical_volume=bare),
            ),
            "pool": SharedStoragePool(uuid="p0", name="pool1", physical_volumes=(bare,)),
        }[use]
    )
    words = {"volume group": "volume group datavg", "mapping": "partition vm1", "pool": "shared storage pool pool1"}
    with pytest.raises(Failure, match=f"disk hdisk0 .*{words[use]}") as caught:
        check_slots(plant.state, vios, (entry(FIBRE),))
    assert caught.value.message is say.SLOT_SERVES
    check_slots(plant.state, vios, (entry(SAS),))
    check_slots(plant.state, vios.evolve(state="not activated"), (entry(FIBRE),))


def test_a_partition_is_created_with_slots(plant: Plant) -> None:
    def create(*indexes: int) -> CreatePartition:
        slots = tuple(entry(index) for index in indexes)
        return CreatePartition(wished("new", io_config=PartitionIOConfiguration(max_virtual_slots=30, io_slots=slots)))

    plant.do(having(plant, VM1, USB))
    plant.refuses(create(USB), say.SLOT_OWNED, "vm1", "new")
    plant.refuses(create(1), say.UNKNOWN_SLOT)
    plant.unwinds(lambda: create(SAS, FIBRE))
    made = next(plant.state.where(LogicalPartition, name="new"))
    assert [mine.slot.description for mine in made.io_config.io_slots] == [SLOTS[0].description, SLOTS[1].description]
    assert made.io_config.max_virtual_slots == 30
    assert owners(plant)[SAS] == "new"


def test_every_step_unwinds(plant: Plant) -> None:
    plant.unwinds(lambda: having(plant, VM1, SAS, USB))
    plant.unwinds(lambda: having(plant, VM1, USB))


_INDEXES = st.sampled_from((SAS, FIBRE, USB, 77))


@settings(max_examples=30, deadline=None)
@given(moves=st.lists(st.tuples(st.sampled_from((VM1, NOVALINK, VM2)), st.lists(_INDEXES, max_size=4)), max_size=12))
def test_each_slot_has_at_most_one_owner(
    tmp_path_factory: pytest.TempPathFactory, moves: list[tuple[str, list[int]]]
) -> None:
    plant = Plant(tmp_path_factory.mktemp("plant"))
    expected: dict[int, str] = {}
    names = {VM1: "vm1", NOVALINK: "novalink", VM2: "vm2"}
    for uuid, indexes in moves:
        name, wanted = names[uuid], set(indexes)
        mine = {index for index, owner in expected.items() if owner == name}
        free = wanted - mine
        refused = 77 in wanted or any(expected.get(index, name) != name for index in free)
        refused = refused or (uuid == VM2 and wanted != mine)
        before = digest(plant.engine)
        try:
            plant.do(having(plant, uuid, *indexes))
        except Failure:
            assert refused
            assert digest(plant.engine) == before
        else:
            assert not refused
            expected = {index: owner for index, owner in expected.items() if owner != name}
            expected |= dict.fromkeys(wanted, name)
        assert {index: owner for index, owner in owners(plant).items() if owner} == expected
