"""The tutorial's server, as far as its profile.bak shows it."""

from __future__ import annotations

from decimal import Decimal

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.partition_io import PartitionIOConfiguration, ProfileIOSlot, VirtualIOServerIOConfiguration
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from openlpar.uom.partition_processors import PartitionProcessorConfiguration, SharedProcessorConfiguration
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIClientAdapter, VirtualSCSIMapping, VirtualSCSIServerAdapter

GANNET = ManagedSystem(
    uuid="aaaaaaaa-0000-0000-0000-000000000001",
    system_name="gannet",
    mtms=MachineTypeModelAndSerialNumber(machine_type="8247", model="21L", serial="212E3CA"),
)


def memory(low: int, desired: int, high: int) -> PartitionMemoryConfiguration:
    return PartitionMemoryConfiguration(
        min=low, desired=desired, max=high, hpt_ratio=6, exp_factor=Decimal("0.0"), shared_enabled=False
    )


def processors(
    low: int, desired: int, high: int, units: tuple[str, str, str], weight: int
) -> PartitionProcessorConfiguration:
    return PartitionProcessorConfiguration(
        has_dedicated=False,
        sharing_mode="uncapped",
        shared_proc_cfg=SharedProcessorConfiguration(
            min_virtual=low,
            desired_virtual=desired,
            max_virtual=high,
            min_units=Decimal(units[0]),
            desired_units=Decimal(units[1]),
            max_units=Decimal(units[2]),
            pool_id=0,
            uncapped_weight=weight,
        ),
    )


def io_slots(*indexes: str) -> tuple[ProfileIOSlot, ...]:
    return tuple(ProfileIOSlot(slot=AssociatedIOSlot(drc_index=int(index, 16)), required=False) for index in indexes)


NOVALINK = LogicalPartition(
    uuid="0A0A0A0A-0000-0000-0000-000000000001",
    id=1,
    name="novalink_212E3CA",
    env="AIX/Linux",
    mem_config=memory(2048, 2560, 16384),
    proc_config=processors(1, 2, 10, ("0.05", "0.5", "10"), 128),
    allow_perf_data_collection=False,
    io_config=PartitionIOConfiguration(io_slots=io_slots("2101001B"), max_virtual_slots=2000),
    auto_start=True,
    bootmode="Normal",
    avail_priority=127,
    pending_proc_compat_mode="default",
    is_mgmt_partition=True,
)


def vios(number: int) -> VirtualIOServer:
    slots = io_slots("21010013", "21030015", "2104001E") if number == 2 else io_slots("21010014", "21040020")
    return VirtualIOServer(
        uuid=f"0A0A0A0A-0000-0000-0000-00000000000{number}",
        id=number,
        name=f"vios{number - 1}",
        env="Virtual IO Server",
        mem_config=memory(1024, 4096, 16384),
        proc_config=processors(2, 2, 64, ("0.1", "1.0", "10.0"), 255),
        allow_perf_data_collection=False,
        io_config=VirtualIOServerIOConfiguration(io_slots=slots, max_virtual_slots=2000),
        auto_start=True,
        bootmode="Normal",
        avail_priority=191,
        pending_proc_compat_mode="default",
    )


VIOS1, VIOS2 = vios(2), vios(3)


def network(lpar_id: int, slot: int, pvid: int, trunk: int, switch: int, mac: str) -> ClientNetworkAdapter:
    return ClientNetworkAdapter(
        lpar_id=lpar_id,
        slot=slot,
        pvid=pvid,
        trunk_pri=trunk or None,
        vswitch_id=switch,
        mac=mac,
        is_required=False,
        is_tagged_vlan_supported=True,
        allowed_macs="ALL",
        qos_priority_enabled=False,
    )


def scsi(vios_id: int, vios_slot: int, lpar_id: int, lpar_slot: int) -> VirtualSCSIMapping:
    return VirtualSCSIMapping(
        client_adapter=VirtualSCSIClientAdapter(
            lpar_id=lpar_id, lpar_slot_num=lpar_slot, vios_id=vios_id, vios_slot_num=vios_slot
        ),
        server_adapter=VirtualSCSIServerAdapter(
            vios_id=vios_id, vios_slot_num=vios_slot, lpar_id=lpar_id, lpar_slot_num=lpar_slot
        ),
    )


NETWORKS = tuple(
    network(*values)
    for values in (
        (1, 3, 1, 0, 0, "B2BBCA66F6F1"),
        (1, 6, 4094, 1, 1, "EA08E1233F8A"),
        (2, 3, 1, 1, 0, "36BACB2677A6"),
        (2, 6, 4094, 0, 1, "468CA1242EC8"),
        (3, 3, 1, 2, 0, "36BACB2677A7"),
        (3, 6, 4094, 0, 1, "468CA1242EC9"),
    )
)
SCSI = (scsi(2, 2, 1, 4), scsi(2, 2, 1, 4), scsi(3, 2, 1, 5))
TOD = 1464901557123
