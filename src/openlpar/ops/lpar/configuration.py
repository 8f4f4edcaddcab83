"""A partition's configuration: defaults for what a client left out, and every bound.

Sources of the defaults: the client's LPAR builder (rest-contract 4.2, novalink-cli 4) and recorded partitions.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, NoReturn, TypeVar

from openlpar.messages import general
from openlpar.messages import licensing as say_licensing
from openlpar.messages import partition as say
from openlpar.ops.capacity import HUNDREDTH
from openlpar.ports.state import World
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import (
    BasePartition,
    CurrentDedicatedProcessorConfiguration,
    CurrentSharedProcessorConfiguration,
    DedicatedProcessorConfiguration,
    PartitionIOConfiguration,
    PartitionMemoryConfiguration,
    PartitionProcessorConfiguration,
    SharedProcessorConfiguration,
    SharingMode,
)
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.virtual_io_server import VirtualIOServer

_FORBIDDEN = frozenset("()\\<>*$&?|[]'\"`")
_DEDICATED_MODES = (
    SharingMode.SHARE_IDLE_PROCS,
    SharingMode.SHARE_IDLE_PROCS_ACTIVE,
    SharingMode.SHARE_IDLE_PROCS_ALWAYS,
    SharingMode.KEEP_IDLE_PROCS,
)
_SHARED_MODES = (SharingMode.CAPPED, SharingMode.UNCAPPED)
# Powers of two; source: AllowedHardwarePageTableRations of the recorded systems.
_PAGE_TABLE_RATIOS = (5, 6, 7, 8, 9)
# 1:4096; source: pypowervm's lpar_builder.
_MOST_PPT_RATIO = 6
_MOST_EXPANSION = 10
MINIMUM_MEMORY_MB = 128
P = TypeVar("P", bound=BasePartition)


def with_defaults(partition: P) -> P:
    """The partition with a value for all that a client may leave out of memory, processor and I/O configuration."""
    return partition.evolve(
        mem_config=_memory_with_defaults(partition.mem_config),
        proc_config=_processors_with_defaults(partition.proc_config),
        io_config=_io_with_defaults(partition.io_config),
    )


def _memory_with_defaults(memory: PartitionMemoryConfiguration) -> PartitionMemoryConfiguration:
    desired = memory.desired
    given: dict[str, Any] = {
        "ame_enabled": False,
        "exp_factor": Decimal("0.0"),
        "desired": desired,
        "min": desired,
        "max": desired,
        "desired_huge_pages": 0,
        "max_huge_pages": 0,
        "min_huge_pages": 0,
        "hpt_ratio": 6,
        "shared_enabled": False,
        "redundant_error_path_reporting_enabled": False,
    }
    return memory.evolve(**{name: value for name, value in given.items() if not memory.has(name)})


def _processors_with_defaults(processors: PartitionProcessorConfiguration) -> PartitionProcessorConfiguration:
    if processors.has_dedicated or (processors.has("dedicated_proc_cfg") and not processors.has("shared_proc_cfg")):
        dedicated = processors.dedicated_proc_cfg
        desired = _given(dedicated, "desired", 1)
        return processors.evolve(
            has_dedicated=True,
            sharing_mode=processors.get("sharing_mode") or SharingMode.SHARE_IDLE_PROCS.value,
            shared_proc_cfg=None,
            current_shared_proc_cfg=None,
            dedicated_proc_cfg=DedicatedProcessorConfiguration(
                desired=desired,
                max=_given(dedicated, "max", desired),
                min=_given(dedicated, "min", desired),
            ),
        )
    shared = processors.shared_proc_cfg
    virtual = _given(shared, "desired_virtual", 1)
    units = _given(shared, "desired_units", Decimal(virtual) * Decimal("0.5"))
    mode = processors.get("sharing_mode") or SharingMode.UNCAPPED.value
    weight = _given(shared, "uncapped_weight", 64 if mode == SharingMode.UNCAPPED else 0)
    return processors.evolve(
        has_dedicated=False,
        sharing_mode=mode,
        dedicated_proc_cfg=None,
        current_dedicated_proc_cfg=None,
        shared_proc_cfg=SharedProcessorConfiguration(
            desired_units=_units(units),
            desired_virtual=virtual,
            max_units=_units(_given(shared, "max_units", units)),
            max_virtual=_given(shared, "max_virtual", virtual),
            min_units=_units(_given(shared, "min_units", units)),
            min_virtual=_given(shared, "min_virtual", virtual),
            pool_id=shared.pool_id,
            uncapped_weight=weight,
        ),
    )


def _given(element: Element, name: str, default: Any) -> Any:
    """The field's value when the client sent it, be it zero."""
    return getattr(element, name) if element.has(name) else default


def _units(value: Decimal) -> Decimal:
    """Processing units with at least one decimal and no needless zeros, as recorded (``0.5``, ``1.25``)."""
    text = f"{value.normalize():f}"
    return Decimal(text if "." in text else text + ".0")


def _io_with_defaults(configuration: PartitionIOConfiguration) -> PartitionIOConfiguration:
    slots = _given(configuration, "max_virtual_slots", 64)
    return configuration.evolve(
        max_virtual_slots=slots, io_slots=configuration.io_slots, current_max_virtual_slots=slots
    )


# bounds


def check_name(world: World, name: str, own_uuid: str = "") -> None:
    cause = ""
    if not 1 <= len(name) <= 31:
        cause = f"it has {len(name)} characters"
    elif not name.isascii() or not name.isprintable():
        cause = "it has characters that are not printable ASCII"
    elif name != name.strip():
        cause = "it begins or ends with a blank"
    elif _FORBIDDEN & set(name):
        cause = f"it contains {' '.join(sorted(_FORBIDDEN & set(name)))}"
    if cause:
        raise say.BAD_NAME.error(name=name, cause=cause)
    for kind in (LogicalPartition, VirtualIOServer):
        for other in world.where(kind, name=name):
            if other.uuid != own_uuid:
                raise general.NAME_TAKEN.error(kind="Partition", name=name)


def check_configuration(pools: Iterable[SharedProcessorPool], system: ManagedSystem, partition: BasePartition) -> None:
    """Raises Failure for the first bound that a complete configuration breaks."""
    _check_memory(system, partition)
    if partition.proc_config.has_dedicated:
        _check_dedicated(system, partition)
    else:
        _check_shared(pools, system, partition)
    _between(partition, "AvailabilityPriority", partition.avail_priority, 0, 255)
    _between(partition, "MaximumVirtualIOSlots", partition.io_config.max_virtual_slots, 4, 65535)
    mode = partition.get("pending_proc_compat_mode")
    supported = system.proc_config.proc_compat_modes
    if mode is not None and mode != "default" and supported and mode not in supported:
        raise general.BAD_VALUE.error(
            field="PendingProcessorCompatibilityMode",
            object=f"partition {partition.name}",
            value=mode,
            cause="the processors do not support that mode",
            wanted=f"default or one of {', '.join(supported)}",
        )
    _check_security(system, partition)


def _check_security(system: ManagedSystem, partition: BasePartition) -> None:
    """Trusted platform module, secure boot and key store: what the system is capable of."""
    able = system.associated_capabilities
    _between(partition, "PendingSecureBoot", partition.get("pending_secure_boot") or 0, 0, 2)
    _between(partition, "KeyStoreSize", partition.get("keystore_kbytes") or 0, 0, able.get("max_key_store_size") or 64)
    if partition.get("is_vtpm_enabled") and able.get("vtpm_capable") is False:
        _refuse(system, partition, "IsVirtualTrustedPlatformModuleEnabled", "vtpm_capable")
    if partition.get("pending_secure_boot") and able.get("partition_secure_boot_capable") is False:
        _refuse(system, partition, "PendingSecureBoot", "partition_secure_boot_capable")
    if partition.get("keystore_kbytes") and able.get("partition_key_store_capable") is False:
        _refuse(system, partition, "KeyStoreSize", "partition_key_store_capable")


def _refuse(system: ManagedSystem, partition: BasePartition, field: str, capability: str) -> NoReturn:
    tag = type(system.associated_capabilities).by_name[capability].tag
    raise say_licensing.NOT_CAPABLE.error(
        partition=partition.name, field=field, system=system.system_name, capability=tag
    )


def _between(
    partition: BasePartition, field: str, value: int | Decimal, low: int | Decimal, high: int | Decimal
) -> None:
    if not low <= value <= high:
        raise say.BOUNDS.error(partition=partition.name, field=field, value=value, low=low, high=high)


def _ascending(
    partition: BasePartition, what: str, minimum: Decimal | int, desired: Decimal | int, maximum: Decimal | int
) -> None:
    if not minimum <= desired <= maximum:
        raise say.ORDER.error(partition=partition.name, what=what, minimum=minimum, desired=desired, maximum=maximum)


def _check_memory(system: ManagedSystem, partition: BasePartition) -> None:
    memory = partition.mem_config
    configured = system.memory_config
    region = configured.memory_region_size or 256
    for field in ("desired", "min", "max"):
        value = getattr(memory, field)
        tag = PartitionMemoryConfiguration.by_name[field].tag
        _between(partition, tag, value, MINIMUM_MEMORY_MB, configured.memory_configurable)
        if value % region and value != MINIMUM_MEMORY_MB:
            below = max(region, value // region * region)
            raise say.MEMORY_BLOCK.error(
                partition=partition.name, field=tag, value=value, region=region, below=below, above=below + region
            )
    _ascending(partition, "memory", memory.min, memory.desired, memory.max)
    _check_page_tables(system, partition)
    _check_expansion(system, partition)
    _check_huge_pages(system, partition)
    if memory.shared_enabled and not system.associated_capabilities.active_memory_sharing_capable:
        _refuse(system, partition, "SharedMemoryEnabled", "active_memory_sharing_capable")


def _check_page_tables(system: ManagedSystem, partition: BasePartition) -> None:
    """Both ratios are kept by their power of two: 6 is 1:64; a physical one by how far it is from 1:64."""
    memory = partition.mem_config
    allowed = system.memory_config.allowed_hpt_ratios or _PAGE_TABLE_RATIOS
    ratio = memory.get("hpt_ratio")
    if ratio is not None and ratio not in allowed:
        raise general.BAD_VALUE.error(
            field=PartitionMemoryConfiguration.hpt_ratio.tag,
            object=f"partition {partition.name}",
            value=ratio,
            cause="the firmware has no such ratio",
            wanted=f"one of {', '.join(str(one) for one in sorted(allowed))}",
        )
    _between(partition, PartitionMemoryConfiguration.ppt_ratio.tag, memory.ppt_ratio, 0, _MOST_PPT_RATIO)


def _check_expansion(system: ManagedSystem, partition: BasePartition) -> None:
    """Active Memory Expansion: 0 is without; source of the bounds: pypowervm's lpar_builder."""
    factor = partition.mem_config.exp_factor
    if not factor:
        return
    if system.associated_capabilities.get("active_memory_expansion_capable") is False:
        _refuse(system, partition, "ExpansionFactor", "active_memory_expansion_capable")
    if not 1 <= factor <= _MOST_EXPANSION:
        raise general.BAD_VALUE.error(
            field=PartitionMemoryConfiguration.exp_factor.tag,
            object=f"partition {partition.name}",
            value=factor,
            cause="it is out of bounds",
            wanted=f"0, for no expansion, or 1 to {_MOST_EXPANSION}",
        )


def _check_huge_pages(system: ManagedSystem, partition: BasePartition) -> None:
    memory = partition.mem_config
    most = system.memory_config.configurable_huge_pages
    for field in ("min_huge_pages", "desired_huge_pages", "max_huge_pages"):
        tag = PartitionMemoryConfiguration.by_name[field].tag
        pages = getattr(memory, field)
        if pages > 0 and not system.associated_capabilities.huge_page_memory_capable:
            _refuse(system, partition, tag, "huge_page_memory_capable")
        _between(partition, tag, pages, 0, most)
    _ascending(partition, "huge pages", memory.min_huge_pages, memory.desired_huge_pages, memory.max_huge_pages)


def _check_dedicated(system: ManagedSystem, partition: BasePartition) -> None:
    processors = partition.proc_config
    _sharing(partition, _DEDICATED_MODES, "dedicated")
    limit = system.proc_config.max_procs_per_aix_linux_lpar or 256
    dedicated = processors.dedicated_proc_cfg
    for field in ("desired", "min", "max"):
        tag = DedicatedProcessorConfiguration.by_name[field].tag
        _between(partition, tag, getattr(dedicated, field), 1, limit)
    _ascending(partition, "processors", dedicated.min, dedicated.desired, dedicated.max)


def _check_shared(pools: Iterable[SharedProcessorPool], system: ManagedSystem, partition: BasePartition) -> None:
    _sharing(partition, _SHARED_MODES, "shared")
    configured = system.proc_config
    limit = configured.max_vcpus_per_aix_linux_lpar or 256
    least = configured.min_proc_units or Decimal("0.05")
    shared = partition.proc_config.shared_proc_cfg
    by_name = SharedProcessorConfiguration.by_name
    for bound in ("desired", "min", "max"):
        virtual, units = getattr(shared, f"{bound}_virtual"), getattr(shared, f"{bound}_units")
        _between(partition, by_name[f"{bound}_virtual"].tag, virtual, 1, limit)
        _between(partition, by_name[f"{bound}_units"].tag, units, least * virtual, Decimal(virtual))
        if units % HUNDREDTH:
            raise general.BAD_VALUE.error(
                field=by_name[f"{bound}_units"].tag,
                object=f"partition {partition.name}",
                value=units,
                cause="processing units are given in hundredths",
                wanted="at most two decimals",
            )
    _ascending(partition, "virtual processors", shared.min_virtual, shared.desired_virtual, shared.max_virtual)
    _ascending(partition, "processing units", shared.min_units, shared.desired_units, shared.max_units)
    _between(partition, "UncappedWeight", shared.uncapped_weight, 0, 255)
    if shared.pool_id:
        pool = next((pool for pool in pools if pool.id == shared.pool_id), None)
        if pool is None:
            raise general.NOT_FOUND.error(kind="SharedProcessorPool", name=shared.pool_id)
        if pool.get("max_proc_units") == 0:
            raise say.POOL_CLOSED.error(partition=partition.name, pool=pool.name)


def _sharing(partition: BasePartition, allowed: tuple[SharingMode, ...], processors: str) -> None:
    mode = partition.proc_config.sharing_mode
    if mode not in allowed:
        raise general.BAD_VALUE.error(
            field="SharingMode",
            object=f"partition {partition.name}",
            value=repr(mode),
            cause=f"its processors are {processors}",
            wanted=f"one of {', '.join(mode.value for mode in allowed)}",
        )


# what is allocated


def with_current(partition: P, *, memory_mb: int | None = None) -> P:
    """The configuration made current: what the partition has, or would have at its next activation.

    memory_mb: when the server could not give all of the desired memory.
    """
    memory, processors, slots = partition.mem_config, partition.proc_config, partition.io_config
    granted = memory.desired if memory_mb is None else memory_mb
    current_memory = memory.evolve(
        current=granted,
        current_max=memory.max,
        current_min=memory.min,
        current_exp_factor=memory.exp_factor,
        ame_enabled=memory.exp_factor > 0,
        current_hpt_ratio=memory.hpt_ratio,
        current_huge_pages=0,
        current_max_huge_pages=0,
        current_min_huge_pages=0,
    )
    return partition.evolve(
        mem_config=current_memory,
        proc_config=_processors_with_current(processors),
        io_config=slots.evolve(current_max_virtual_slots=slots.max_virtual_slots),
    )


def _processors_with_current(processors: PartitionProcessorConfiguration) -> PartitionProcessorConfiguration:
    current = processors.evolve(
        current_has_dedicated=processors.has_dedicated, current_sharing_mode=processors.sharing_mode
    )
    if processors.has_dedicated:
        dedicated = processors.dedicated_proc_cfg
        return current.evolve(
            current_shared_proc_cfg=None,
            current_dedicated_proc_cfg=CurrentDedicatedProcessorConfiguration(
                current_max=dedicated.max,
                current_min=dedicated.min,
                current=dedicated.desired,
            ),
        )
    shared = processors.shared_proc_cfg
    return current.evolve(
        current_dedicated_proc_cfg=None,
        current_shared_proc_cfg=CurrentSharedProcessorConfiguration(
            allocated_virtual=shared.desired_virtual,
            current_max_units=shared.max_units,
            current_min_units=shared.min_units,
            current_units=shared.desired_units,
            current_pool_id=shared.pool_id,
            current_uncapped_weight=shared.uncapped_weight,
            current_min_virtual=shared.min_virtual,
            current_max_virtual=shared.max_virtual,
        ),
    )


def with_runtime(partition: P, running: bool) -> P:
    """The ``Runtime…`` fields: the live values of a partition that runs, 0 of one that is off."""
    memory, processors = partition.mem_config, partition.proc_config
    live: dict[str, Any] = {
        "runtime_has_dedicated": processors.current_has_dedicated,
        "runtime_sharing_mode": processors.current_sharing_mode,
    }
    if processors.current_has_dedicated:
        dedicated = processors.current_dedicated_proc_cfg
        processors = processors.evolve(
            **live,
            current_dedicated_proc_cfg=dedicated.evolve(runtime=dedicated.current if running else 0),
        )
    else:
        shared = processors.current_shared_proc_cfg
        processors = processors.evolve(
            **live,
            current_shared_proc_cfg=shared.evolve(
                runtime_units=shared.current_units if running else Decimal("0.0"),
                runtime_uncapped_weight=shared.current_uncapped_weight if running else 0,
            ),
        )
    return partition.evolve(
        mem_config=memory.evolve(
            runtime_huge_pages=0,
            runtime=memory.current if running else 0,
            runtime_min=memory.current_min if running else 0,
        ),
        proc_config=processors,
    )
