"""Systems of any size from one seed."""

from collections import Counter
from decimal import Decimal

import pytest

from openlpar.ops.lpar.configuration import check_configuration
from openlpar.ops.network.reachability import Reachability
from openlpar.ops.views import shown
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.wire import inventory
from tests.effort import calls
from tests.inventory.worlds import built, of, one, state


def generated(settings: str, more: str = "", seed: int = 1) -> list[Element]:
    return built(f"openlpar: 1\ngenerate: {{{settings}}}\n{more}", seed=seed)


def test_counts() -> None:
    objects = generated("partitions: 40, vioses: 3, running: 0.5, seed: 3")
    counts = Counter(type(obj).__name__ for obj in objects)
    assert counts["LogicalPartition"] == counts["VirtualSCSIMapping"] == 40
    assert counts["ClientNetworkAdapter"] == 42, "two of them are the trunks of the bridge"
    assert counts["LogicalUnit"] == 40 and counts["VirtualIOServer"] == 3 and counts["ManagedSystem"] == 1
    states = Counter(partition.state for partition in of(objects, LogicalPartition))
    assert set(states) == {"running", "not activated"} and 8 < states["running"] < 32
    assert [vios.id for vios in of(objects, VirtualIOServer)] == [1, 2, 3]
    assert [partition.id for partition in of(objects, LogicalPartition)] == list(range(4, 44))
    assert of(objects, LogicalPartition)[0].name == "vm01"


def test_a_bridge_over_two_servers_and_cards_to_divide() -> None:
    objects = generated("partitions: 2, vioses: 2, running: 1")
    world = state(objects)
    bridge = shown(world, one(objects, NetworkBridge))
    assert (bridge.pvid, bridge.failover, [sea.is_primary for sea in bridge.seas]) == (1, True, [True, False])
    assert [sea.backing_device.ethernet_device.dev_name for sea in bridge.seas] == ["ent0", "ent0"]
    assert len(list(one(objects, ManagedSystem).asio_config.sriov_adapters)) == 2
    first, second = of(objects, LogicalPartition)
    assert Reachability(world).between(first, second).ways
    assert len(generated("partitions: 0, vioses: 1")) and not of(generated("partitions: 0, vioses: 0"), NetworkBridge)


def test_servers_have_a_system_of_their_own_and_the_pool_has_room() -> None:
    objects = generated("partitions: 0")
    servers = {vios.uuid for vios in of(objects, VirtualIOServer)}
    groups = of(objects, VolumeGroup)
    assert {group.parent for group in groups} == servers
    assert [(group.name, [disk.name for disk in group.phys_vols]) for group in groups] == [("rootvg", ["hdisk0"])] * 2
    disks = of(objects, PhysicalVolume)
    assert len({disk.udid for disk in disks if disk.name == "hdisk0"}) == 2, "each is the server's own"
    assert one(objects, SharedStoragePool).capacity == 500


def test_bare_partitions() -> None:
    objects = generated("partitions: 5, vioses: 0, adapters: 0, disks: 0, running: 1, name: node")
    assert {type(obj).__name__ for obj in objects} == {
        "ManagedSystem",
        "ManagementConsole",
        "SharedProcessorPool",
        "VirtualSwitch",
        "LogicalPartition",
    }
    assert [partition.name for partition in of(objects, LogicalPartition)] == [f"node{n}" for n in range(1, 6)]


def test_what_the_file_describes_is_kept() -> None:
    more = "ManagedSystem: [{system_name: mine}]\nLogicalPartition: [{name: own, id: 2}]\n"
    objects = generated("partitions: 3, vioses: 1", more)
    assert one(objects, ManagedSystem).system_name == "mine"
    partitions = {p.name: p.id for p in (*of(objects, VirtualIOServer), *of(objects, LogicalPartition))}
    assert partitions == {"vios1": 1, "own": 2, "vm1": 3, "vm2": 4, "vm3": 5}


def test_partitions_fit_the_server_and_every_bound() -> None:
    objects = generated("partitions: 300")
    world = state(objects)
    system = one(objects, ManagedSystem)
    for partition in of(objects, LogicalPartition):
        check_configuration(world.all(SharedProcessorPool), system, partition)
    from openlpar.ops.capacity import free_memory_mb, free_processors

    assert free_memory_mb(world, system) > 0
    assert free_processors(world, system) > 0
    pool = one(objects, SharedStoragePool)
    assert pool.total_lu_size == Decimal(20 * 300) <= pool.capacity


def test_same_block_same_objects() -> None:
    first = generated("partitions: 20, seed: 5")
    assert _partitions(first) == _partitions(generated("partitions: 20, seed: 5"))
    assert _partitions(first) != _partitions(generated("partitions: 20, seed: 6"))


def _partitions(objects: list[Element]) -> list[tuple[str, str]]:
    kinds = (LogicalPartition, ClientNetworkAdapter, LogicalUnit, VirtualSCSIMapping)
    return [
        (obj.uuid, repr(obj.get("name") if "name" in obj.by_name else "")) for obj in objects if isinstance(obj, kinds)
    ]


def test_several_systems_differ() -> None:
    systems = [generated(f"systems: 3, number: {number}, partitions: 2") for number in (1, 2, 3)]
    assert [one(objects, ManagedSystem).system_name for objects in systems] == ["system1", "system2", "system3"]
    uuids = [partition.uuid for objects in systems for partition in of(objects, LogicalPartition)]
    assert len(set(uuids)) == 6
    assert len({one(objects, ManagedSystem).mtms.serial for objects in systems}) == 3


@pytest.mark.parametrize("dump", [inventory.dump, inventory.dump_json])
def test_dump_is_the_identity(dump: object) -> None:
    assert callable(dump)
    text = dump(generated("partitions: 30"))
    assert dump(built(text)) == text


def test_what_partitions_take_to_generate_grows_with_their_number() -> None:
    made: list[Element] = []
    assert calls(lambda: made.extend(generated("partitions: 4000"))) < 300 * 4_000
    assert len(of(made, LogicalPartition)) == 4_000
