"""Changing a partition: what it may become, when it must be off for it, and what needs its operating system's help."""

from __future__ import annotations

from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from openlpar.messages import Failure, general
from openlpar.messages import partition as say
from openlpar.ops.capacity import is_active, managed_system, reserve
from openlpar.ops.core import Evidence, Level, ResourceRequest, Step, UpdateOperation, partition_name, partition_of
from openlpar.ops.io_slot.assignment import assign_slots, check_slots
from openlpar.ops.lpar.configuration import check_configuration, check_name, with_current, with_defaults, with_runtime
from openlpar.ops.lpar.connection import check_dlpar
from openlpar.ops.lpar.view import shown_partition
from openlpar.ops.merge import merged
from openlpar.ops.mobility.moving import check_stays
from openlpar.ops.scsi.slots import used_slots
from openlpar.ops.system.serial_number import check_number
from openlpar.ports.hypervisor import Resource
from openlpar.ports.state import Change, World
from openlpar.uom.core import Element
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_processor_pool import SharedProcessorPool

# (what messages call it, path of field names) of all that a running partition cannot change; source: comanagement-rmc 5.
_NEEDS_POWER_OFF = (
    ("MinimumMemory", ("mem_config", "min")),
    ("MaximumMemory", ("mem_config", "max")),
    ("ExpansionFactor", ("mem_config", "exp_factor")),
    ("HardwarePageTableRatio", ("mem_config", "hpt_ratio")),
    ("PhysicalPageTableRatio", ("mem_config", "ppt_ratio")),
    ("HasDedicatedProcessors", ("proc_config", "has_dedicated")),
    ("MinimumProcessors", ("proc_config", "dedicated_proc_cfg", "min")),
    ("MaximumProcessors", ("proc_config", "dedicated_proc_cfg", "max")),
    ("MinimumProcessingUnits", ("proc_config", "shared_proc_cfg", "min_units")),
    ("MaximumProcessingUnits", ("proc_config", "shared_proc_cfg", "max_units")),
    ("MinimumVirtualProcessors", ("proc_config", "shared_proc_cfg", "min_virtual")),
    ("MaximumVirtualProcessors", ("proc_config", "shared_proc_cfg", "max_virtual")),
    ("PendingProcessorCompatibilityMode", ("pending_proc_compat_mode",)),
    ("MaximumVirtualIOSlots", ("io_config", "max_virtual_slots")),
    ("PendingSecureBoot", ("pending_secure_boot",)),
    ("IsVirtualTrustedPlatformModuleEnabled", ("is_vtpm_enabled",)),
    ("KeyStoreSize", ("keystore_kbytes",)),
)
# What a change of makes the whole configuration be checked; a recorded partition may be off limits elsewhere.
_BOUNDED = (
    ("mem_config",),
    ("proc_config",),
    ("avail_priority",),
    ("pending_proc_compat_mode",),
    ("pending_secure_boot",),
    ("is_vtpm_enabled",),
    ("keystore_kbytes",),
    ("io_config", "max_virtual_slots"),
)
LEFT = frozenset(
    {
        "io_config",
        "bootlist_info",
        "capabilities",
        "managed_system",
        "client_network_adapters",
        "vfc_client_adapters",
        "scsi_client_adapters",
    }
)
"""Names of fields that are not the client's to change here: what has its own objects behind it."""


# Of the I/O configuration: what has objects or steps of its own.
_OWN_OBJECTS = frozenset({"io_slots", "virtual_io_adapters"})


@dataclass
class UpdatePartition(UpdateOperation, name="lpar.update", verb="update", on=(LogicalPartition,)):
    """Takes over a client's version of a partition.

    force: resize although the guest cannot confirm it, or may not stand it.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.logical_partition")

    requested: BasePartition
    force: bool = False
    left: frozenset[str] = field(default=LEFT)
    _granted: BasePartition | None = field(default=None, init=False, repr=False)

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        operation = super().from_request(request)
        operation.force = "force" in request.options
        return operation

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions", "capacity")

    def about(self, world: World) -> str:
        return partition_name(world, self.uuid)

    def check(self, world: World) -> None:
        before = partition_of(world, self.uuid)
        if before is None:
            raise general.NOT_FOUND.error(kind="Partition", name=self.uuid)
        self._before, self._after = before, self._merged(world, before)
        after = self._after
        if after is not before or self.requested.io_config.has("io_slots"):
            check_stays(world, before, "changed")
        if isinstance(after, LogicalPartition) and after.virtual_serial_number != (
            before.get("virtual_serial_number") or ""
        ):
            if is_active(before):
                raise say.NEEDS_POWER_OFF.error(field="VirtualSerialNumber", partition=before.name, state=before.state)
            check_number(world, after, after.virtual_serial_number)
        if after.name != before.name:
            check_name(world, after.name, before.uuid)
        if self.requested.io_config.has("io_slots"):
            check_slots(world, before, self.requested.io_config.io_slots)
        known = with_defaults(before)  # a recorded partition may lack some of what is compared
        if after is before or not (_changed(known, after, _BOUNDED) or _resized(before, after)):
            return
        check_configuration(world.all(SharedProcessorPool), managed_system(world), after)
        if after.io_config.max_virtual_slots != known.io_config.max_virtual_slots:
            self._check_slots_in_use(world, after)
        if is_active(before):
            self._check_running(world, known, after)

    def _merged(self, world: World, before: BasePartition) -> BasePartition:
        about = f"partition {before.name}"
        shown = shown_partition(world, before)
        after = merged(before, shown, self.requested, leave=self.left, about=about, strict=self.strict)
        wished: Element = self.requested.io_config
        slots = merged(before.io_config, shown.io_config, wished, leave=_OWN_OBJECTS, about=about, strict=self.strict)
        if slots is not before.io_config:
            after = after.evolve(io_config=slots)
        wish = self.requested.proc_config
        if wish.has("has_dedicated") and wish.has_dedicated != before.proc_config.has_dedicated:
            after = after.evolve(
                proc_config=before.proc_config.evolve(
                    has_dedicated=wish.has_dedicated,
                    sharing_mode=wish.get("sharing_mode"),
                    dedicated_proc_cfg=wish.get("dedicated_proc_cfg"),
                    shared_proc_cfg=wish.get("shared_proc_cfg"),
                )
            )
        return after if after is before else with_defaults(after)

    def _check_running(self, world: World, before: BasePartition, after: BasePartition) -> None:
        for tag, path in _NEEDS_POWER_OFF:
            if _value(before, path) != _value(after, path):
                raise say.NEEDS_POWER_OFF.error(field=tag, partition=before.name, state=before.state)
        memory_mb = after.mem_config.desired - before.mem_config.current
        processors = _desired_processors(after) - _current_processors(before)
        able = before.capabilities
        if after.mem_config.desired != before.mem_config.desired and not self.force:
            check_dlpar(world, before, "memory", capable=able.mem_dlpar)
        if after.proc_config != before.proc_config and not self.force:
            check_dlpar(world, before, "processors", capable=able.proc_dlpar)
        reserve(world, before, max(0, memory_mb), max(Decimal(0), processors))

    def _check_slots_in_use(self, world: World, after: BasePartition) -> None:
        highest = max(used_slots(world, self.uuid), default=0)
        if after.io_config.max_virtual_slots <= highest:
            raise say.BOUNDS.error(
                partition=after.name,
                field="MaximumVirtualIOSlots",
                value=after.io_config.max_virtual_slots,
                low=highest + 1,
                high=65535,
            )

    def consult(self, world: World) -> Awaitable[None] | None:
        before, after = self._before, self._after
        if after is before or not is_active(before) or not _resized(before, after):
            return None
        return self._ask_guest(before, after)

    async def _ask_guest(self, before: BasePartition, after: BasePartition) -> None:
        """It says what it gives or takes; with less than was wished the rest of the change is done all the same."""
        resized = await self.edges.hypervisor.resize(before, after, self.force)
        self._granted = resized.partition
        if resized.reason and not _resized(before, resized.partition):
            raise say.DLPAR_REFUSED.error(
                partition=before.name, resource=_resource(before, after), cause=resized.reason
            )
        if resized.reason:
            self.shortfall = _shortfall(resized.partition, after, resized.reason)

    async def retract(self) -> None:
        if self._granted is not None:
            await self.edges.hypervisor.resize(self._granted, self._before, force=True)

    def steps(self) -> Iterable[Step]:
        yield Step("resize the partition", self._resize)
        yield Step("assign I/O slots", self._assign_slots)

    def _resize(self, change: Change) -> None:
        before, after = self._before, self._after
        self.subject = (type(after), after.uuid)
        if after is before:
            return  # sent back as it was: no change, no event
        if is_active(before):
            if _resized(before, after):
                assert self._granted is not None, "the guest was not asked"
                after = with_current(self._granted)
            after = with_runtime(after, running=True)
        else:
            after = with_runtime(with_current(after), running=False)
            mode = after.get("pending_proc_compat_mode")
            after = after.evolve(proc_compat_mode=mode) if mode else after
        change.put(after)

    def _assign_slots(self, change: Change) -> None:
        if self.requested.io_config.has("io_slots"):
            assign_slots(change, self.uuid, self.requested.io_config.io_slots)


def _shortfall(has: BasePartition, wished: BasePartition, cause: str) -> Failure:
    resource = _resource(has, wished)
    if resource is Resource.MEMORY:
        now, then = f"{has.mem_config.desired} MB", f"{wished.mem_config.desired} MB"
    else:
        now, then = f"{_desired_processors(has)}", f"{_desired_processors(wished)}"
    return say.DLPAR_PARTIAL.error(partition=wished.name, has=now, resource=resource, wished=then, cause=cause)


def _resource(has: BasePartition, wished: BasePartition) -> Resource:
    return Resource.MEMORY if has.mem_config.desired != wished.mem_config.desired else Resource.PROCESSORS


def _resized(before: BasePartition, after: BasePartition) -> bool:
    return (
        before.mem_config.desired != after.mem_config.desired
        or before.proc_config.shared_proc_cfg != after.proc_config.shared_proc_cfg
        or before.proc_config.dedicated_proc_cfg != after.proc_config.dedicated_proc_cfg
        or before.proc_config.sharing_mode != after.proc_config.sharing_mode
    )


def _changed(before: Element, after: Element, paths: Iterable[tuple[str, ...]]) -> bool:
    return any(_value(before, path) != _value(after, path) for path in paths)


def _value(partition: Element, path: tuple[str, ...]) -> object:
    value: object = partition
    for name in path:
        assert isinstance(value, Element)
        value = getattr(value, name)
    return value


def _desired_processors(partition: BasePartition) -> Decimal:
    processors = partition.proc_config
    if processors.has_dedicated:
        return Decimal(processors.dedicated_proc_cfg.desired)
    return processors.shared_proc_cfg.desired_units


def _current_processors(partition: BasePartition) -> Decimal:
    processors = partition.proc_config
    if processors.current_has_dedicated:
        return Decimal(processors.current_dedicated_proc_cfg.current)
    return processors.current_shared_proc_cfg.current_units
