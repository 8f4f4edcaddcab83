"""Virtual SCSI mappings, as clients make and remove them by sending a Virtual I/O Server back."""

from __future__ import annotations

from decimal import Decimal

import pytest

from openlpar.messages import adapters as say
from openlpar.messages import general, network
from openlpar.messages import partition as say_partition
from openlpar.messages import storage as say_storage
from openlpar.ops.scsi.slots import used_slots
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSIServerAdapter, VirtualSCSIStorage
from openlpar.uom.volume_group import PhysicalVolume, VirtualOpticalMedia
from tests.ops.adapters.plant import (
    NOVALINK,
    VIOS1,
    VIOS2,
    VM1,
    VM2,
    VM3,
    StoragePlant,
    clone,
    fibre,
    fresh,
    storage,
)
from tests.ops.small_system import SYSTEM, digest


def test_a_new_mapping_is_completed(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    (mapping,) = plant.seen().scsi_mappings
    client, server = mapping.client_adapter, mapping.server_adapter
    assert mapping.client_lpar_href == f"ManagedSystem/{SYSTEM.uuid}/LogicalPartition/{VM1}"
    assert (client.side, client.lpar_id, client.lpar_slot_num) == ("Client", 4, 2)
    assert (client.vios_id, client.vios_slot_num) == (2, 2)
    assert (client.loc_code, client.server_loc_code) == ("U8247.21L.212E3CA-V4-C2", "U8247.21L.212E3CA-V2-C2")
    assert not client.has("use_next_slot")
    assert (server.name, server.udid) == ("vhost0", "1eU8247.21L.212E3CA-V2-C2")
    assert (server.lpar_id, server.lpar_slot_num, server.backing_dev_name) == (4, 2, "vdisk1")
    assert mapping.backing_storage.virtual_disk.capacity == Decimal(10)
    target = mapping.target_dev.virtual_disk
    assert (target.name, target.lua) == ("vtscsi0", "0x8100000000000000")
    assert target.udid.startswith("09")
    assert len(target.udid) == 18


@pytest.mark.parametrize(
    ("name", "kind", "device", "prefix"),
    [
        ("vdisk2", "virtual_disk", "vtscsi0", "09"),
        ("hdisk3", "physical_volume", "vtscsi0", "08"),
        ("lu1", "logical_unit", "vtscsi0", "0a"),
        ("a.iso", "optical_media", "vtopt0", "19"),
    ],
)
def test_each_kind_of_storage(plant: StoragePlant, name: str, kind: str, device: str, prefix: str) -> None:
    plant.add(fresh(name))
    (mapping,) = plant.scsi()
    assert mapping.backing_storage.has(kind)
    assert not mapping.backing_storage.get(kind).uuid
    target = target_of(mapping.target_dev)
    assert target.name == device
    assert target.udid.startswith(prefix)
    assert mapping.target_dev.has(kind)
    assert mapping.server_adapter.backing_dev_name == name


def test_a_clone_shares_the_bus(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    plant.add(clone(plant.scsi()[0], "hdisk3"), clone(plant.scsi()[0], "a.iso"))
    mappings = plant.scsi()
    assert {mapping.server_adapter.name for mapping in mappings} == {"vhost0"}
    addresses = [target_of(mapping.target_dev).lua for mapping in mappings]
    assert addresses == ["0x8100000000000000", "0x8200000000000000", "0x8300000000000000"]
    assert [mapping.server_adapter.backing_dev_name for mapping in mappings] == ["vdisk1", "hdisk3", "a.iso"]
    assert used_slots(plant.state, VM1) == {2}


def test_new_mappings_get_buses_of_their_own(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("vdisk2"))
    assert [mapping.server_adapter.name for mapping in plant.scsi()] == ["vhost0", "vhost1"]
    assert used_slots(plant.state, VM1) == {2, 3}
    plant.add(fresh("vdisk1"), vios=VIOS2)
    assert used_slots(plant.state, VM1) == {2, 3, 4}


def test_a_wanted_client_slot_is_shared_within_one_server(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1", slot=7), fresh("vdisk2", slot=7))
    plant.add(fresh("vdisk3", slot=7))
    assert {mapping.server_adapter.vios_slot_num for mapping in plant.scsi()} == {2}
    wish = [*plant.scsi(VIOS2), fresh("vdisk1", slot=7)]
    plant.refuses(plant.post_scsi(wish, VIOS2), network.SLOT_TAKEN, "vm1", "7")


def test_a_clone_with_another_client_slot_is_a_new_bus(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    plant.add(clone(plant.scsi()[0], "vdisk2", slot=9))
    assert [m.client_adapter.lpar_slot_num for m in plant.scsi()] == [2, 9]
    assert [m.server_adapter.vios_slot_num for m in plant.scsi()] == [2, 3]


def test_slots_are_one_space(plant: StoragePlant) -> None:
    plant.put(
        ClientNetworkAdapter(uuid="n1", parent=VM1, slot=2), ClientNetworkAdapter(uuid="n2", parent=VIOS1, slot=3)
    )
    plant.add(fibre("fcs0"))
    plant.add(fresh("vdisk1"))
    (mapping,) = plant.scsi()
    assert (mapping.client_adapter.lpar_slot_num, mapping.server_adapter.vios_slot_num) == (4, 4)
    assert plant.vfc()[0].client_adapter.lpar_slot_num == 3
    high = fresh("vdisk2")
    plant.put(ClientNetworkAdapter(uuid="n3", parent=VM1, slot=10))
    plant.add(high.evolve(client_adapter=high.client_adapter.evolve(use_next_slot=None, use_next_high_slot=True)))
    assert plant.scsi()[1].client_adapter.lpar_slot_num == 11


def test_slots_run_out(plant: StoragePlant) -> None:
    plant.put(*(ClientNetworkAdapter(uuid=f"n{slot}", parent=VM1, slot=slot) for slot in range(2, 20)))
    plant.refuses(plant.post_scsi([fresh("vdisk1")]), network.NO_FREE_SLOT, "vm1", "19")
    plant.refuses(plant.post_scsi([fresh("vdisk1", slot=20)]), network.SLOT_BOUNDS, "vm1", "20")
    plant.refuses(plant.post_scsi([fresh("vdisk1", slot=1)]), network.SLOT_BOUNDS)
    plant.refuses(plant.post_scsi([fresh("vdisk1", slot=5)]), network.SLOT_TAKEN, "5")


def test_what_was_read_can_be_sent_back(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("hdisk3", VM3), fresh("", VM3))
    plant.add(clone(plant.scsi()[0], "a.iso"))
    version = plant.state.version
    plant.same_after(plant.post_scsi(plant.scsi()))
    assert plant.state.version == version
    plant.same_after(plant.post_scsi(reversed(plant.scsi())))
    # Fields that a client may lose: all but the bus and the name of what is lent.
    thin = [
        mapping.evolve(
            server_adapter=VirtualSCSIServerAdapter(udid=mapping.server_adapter.udid),
            target_dev=None,
            backing_storage=storage(name_of(mapping.backing_storage)) if name_of(mapping.backing_storage) else None,
        )
        for mapping in plant.scsi()
    ]
    plant.same_after(plant.post_scsi(thin))


def test_removing_mappings(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    plant.add(clone(plant.scsi()[0], "vdisk2"))
    empty = digest(plant.engine)
    first, second = plant.scsi()
    plant.do(plant.post_scsi([second]))
    assert [mapping.server_adapter.name for mapping in plant.scsi()] == ["vhost0"]
    plant.do(plant.post_scsi([]))
    assert plant.scsi() == []
    assert plant.vios.devices == {}
    assert used_slots(plant.state, VM1) == set()
    assert digest(plant.engine) != empty
    assert first.uuid != second.uuid


def test_detaching_keeps_the_bus(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    plant.add(clone(plant.scsi()[0], "a.iso"))
    one, two = plant.scsi()
    plant.do(plant.post_scsi([clone(one, ""), clone(two, "")]))
    (left,) = plant.scsi()
    assert not left.has("backing_storage")
    assert not left.has("target_dev")
    assert not left.server_adapter.has("backing_dev_name")
    assert left.server_adapter.name == "vhost0"
    plant.same_after(plant.post_scsi([left, clone(left, "")]))
    plant.do(plant.post_scsi([left, clone(left, "vdisk2")]))
    (again,) = plant.scsi()
    assert (again.uuid, again.storage_udid) == (left.uuid, "030012e3ca1.1")
    assert again.server_adapter.name == "vhost0"


def test_another_medium_in_the_drive(plant: StoragePlant) -> None:
    plant.add(fresh("a.iso"))
    (before,) = plant.scsi()
    plant.do(plant.post_scsi([before.evolve(backing_storage=storage("b.iso"))]))
    (after,) = plant.scsi()
    assert after.target_dev == before.target_dev
    assert after.server_adapter.backing_dev_name == name_of(after.backing_storage) == "b.iso"
    plant.do(plant.post_scsi([after.evolve(backing_storage=None)]))
    (unloaded,) = plant.scsi()
    assert unloaded.target_dev == before.target_dev
    assert not unloaded.has("backing_storage")
    plant.same_after(plant.post_scsi([unloaded]))
    plant.do(plant.post_scsi([unloaded.evolve(backing_storage=storage("a.iso"))]))
    assert name_of(plant.scsi()[0].backing_storage) == "a.iso"


def test_two_drives_exchange_their_media(plant: StoragePlant) -> None:
    plant.add(fresh("a.iso"), fresh("b.iso"))
    one, two = plant.scsi()
    swapped = [one.evolve(backing_storage=storage("b.iso")), two.evolve(backing_storage=storage("a.iso"))]
    plant.do(plant.post_scsi(swapped))
    assert [name_of(mapping.backing_storage) for mapping in plant.scsi()] == ["b.iso", "a.iso"]


def test_a_disk_moves_to_another_client_in_one_request(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"))
    plant.do(plant.post_scsi([fresh("vdisk1", VM3)]))
    (mapping,) = plant.scsi()
    assert mapping.client_adapter.lpar_id == 6
    assert mapping.server_adapter.vios_slot_num == 2


def test_addresses_and_names_of_devices(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1", lua="0x8300000000000000", target="boot_vm1"))
    (mapping,) = plant.scsi()
    assert (target_of(mapping.target_dev).lua, target_of(mapping.target_dev).name) == ("0x8300000000000000", "boot_vm1")
    wish = fresh("vdisk2", lua="0x8300000000000000")
    same_bus = clone(mapping, "vdisk2").evolve(target_dev=wish.target_dev)
    plant.refuses(plant.post_scsi([mapping, same_bus]), say.ADDRESS_TAKEN, "boot_vm1", "0x8300000000000000")
    plant.refuses(plant.post_scsi([mapping, fresh("vdisk2", target="boot_vm1")]), general.NAME_TAKEN, "boot_vm1")
    plant.refuses(plant.post_scsi([mapping, fresh("vdisk2", lua="0x81")]), general.BAD_VALUE, "LogicalUnitAddress")
    plant.refuses(plant.post_scsi([mapping, fresh("vdisk2", target="a b")]), general.BAD_VALUE, "TargetName")
    target = mapping.target_dev.virtual_disk.evolve(lua="0x9000000000000000", name="root_vm1")
    plant.do(plant.post_scsi([mapping.evolve(target_dev=mapping.target_dev.evolve(virtual_disk=target))]))
    changed = target_of(plant.scsi()[0].target_dev)
    assert (changed.lua, changed.name) == ("0x9000000000000000", "root_vm1")
    plant.add(clone(plant.scsi()[0], "vdisk2"))
    assert target_of(plant.scsi()[0].target_dev).lua == "0x8100000000000000"


def test_limits_of_a_device_belong_to_the_mapping(plant: StoragePlant) -> None:
    plant.add(fresh("hdisk3"))
    (mapping,) = plant.scsi()
    limited = mapping.backing_storage.physical_volume.evolve(read_iops_limit=500, device_tag="db")
    plant.do(plant.post_scsi([mapping.evolve(backing_storage=VirtualSCSIStorage(physical_volume=limited))]))
    volume = plant.scsi()[0].backing_storage.physical_volume
    assert (volume.read_iops_limit, volume.device_tag, volume.capacity) == (500, "db", 51200)


def test_a_bus_is_full(plant: StoragePlant) -> None:
    plant.add(fresh("lu0"))
    bus = plant.scsi()[0]
    plant.add(*(clone(bus, f"lu{number}") for number in range(1, 32)))
    assert len({target_of(mapping.target_dev).lua for mapping in plant.scsi()}) == 32
    plant.refuses(plant.post_scsi([*plant.scsi(), clone(bus, "lu32")]), say.BUS_FULL, "vhost0", "32")
    plant.add(fresh("lu32"))
    assert plant.scsi()[-1].server_adapter.name == "vhost1"


def test_storage_that_is_not_there(plant: StoragePlant) -> None:
    for name in ("vdisk9", "lu99", "z.iso"):
        plant.refuses(plant.post_scsi([fresh(name)]), say.NO_STORAGE, name, "vios1")
    plant.refuses(plant.post_scsi([fresh("hdisk9")]), say.NO_STORAGE, "hdisk9")
    plant.refuses(plant.post_scsi([fresh("hdisk1")]), say_storage.VOLUME_TAKEN, "volume group datavg")
    plant.refuses(plant.post_scsi([fresh("hdisk5")]), say_storage.VOLUME_TAKEN, "shared storage pool pool1")
    volume = next(volume for volume in plant.state.all(PhysicalVolume, VIOS1) if volume.name == "hdisk4")
    plant.put(volume.evolve(avail_for_use=False))
    plant.refuses(plant.post_scsi([fresh("hdisk4")]), say_storage.VOLUME_TAKEN, "unavailable")


def test_what_can_be_lent_twice(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("hdisk3"), fresh("lu1"), fresh("a.iso"), fresh("ro.iso"))
    for name in ("vdisk1", "a.iso"):
        wish = [*plant.scsi(), fresh(name, VM3)]
        plant.refuses(plant.post_scsi(wish), say.STORAGE_TAKEN, name, "partition vm1 (vhost")
    for name in ("hdisk3", "lu1", "ro.iso"):
        wish = [*plant.scsi(), fresh(name)]
        plant.refuses(plant.post_scsi(wish), say.STORAGE_TAKEN, name, "has it already")
    plant.add(fresh("hdisk3", VM3), fresh("lu1", VM3), fresh("ro.iso", VM3))
    plant.add(fresh("hdisk3"), fresh("lu1"), fresh("a.iso"), vios=VIOS2)
    plant.refuses(plant.post_scsi([*plant.scsi(), fresh("vdisk2"), fresh("vdisk2", VM3)]), say.STORAGE_TAKEN, "vdisk2")


def test_clients_that_cannot_be(plant: StoragePlant) -> None:
    ghost = "0BADBAD0-0000-4000-8000-000000000000"
    plant.refuses(plant.post_scsi([fresh("vdisk1", ghost)]), say.NO_CLIENT, ghost)
    itself = fresh("vdisk1").evolve(client_lpar_href=f"VirtualIOServer/{VIOS1}")
    plant.refuses(plant.post_scsi([itself]), general.BAD_VALUE, "vios1", "itself")
    plant.refuses(plant.post_scsi([fresh("vdisk1").evolve(client_lpar_href=None)]), general.MISSING_VALUE)
    plant.add(fresh("vdisk1"))
    stolen = clone(plant.scsi()[0], "vdisk2").evolve(client_lpar_href=f"LogicalPartition/{VM3}")
    plant.refuses(plant.post_scsi([stolen]), say.OTHER_CLIENT, "vm1", "vm3")


def test_servers_and_the_management_partition_as_clients(plant: StoragePlant) -> None:
    wish = fresh("vdisk1").evolve(client_lpar_href=f"VirtualIOServer/{VIOS2}")
    plant.add(wish, fresh("vdisk2", NOVALINK))
    assert used_slots(plant.state, VIOS2) == {2}
    assert used_slots(plant.state, NOVALINK) == {2}
    assert plant.scsi()[0].client_lpar_href.endswith(f"VirtualIOServer/{VIOS2}")


def test_an_adapter_that_is_open_to_any_client(plant: StoragePlant) -> None:
    wish = VirtualSCSIMapping(
        server_adapter=VirtualSCSIServerAdapter(side="Server", use_next_slot=True, lpar_id=65535, lpar_slot_num=65535)
    )
    plant.add(wish)
    (mapping,) = plant.scsi()
    assert (mapping.server_adapter.lpar_id, mapping.server_adapter.lpar_slot_num) == (65535, 65535)
    assert not mapping.has("client_adapter")
    plant.same_after(plant.post_scsi(plant.scsi()))
    plant.add(fresh("vdisk1"))
    plant.do(plant.post_scsi([plant.scsi()[1]]))
    assert len(plant.scsi()) == 1


def test_an_orphan_can_be_scrubbed(plant: StoragePlant) -> None:
    orphan = VirtualSCSIMapping(
        uuid="0rphan",
        parent=VIOS1,
        server_adapter=VirtualSCSIServerAdapter(name="vhost4", vios_slot_num=5, lpar_id=27, lpar_slot_num=2),
    )
    plant.put(orphan)
    plant.vios.devices[orphan.uuid] = (5, "")
    plant.same_after(plant.post_scsi([orphan]))
    plant.do(plant.post_scsi([]))
    assert plant.scsi() == []


def test_running_clients(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1", VM3))
    plant.refuses(plant.post_scsi([*plant.scsi(), fresh("vdisk2", VM2)]), say_partition.DLPAR_NO_RMC, "vm2")
    vm3 = plant.state.get(LogicalPartition, VM3)
    plant.put(vm3.evolve(rmc_state="inactive"))
    plant.refuses(plant.post_scsi([]), say_partition.DLPAR_NO_RMC, "vm3")
    # On a bus that is there already, no help of the operating system is needed.
    plant.add(clone(plant.scsi()[0], "vdisk2"))
    plant.do(plant.post_scsi([plant.scsi()[0]]))
    plant.put(vm3.evolve(capabilities=vm3.capabilities.evolve(io_dlpar=False)))
    plant.refuses(plant.post_scsi([]), say_partition.DLPAR_NOT_CAPABLE, "vm3")
    plant.put(vm3.evolve(state="open firmware"))
    plant.refuses(plant.post_scsi([]), say_partition.BAD_STATE, "open firmware")
    plant.put(vm3)
    plant.do(plant.post_scsi([]))


@pytest.mark.parametrize("condition", [{"state": "not activated"}, {"rmc_state": "inactive"}])
def test_a_server_that_cannot_serve(plant: StoragePlant, condition: dict[str, str]) -> None:
    plant.add(fresh("vdisk1"))
    plant.put(plant.state.get(VirtualIOServer, VIOS1).evolve(**condition))
    plant.refuses(plant.post_scsi([]), say_storage.NOT_SERVING, "vios1")
    plant.same_after(plant.post_scsi(plant.scsi()))


def test_the_client_shows_its_adapters(plant: StoragePlant) -> None:
    before = plant.state.stamp(VM1)
    plant.add(fresh("vdisk1"), fresh("vdisk2"), fibre("fcs0"))
    plant.add(clone(plant.scsi()[0], "vdisk3"))
    assert plant.state.stamp(VM1) > before
    seen = plant.client()
    assert len(seen.scsi_client_adapters) == 2
    assert len(seen.vfc_client_adapters) == 1
    assert seen.scsi_client_adapters[0].startswith(f"LogicalPartition/{VM1}/VirtualSCSIClientAdapter/")


def test_every_step_is_taken_back(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("a.iso"), fresh("vdisk3", VM3))
    one, two, _ = plant.scsi()
    wish = [one, two.evolve(backing_storage=storage("b.iso")), clone(one, "lu1"), fresh("hdisk3")]
    plant.breaks(lambda: plant.post_scsi(wish), 4)


def test_every_step_that_fails_is_taken_back(plant: StoragePlant) -> None:
    plant.add(fresh("vdisk1"), fresh("vdisk3", VM3))
    one, _ = plant.scsi()
    plant.unwinds(lambda: plant.post_scsi([one, clone(one, "lu1"), fresh("hdisk3")]))


def test_media_are_known_by_name_on_each_server(plant: StoragePlant) -> None:
    plant.add(fresh("a.iso"))
    plant.add(fresh("a.iso", VM3), vios=VIOS2)
    wish = VirtualSCSIStorage(optical_media=VirtualOpticalMedia(udid="0eb.iso"))
    plant.add(fresh("").evolve(backing_storage=wish))
    assert name_of(plant.scsi()[1].backing_storage) == "b.iso"


def test_logical_units_of_another_cluster_are_not_there(plant: StoragePlant) -> None:
    from openlpar.uom.cluster import Cluster

    cluster = plant.state.get(Cluster, "c1")
    plant.put(cluster.evolve(nodes=cluster.nodes[:1]))
    plant.refuses(plant.post_scsi([fresh("lu1")], VIOS2), say.NO_STORAGE, "lu1", "vios2")
    plant.add(fresh("lu1"))


def test_encryption_is_refused(plant: StoragePlant) -> None:
    from openlpar.uom.volume_group import EncryptionAgent, LUKSEncryptor

    volume = PhysicalVolume(name="hdisk3", encryption_agent=EncryptionAgent(luks=LUKSEncryptor(cipher="aes")))
    wish = fresh("hdisk3").evolve(backing_storage=VirtualSCSIStorage(physical_volume=volume))
    plant.refuses(plant.post_scsi([wish]), general.UNSUPPORTED, "hdisk3")
