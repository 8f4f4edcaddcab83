"""Short files work, and a mistake in one is named with its place and what would be right."""

from decimal import Decimal

import pytest

from openlpar.messages import inventory as say
from openlpar.messages.core import FixRequest
from openlpar.ops.metrics.workloads import made
from openlpar.ports.metrics import plain
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.wire import inventory
from tests.inventory.worlds import built, of, one

SMALL = """\
openlpar: 1
LogicalPartition:
- name: vm1
- {name: vm2, state: running, mem_config: {desired: 2048}}
"""


def test_two_partitions_are_a_system() -> None:
    objects = built(SMALL)
    first, second = of(objects, LogicalPartition)
    system = one(objects, ManagedSystem)
    assert (first.id, second.id) == (1, 2)
    assert first.uuid == first.uuid.upper() == first.partition_uuid and first.uuid != second.uuid
    assert (first.state, first.mem_config.desired, first.mem_config.runtime) == ("not activated", 1024, 0)
    assert (second.state, second.mem_config.runtime, second.rmc_state) == ("running", 2048, "active")
    assert second.capabilities.mem_dlpar and not first.capabilities.mem_dlpar
    assert first.logical_serial_number == f"{system.mtms.serial}1"
    assert one(objects, VirtualSwitch).name == "ETHERNET0"


def test_nothing_is_a_system_too() -> None:
    assert one(built("openlpar: 1\n"), ManagedSystem).system_state == "operating"


def test_adapters_get_slots_addresses_and_networks() -> None:
    text = SMALL + "ClientNetworkAdapter: [{parent: vm1}, {parent: vm1}, {lpar_id: 2, tagged_vlans: '7 8'}]\n"
    objects = built(text)
    adapters = of(objects, ClientNetworkAdapter)
    assert [(a.lpar_id, a.slot, a.pvid, len(a.mac)) for a in adapters] == [(1, 2, 1, 12), (1, 3, 1, 12), (2, 2, 1, 12)]
    assert all(int(a.mac[1], 16) & 3 == 2 for a in adapters), "locally administered, of one station"
    assert [(n.name, n.tagged) for n in of(objects, VirtualNetwork)] == [
        ("VLAN1-ETHERNET0", False),
        ("VLAN7-ETHERNET0", True),
        ("VLAN8-ETHERNET0", True),
    ]
    assert adapters[0].loc_code == f"U8247.21L.{one(objects, ManagedSystem).mtms.serial}-V1-C2"


STORAGE = """\
openlpar: 1
VirtualIOServer:
- {name: vios1, state: running, id: 9, io_config: {io_slots: [{slot: {drc_index: 0x21010013}}]}}
ManagedSystem:
- asio_config: {io_slots: [{drc_index: 0x21010013, drc_name: U78CB.001.WZS0001-P1-C1, description: FC card, pci_class: 0x0C04}]}
LogicalPartition: [{name: vm1}]
PhysicalVolume:
- {name: hdisk0, capacity: 102400}
- {name: hdisk1, capacity: 1024, is_fc_backed: true}
- {name: hdisk2, capacity: 102400, is_fc_backed: true}
VolumeGroup:
- name: rootvg
  phys_vols: [{name: hdisk0}]
  virtual_disks: [{name: lv1, capacity: 10}]
  vmedia_repos: [{size: 5, optical_media: [{name: cd.iso}]}]
SharedStoragePool: [{name: pool1, physical_volumes: [{name: hdisk2}]}]
LogicalUnit: [{name: lu1, capacity: 20, is_thin: false}]
VirtualSCSIMapping:
- {client_lpar_href: vm1, backing_storage: {virtual_disk: {name: lv1}}}
- {client_lpar_href: vm1, backing_storage: {logical_unit: {name: lu1}}, client_adapter: {lpar_slot_num: 7}}
- {client_lpar_href: vm1, backing_storage: {optical_media: {name: cd.iso}}, client_adapter: {lpar_slot_num: 8}}
- {client_lpar_href: vm1, backing_storage: {physical_volume: {name: hdisk1}}, client_adapter: {lpar_slot_num: 9}}
VirtualFibreChannelMapping: [{client_lpar_href: vm1, backing_port: {name: fcs1}}]
"""


def test_storage_is_found_by_name() -> None:
    objects = built(STORAGE)
    vios = one(objects, VirtualIOServer)
    mappings = of(objects, VirtualSCSIMapping)
    assert [m.server_adapter.name for m in mappings] == ["vhost0", "vhost1", "vhost2", "vhost3"]
    assert [m.client_adapter.lpar_slot_num for m in mappings] == [2, 7, 8, 9]
    unit = one(objects, LogicalUnit)
    assert mappings[1].backing_storage.logical_unit.udid == unit.udid
    assert mappings[2].target_dev.optical_media.name == "vtopt0"
    assert mappings[3].target_dev.physical_volume.name == "vtscsi2"
    assert {m.parent for m in mappings} == {vios.uuid}
    assert unit.parent == one(objects, Tier).uuid
    pool = one(objects, SharedStoragePool)
    assert (pool.capacity, pool.free_space, pool.total_lu_size) == (Decimal(100), Decimal(80), Decimal(20))
    vfc = one(objects, VirtualFibreChannelMapping)
    assert len(vfc.client_adapter.wwpns.split()) == 2 and vfc.server_adapter.map_port == "fcs1"
    ports = vios.io_config.io_slots[0].slot.related_io_adapter.fc_adapter.fc_ports
    assert [port.npiv_available_ports for port in ports] == [64, 63]


def test_processor_pools_that_are_not_written_are_there_too() -> None:
    pools = "SharedProcessorPool: [{id: 3, name: web, max_proc_units: 4}, {name: db}]\n"
    system = "ManagedSystem: [{system_name: s, proc_config: {max_shared_proc_pools: 5}}]\n"
    found = of(built("openlpar: 1\n" + system + pools), SharedProcessorPool)
    assert [(pool.id, pool.name) for pool in found] == [
        (0, "DefaultPool"),
        (1, "db"),
        (2, "SharedPool02"),
        (3, "web"),
        (4, "SharedPool04"),
    ]
    assert found[3].max_proc_units == 4 and found[3].pend_rsrv_proc_units == 0
    assert len(of(built("openlpar: 1\n" + pools), SharedProcessorPool)) == 64
    none = system.replace("5}", "0}")
    assert [pool.id for pool in of(built("openlpar: 1\n" + none), SharedProcessorPool)] == [0]


def test_numbers_keep_their_digits() -> None:
    text = SMALL.replace("desired: 2048}", "desired: 2048}, proc_config: {shared_proc_cfg: {desired_units: 0.50}}")
    assert str(of(built(text), LogicalPartition)[1].proc_config.shared_proc_cfg.desired_units) == "0.50"
    system = "openlpar: 1\nManagedSystem: [{mtms: {machine_type: 8247, model: 21L, serial: 0123456}}]\n"
    assert one(built(system), ManagedSystem).mtms.serial == "0123456"


def test_json_is_read_too() -> None:
    text = '{"openlpar": 1, "LogicalPartition": [{"name": "vm1", "id": 5, "auto_start": true,'
    text += ' "proc_config": {"shared_proc_cfg": {"desired_units": 0.50}}}]}'
    partition = one(built(text, "system.json"), LogicalPartition)
    assert (partition.id, partition.auto_start) == (5, True)
    assert partition.proc_config.shared_proc_cfg.desired_units == Decimal("0.50")


# mistakes: (text after 'openlpar: 1', place, part of the message)
MISTAKES = {
    "not YAML": ("LogicalPartition: [", "3:1", "cannot be read"),
    "tab": ("LogicalPartition:\n\t- name: a", "3:1", "cannot be read"),
    "unknown type": ("LogicalPartitoin: []", "2:1: LogicalPartitoin", "Did you mean LogicalPartition?"),
    "no list": ("LogicalPartition: vm1", "2:1: LogicalPartition", "a list of objects"),
    "no mapping": ("LogicalPartition: [vm1]", "2:20: LogicalPartition[0]", "the fields of a LogicalPartition"),
    "unknown field": (
        "LogicalPartition:\n- name: vm1\n  mem_config: {desird: 1}",
        "4:16: LogicalPartition[0].mem_config.desird",
        "Did you mean desired?",
    ),
    "wire name instead": ("LogicalPartition: [{PartitionName: a}]", "2:21", "there is no field of a LogicalPartition"),
    "no number": (
        "LogicalPartition:\n- {name: vm1, id: one}",
        "3:15: LogicalPartition[0].id",
        "'one' is no value for it. Write a whole number.",
    ),
    "no truth": ("LogicalPartition: [{auto_start: 1}]", "2:21", "Write true or false."),
    "no such word": ("LogicalPartition: [{state: Running}]", "2:21", "'running'"),
    "list for a value": ("LogicalPartition: [{name: [a]}]", "2:21", "this is a list. Write a single value."),
    "value for a list": ("ClientNetworkAdapter: [{vswitch_uri: A}]", "2:25", "a list: '[…]'"),
    "key twice": ("LogicalPartition:\n- name: a\n  name: b", "4:3: LogicalPartition[0].name", "is written twice"),
    "alias": ("LogicalPartition:\n- &a {name: b}\n- *a", "4:3: LogicalPartition[1]", "an alias"),
    "control character": ('LogicalPartition: [{name: "a\\x01"}]', "2:21", "without control characters"),
    "no name": ("LogicalPartition: [{id: 4}]", "2:20: LogicalPartition[0]", "name is missing"),
    "two systems": ("ManagedSystem: [{system_name: a}, {system_name: b}]", "2:35: ManagedSystem[1] (b)", "exactly one"),
    "name twice": (
        "LogicalPartition: [{name: a}]\nVirtualIOServer: [{name: a}]",
        "3:20: VirtualIOServer[0] (a).name",
        "partition name a is used already by LogicalPartition a",
    ),
    "id twice": ("LogicalPartition: [{name: a, id: 3}, {name: b, id: 3}]", "2:48", "partition id 3 is used already"),
    "MAC twice": (
        "LogicalPartition: [{name: a}]\nClientNetworkAdapter: [{parent: a, mac: 02AA}, {parent: a, mac: '02:aa'}]",
        "3:60: ClientNetworkAdapter[1].mac",
        "MAC address 02AA is used already",
    ),
    "slot twice": (
        "LogicalPartition: [{name: a}]\nClientNetworkAdapter: [{parent: a, slot: 5}, {parent: a, slot: 5}]",
        "3:58: ClientNetworkAdapter[1].slot",
        "virtual slot 5 of partition 1 is used already",
    ),
    "slot too high": (
        "LogicalPartition: [{name: a}]\nClientNetworkAdapter: [{parent: a, slot: 64}]",
        "3:36",
        "a virtual slot from 2 to 63",
    ),
    "trunk priority twice": (
        "LogicalPartition: [{name: a}, {name: b}]\n"
        "ClientNetworkAdapter: [{parent: a, trunk_pri: 1}, {parent: b, trunk_pri: 1}]",
        "3:63",
        "trunk priority for VLAN 1 1 is used already",
    ),
    "uuid twice": ("LogicalPartition: [{name: a, uuid: 0A}, {name: b, uuid: 0A}]", "2:51", "uuid 0A is used already"),
    "parent that is not there": (
        "LogicalPartition: [{name: vm1}]\nClientNetworkAdapter: [{parent: vm2}]",
        "3:25: ClientNetworkAdapter[0].parent",
        "it refers to vm2, but there is no such LogicalPartition or VirtualIOServer. Existing ones: vm1.",
    ),
    "no parent": ("ClientNetworkAdapter: [{pvid: 1}]", "2:24", "parent is missing"),
    "switch that is not there": (
        "LogicalPartition: [{name: a}]\nClientNetworkAdapter: [{parent: a, vswitch_uri: [X]}]",
        "3:50: ClientNetworkAdapter[0].vswitch_uri[0]",
        "Existing ones: ETHERNET0.",
    ),
    "disk that is not there": (
        "VirtualIOServer: [{name: v}]\nVolumeGroup: [{name: g, phys_vols: [{name: hdisk9}]}]",
        "3:38: VolumeGroup[0] (g).phys_vols[0].name",
        "hdisk9",
    ),
    "disk too large": (
        "VirtualIOServer: [{name: v}]\nPhysicalVolume: [{name: hdisk0, capacity: 1024}]\n"
        "VolumeGroup: [{name: g, phys_vols: [{name: hdisk0}], virtual_disks: [{name: a, capacity: 5}]}]",
        "4:15: VolumeGroup[0] (g)",
        "4 GB more of virtual disks",
    ),
    "storage without server": ("PhysicalVolume: [{name: hdisk0}]", "2:18", "a VirtualIOServer first"),
    "client that is not there": (
        "VirtualIOServer: [{name: v}]\nVirtualSCSIMapping: [{client_lpar_href: vm9}]",
        "3:23",
        "it refers to vm9",
    ),
    "slot that is not there": (
        "VirtualIOServer: [{name: v, io_config: {io_slots: [{slot: {drc_index: 0x21}}]}}]",
        "2:60: VirtualIOServer[0] (v).io_config.io_slots[0].slot.drc_index",
        "physical I/O slot",
    ),
    "memory out of bounds": (
        "LogicalPartition: [{name: a, mem_config: {desired: 100000000}}]",
        "2:20: LogicalPartition[0] (a)",
        "DesiredMemory is 100000000, but must be between 128 and",
    ),
    "memory in no blocks": (
        "LogicalPartition: [{name: a, mem_config: {desired: 1000}}]",
        "2:20: LogicalPartition[0] (a)",
        "not a multiple",
    ),
    "VLAN out of bounds": (
        "LogicalPartition: [{name: a}]\nClientNetworkAdapter: [{parent: a, pvid: 9999}]",
        "3:36: ClientNetworkAdapter[0].pvid",
        "Write a VLAN from 1 to 4094",
    ),
    "generator setting": ("generate: {partition: 5}", "2:12: generate.partition", "Use one of systems"),
    "generator bounds": ("generate: {running: 2}", "2:12: generate.running", "a number from 0 to 1"),
    "generator number": ("generate: {systems: 2, number: 3}", "2:24: generate.number", "a number from 1 to 2"),
    "exact without uuid": (
        "exact: true\nLogicalPartition: [{name: a}]",
        "3:20: LogicalPartition[0] (a)",
        "uuid is missing",
    ),
    "exact without parent": (
        "exact: true\nLogicalPartition: [{name: a, uuid: 0A, parent: 0b}]",
        "3:40: LogicalPartition[0] (a).parent",
        "it refers to 0b",
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_named_with_their_place(name: str) -> None:
    text, place, cause = MISTAKES[name]
    with pytest.raises(FixRequest) as refused:
        built("openlpar: 1\n" + text + "\n", "gannet.yaml")
    message = str(refused.value)
    assert f"gannet.yaml:{place}" in message
    assert cause in message


def test_a_partition_that_no_client_could_make_is_refused() -> None:
    with pytest.raises(FixRequest) as refused:
        built("openlpar: 1\nLogicalPartition: [{name: a, avail_priority: 300}]\n", "gannet.yaml")
    assert refused.value.message is say.OUT_OF_BOUNDS


@pytest.mark.parametrize("name", ["no number", "unknown field", "name twice"])
def test_mistakes_in_json_too(name: str) -> None:
    import json

    import yaml

    text, _, cause = MISTAKES[name]
    plain = {"openlpar": 1} | yaml.safe_load(text)
    with pytest.raises(FixRequest) as refused:
        built(json.dumps(plain, indent=1), "gannet.json")
    assert cause in str(refused.value)
    assert str(refused.value).split(" ")[1].startswith("gannet.json:")


@pytest.mark.parametrize("text", ["", "- a", "LogicalPartition: []", "openlpar: 2", "just text"])
def test_the_first_entry_tells_the_version(text: str) -> None:
    with pytest.raises(FixRequest, match="openlpar: 1"):
        inventory.load(text, "a.yaml")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(FixRequest, match=r"a\.yaml"):
        inventory.load("openlpar: 1\nLogicalPartition: " + "[" * 50_000, "a.yaml")
    with pytest.raises(FixRequest, match=r"a\.yaml"):
        inventory.load("openlpar: 1\nLogicalPartition: " + "[" * 3_000 + "]" * 3_000, "a.yaml")


def test_deep_nesting_in_json_is_refused() -> None:
    deep = '{"openlpar": 1, "VirtualNICDedicated": [' + '{"details": ' * 20_000
    with pytest.raises(FixRequest, match=r"a\.json"):
        inventory.load(deep + "1" + "}" * 20_000 + "]}", "a.json")


WORKLOAD = """\
openlpar: 1
workload:
- {partition: 'vm*', kind: bursty, peak: 2}
LogicalPartition:
- name: vm1
"""


def test_workloads_are_read_and_written() -> None:
    described = inventory.load(WORKLOAD, "workload.yaml")
    assert described.workload == [{"partition": "vm*", "kind": "bursty", "peak": "2"}]
    written = inventory.dump([], (), [plain(made(rule)) for rule in described.workload])
    assert inventory.load(written, "again.yaml").workload == described.workload


@pytest.mark.parametrize(
    ("text", "said"), [("workload: busy", "a list of rules"), ("workload: [busy]", "settings such as")]
)
def test_workloads_that_are_no_rules_are_refused(text: str, said: str) -> None:
    with pytest.raises(FixRequest, match=said):
        inventory.load(f"openlpar: 1\n{text}\n", "workload.yaml")
