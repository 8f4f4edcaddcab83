"""The managed system itself: what a server is when its description leaves it open.

Values are those of recorded NovaLink systems (8247 and 8408) unless a comment says otherwise.
"""

from __future__ import annotations

import uuid as uuids
from decimal import Decimal
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, laid_over
from openlpar.uom.io_slot import IOSlot
from openlpar.uom.managed_system import (
    AssociatedIPLConfiguration,
    ManagedSystem,
    ManagedSystemState,
    SystemMigrationInformation,
)
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.system_capabilities import AssociatedSystemCapabilities
from openlpar.uom.system_configuration import (
    AssociatedSystemIOConfiguration,
    AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration,
    AssociatedSystemVirtualNetwork,
)

_MEMORY_MB = 262_144
_CORES = 20
_FIRMWARE_SHARE = 40  # a recorded server of 128 GB used 4.75 GB, one of 512 GB 8 GB; this lies between
_PROCESSOR_POOLS = 64
_DEFAULT_POOL = 0
_COMPATIBILITY = ("default", "POWER6", "POWER6_Plus", "POWER7", "POWER8")


def complete_system(draft: Draft) -> None:
    """Exactly one system, with everything a NovaLink shows of one."""
    items = draft.items(ManagedSystem)
    if len(items) > 1:
        raise draft.error(say.TOO_MANY_SYSTEMS, items[1], first=items[0].now.system_name)
    item = items[0] if items else draft.add(ManagedSystem())
    item.now = complete_as_system(draft, item.now)
    draft.register(item, item.now.uuid, item.now.system_name)


def complete_as_system(draft: Draft, described: ManagedSystem) -> ManagedSystem:
    mtms = laid_over(
        MachineTypeModelAndSerialNumber(machine_type="8247", model="21L", serial=f"21{draft.entropy.hex(5).upper()}"),
        described.mtms,
    )
    memory = described.memory_config
    total = memory.memory_total or memory.memory_configurable or _MEMORY_MB
    processors = described.proc_config
    cores = processors.proc_units or processors.proc_units_configurable or Decimal(_CORES)
    made = laid_over(_base(total, cores, memory.memory_region_size or 256), described)
    return made.evolve(
        uuid=described.uuid or draft.entropy.uuid(),
        parent=None,
        mtms=mtms,
        system_name=described.system_name or f"Server-{mtms.machine_type}-{mtms.model}-SN{mtms.serial}",
        asio_config=made.asio_config.evolve(io_slots=tuple(_slot(slot) for slot in made.asio_config.io_slots)),
    )


def _base(total_mb: int, cores: Decimal, region_mb: int) -> ManagedSystem:
    return ManagedSystem(
        ipl_config=AssociatedIPLConfiguration(power_off_with_last_lpar=False),
        lpar_links=(),
        reserved_storage_pool=(),
        associated_capabilities=_CAPABILITIES,
        asio_config=AssociatedSystemIOConfiguration(
            avail_wwpns=65536,
            hcas=(),
            hea_adapters=(),
            io_adapters=(),
            io_buses=(),
            io_slots=(),
            sriov_adapters=(),
            virtual_network=AssociatedSystemVirtualNetwork(),
            wwpn_prefix="13857705832243593216",
        ),
        memory_config=_memory(total_mb, region_mb),
        proc_config=_processors(cores),
        vios_links=(),
        virtual_storage=(),
        mfg_default_config_enabled=False,
        max_partitions=int(cores) * 20,
        host_ip_address="192.0.2.10",
        system_state=ManagedSystemState.OPERATING.value,
        migration_info=SystemMigrationInformation(
            max_inactive_migrations=16,
            max_active_migrations=16,
            inactive_migrations_in_progress=0,
            active_migrations_in_progress=0,
        ),
        ref_code="",
        session_is_master=True,
        is_mgmt_partition_master=True,
        is_hmc_master=False,
        groups=(),
        tasks=(),
    )


def _memory(total_mb: int, region_mb: int) -> AssociatedSystemMemoryConfiguration:
    return AssociatedSystemMemoryConfiguration(
        memory_configurable=total_mb,
        current_logical_memory_block_size=region_mb,
        page_table_ratio=6,
        memory_total=total_mb,
        max_memory_pool_count=1,
        memory_region_size=region_mb,
        firmware_memory=total_mb // _FIRMWARE_SHARE // region_mb * region_mb,
        pending_logical_memory_block_size=region_mb,
        pending_memory_region_size=region_mb,
        shared_memory_pool=(),
    )


def _processors(cores: Decimal) -> AssociatedSystemProcessorConfiguration:
    return AssociatedSystemProcessorConfiguration(
        proc_units_configurable=cores,
        max_procs_per_aix_linux_lpar=64,
        max_procs_per_os400_lpar=64,
        max_sys_procs_limit=256,
        max_procs_per_vios=64,
        max_vcpus_per_aix_linux_lpar=64,
        max_vcpus_per_os400_lpar=64,
        max_vcpus_per_vios=64,
        proc_units=cores,
        max_sys_vcpus_limit=256,
        min_proc_units=Decimal("0.05"),
        max_shared_proc_pools=_PROCESSOR_POOLS,
        proc_compat_modes=_COMPATIBILITY,
        shared_proc_pools=(),
    )


_CAPABILITIES = AssociatedSystemCapabilities(
    active_lpar_mobility_capable=True,
    active_memory_expansion_capable=True,
    bsr_capable=False,
    capacity_on_demand_memory_capable=True,
    capacity_on_demand_processor_capable=True,
    hca_capable=False,
    huge_page_memory_capable=False,
    ibmi_capable=True,
    ibmi_lpar_mobility_capable=True,
    ibmi_restrictedio_capable=True,
    inactive_lpar_mobility_capable=True,
    lpar_proc_compat_mode_capable=True,
    simplified_remote_restart_capable=True,
    redundant_error_path_reporting_capable=True,
    shared_processor_pool_capable=True,
    sriov_capable=False,
    telnet5250_application_capable=True,
    vfc_capable=True,
    virtual_switch_capable=True,
    vnic_capable=False,
    vnic_failover_capable=False,
)


def _slot(slot: IOSlot) -> IOSlot:
    """A physical slot; without a description it is empty, which firmware reports as all ones."""
    empty = not slot.has("description")
    return laid_over(
        IOSlot(
            bus_grp_required=True,
            description="Empty slot" if empty else "",
            feat_codes=("0",) if empty else ("",),
            pci_class=0xFFFF if empty else 0,
            pci_dev_id=0xFFFF if empty else 0,
            pci_subsys_dev_id=0xFFFF if empty else 0,
            pci_rev_id=0xFF if empty else 0,
            pci_vendor_id=0xFFFF if empty else 0,
            pci_subsys_vendor_id=0xFFFF if empty else 4116,  # IBM
            drc_name="",
        ),
        slot,
    )


def complete_pools(draft: Draft) -> None:
    """Shared processor pools. A server has all of them from the beginning; those that nobody set up have a limit of zero."""
    described = draft.items(SharedProcessorPool)
    written = {item.now.id for item in described if item.given("id")}
    count = min(draft.system.proc_config.max_shared_proc_pools, _PROCESSOR_POOLS)
    free = [number for number in range(1, count) if number not in written]
    for item in described:
        item.set(uuid=item.now.uuid or draft.entropy.uuid())
        if not item.given("id"):
            item.set(id=free.pop(0) if free else len(described))
    if _DEFAULT_POOL not in written:
        free.append(_DEFAULT_POOL)
    for number in free:
        uuid = uuids.uuid3(uuids.NAMESPACE_URL, f"ManagedSystem/{draft.system.uuid}/SharedProcessorPool/{number}")
        draft.add(SharedProcessorPool(uuid=str(uuid), id=number))
    items = draft.items(SharedProcessorPool)
    items.sort(key=lambda item: item.now.id)
    for item in items:
        item.set(parent=draft.system.uuid)
        item.defaults(**_pool_defaults(item.now.id))
        draft.register(item, item.now.uuid, item.now.name)


def _pool_defaults(number: int) -> dict[str, Any]:
    """As recorded: the default pool has no limit and no reserve at all. What is left in a pool is worked out when it is shown."""
    if number == _DEFAULT_POOL:
        return {"name": "DefaultPool", "assigned_partitions": ()}
    units = dict.fromkeys(("curr_rsrv_proc_units", "max_proc_units", "pend_rsrv_proc_units"), Decimal("0.00"))
    return {"name": f"SharedPool{number:02d}", "assigned_partitions": (), **units}
