"""The default system is the server of the NovaLink tutorial."""

import uuid
from decimal import Decimal

import pytest

from openlpar import ops
from openlpar.ops.capacity import free_memory_mb, free_processors
from openlpar.ops.lpar.configuration import check_configuration
from openlpar.ops.views import shown_all
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.cluster import Cluster
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.wire import inventory
from tests.inventory.worlds import built, gannet, of, one, state

OBJECTS = gannet()
ops.load()


def test_the_server() -> None:
    system = one(OBJECTS, ManagedSystem)
    mtms = system.mtms
    assert (system.system_name, mtms.machine_type, mtms.model, mtms.serial) == ("gannet", "8247", "21L", "212E3CA")
    assert (system.memory_config.memory_total, system.memory_config.memory_region_size) == (262_144, 256)
    assert (system.proc_config.proc_units, system.max_partitions) == (Decimal(20), 400)
    assert system.session_is_master
    assert OBJECTS[0] is system, "parents come first"


def test_novalink_as_in_profile_bak() -> None:
    novalink = one(OBJECTS, LogicalPartition, id=1)
    assert novalink.name == "novalink_212E3CA"
    memory, shared = novalink.mem_config, novalink.proc_config.shared_proc_cfg
    assert (memory.min, memory.desired, memory.max, memory.hpt_ratio) == (2048, 2560, 16384, 6)
    assert (shared.min_virtual, shared.desired_virtual, shared.max_virtual) == (1, 2, 10)
    assert (shared.min_units, shared.desired_units, shared.max_units) == (Decimal("0.05"), Decimal("0.5"), Decimal(10))
    assert (shared.uncapped_weight, shared.pool_id, novalink.proc_config.sharing_mode) == (128, 0, "uncapped")
    assert novalink.io_config.max_virtual_slots == 2000
    assert [f"{entry.slot.drc_index:X}" for entry in novalink.io_config.io_slots] == ["2101001B"]
    assert (novalink.auto_start, novalink.bootmode, novalink.avail_priority) == (True, "Normal", 127)
    assert (novalink.state, novalink.rmc_state, novalink.ref_code) == ("running", "none", "Linux ppc64le")
    assert novalink.is_mgmt_partition and novalink.powervm_management_capable
    assert (memory.current, memory.runtime, novalink.proc_config.current_shared_proc_cfg.runtime_units) == (
        2560,
        2560,
        Decimal("0.5"),
    )


@pytest.mark.parametrize(
    ("name", "lpar_id", "slots"),
    [("vios1", 2, ["21010013", "21030015", "2104001E"]), ("vios2", 3, ["21010018", "2103001D", "21020014"])],
)
def test_virtual_io_servers_as_in_profile_bak(name: str, lpar_id: int, slots: list[str]) -> None:
    vios = one(OBJECTS, VirtualIOServer, name=name)
    memory, shared = vios.mem_config, vios.proc_config.shared_proc_cfg
    assert vios.id == lpar_id
    assert (memory.min, memory.desired, memory.max) == (1024, 4096, 16384)
    assert (shared.min_virtual, shared.desired_virtual, shared.max_virtual) == (2, 2, 64)
    assert (shared.min_units, shared.desired_units, shared.max_units) == (Decimal("0.1"), Decimal(1), Decimal(10))
    assert shared.uncapped_weight == 255
    assert [f"{entry.slot.drc_index:X}" for entry in vios.io_config.io_slots] == slots
    assert (vios.state, vios.rmc_state, vios.operating_system) == ("running", "active", "VIOS 3.1.2.10")
    assert vios.is_license_accepted
    assert vios.is_service_partition == (name == "vios1")
    ports = [port for entry in vios.io_config.io_slots for port in entry.slot.related_io_adapter.fc_adapter.fc_ports]
    assert [(port.name, port.npiv_available_ports, port.npiv_total_ports) for port in ports] == [
        ("fcs0", 64, 64),
        ("fcs1", 64, 64),
    ]


def test_network_adapters_as_in_profile_bak() -> None:
    shown = {
        (a.lpar_id, a.slot): (a.pvid, a.vswitch_id, a.get("trunk_pri") or 0, a.mac)
        for a in of(OBJECTS, ClientNetworkAdapter)
    }
    assert shown == {
        (1, 3): (1, 0, 0, "B2BBCA66F6F1"),
        (1, 6): (4094, 1, 1, "EA08E1233F8A"),
        (2, 3): (1, 0, 1, "36BACB2677A6"),
        (2, 6): (4094, 1, 0, "468CA1242EC8"),
        (3, 3): (1, 0, 2, "527A821777A7"),
        (3, 6): (4094, 1, 0, "363100ED375B"),
    }


def test_switches_and_networks_as_listed() -> None:
    assert [(s.name, s.switch_id, s.mode) for s in of(OBJECTS, VirtualSwitch)] == [
        ("ETHERNET0", 0, "Veb"),
        ("MGMTSWITCH", 1, "Vepa"),
    ]
    assert [n.name for n in of(OBJECTS, VirtualNetwork)] == ["VLAN1-ETHERNET0", "VLAN4094-MGMTSWITCH"]


def test_all_processor_pools_of_a_server() -> None:
    """Only the default pool is open, as recorded: the others have a limit of zero."""
    first, *others = of(OBJECTS, SharedProcessorPool)
    assert (first.id, first.name, first.get("max_proc_units")) == (0, "DefaultPool", None)
    assert [(pool.id, pool.name) for pool in others] == [(n, f"SharedPool{n:02d}") for n in range(1, 64)]
    units = ("max_proc_units", "curr_rsrv_proc_units", "pend_rsrv_proc_units", "avail_proc_units")
    seen = list(shown_all(state(OBJECTS), SharedProcessorPool))[1:]
    assert {str(pool.get(name)) for pool in seen for name in units} == {"0.00"}
    assert {str(uuid.UUID(pool.uuid)) for pool in others} == {pool.uuid for pool in others}
    assert len({pool.uuid for pool in (first, *others)}) == 64


def test_virtual_scsi_as_in_profile_bak() -> None:
    pairs = [
        (m.client_adapter.lpar_slot_num, m.server_adapter.vios_id, m.server_adapter.vios_slot_num)
        for m in of(OBJECTS, VirtualSCSIMapping)
    ]
    assert pairs == [(4, 2, 2), (5, 3, 2)]
    for mapping in of(OBJECTS, VirtualSCSIMapping):
        (group,) = [g for g in of(OBJECTS, VolumeGroup) if g.name == "rootvg" and g.parent == mapping.parent]
        assert mapping.backing_storage.virtual_disk == group.virtual_disks[0]
        assert mapping.server_adapter.name == "vhost0"
        assert mapping.target_dev.virtual_disk.lua == "0x8100000000000000"


def test_storage() -> None:
    pool, tier, cluster = one(OBJECTS, SharedStoragePool), one(OBJECTS, Tier), one(OBJECTS, Cluster)
    assert (pool.name, pool.capacity, pool.free_space) == ("pool1", Decimal(500), Decimal(500))
    assert (tier.parent, tier.is_default) == (pool.uuid, True)
    assert [node.lpar_id for node in cluster.nodes] == [2, 3]
    assert cluster.repository_disk.repos_pv.name == "hdisk2"
    assert [(g.name, len(g.virtual_disks), len(g.vmedia_repos)) for g in of(OBJECTS, VolumeGroup)] == [
        ("rootvg", 1, 1),
        ("datavg", 0, 0),
        ("rootvg", 1, 0),
        ("datavg", 0, 0),
    ]
    by_name: dict[str, set[str]] = {}
    for volume in of(OBJECTS, PhysicalVolume):
        by_name.setdefault(volume.name, set()).add(volume.udid)
    assert {name: len(udids) for name, udids in by_name.items() if name in ("hdisk0", "hdisk3")} == {
        "hdisk0": 2,
        "hdisk3": 1,
    }, "SAN disks are one disk on both servers, local ones are two"


def test_every_bound_of_the_operations_holds() -> None:
    world = state(OBJECTS)
    system = one(OBJECTS, ManagedSystem)
    for partition in (*of(OBJECTS, LogicalPartition), *of(OBJECTS, VirtualIOServer)):
        check_configuration(world.all(SharedProcessorPool), system, partition)
    assert free_memory_mb(world, system) > 200_000
    assert free_processors(world, system) == Decimal("17.5")


def test_every_object_can_be_shown() -> None:
    world = state(OBJECTS)
    for kind in {type(obj) for obj in OBJECTS}:
        assert len(list(shown_all(world, kind))) == len(of(OBJECTS, kind))


def test_same_seed_same_system() -> None:
    assert inventory.dump(gannet()) == inventory.dump(OBJECTS)


def test_dump_is_the_identity() -> None:
    text = inventory.dump(OBJECTS)
    again = built(text, seed=99)
    assert inventory.dump(again) == text
    assert _by_identity(again) == _by_identity(OBJECTS)
    as_json = inventory.dump_json(OBJECTS)
    assert inventory.dump(built(as_json, "system.json")) == text


def _by_identity(objects: list[Element]) -> dict[tuple[str, str, str | None], Element]:
    return {(type(obj).__name__, obj.uuid, obj.parent): obj for obj in objects}
