"""Creating a partition: a logical partition, or an (empty) Virtual I/O Server."""

from __future__ import annotations

import uuid as uuids
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.messages import partition as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, Level, ResourceOperation, ResourceRequest, Step, partition_of
from openlpar.ops.io_slot.assignment import assign_slots, check_slots
from openlpar.ops.lpar.configuration import check_configuration, check_name, with_current, with_defaults, with_runtime
from openlpar.ports.state import Change, Entropy, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import (
    BasePartition,
    BootMode,
    KeylockPosition,
    PartitionCapabilities,
    PartitionState,
    PartitionType,
    ProfileSync,
    RMCState,
)
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.virtual_io_server import VirtualIOServer

_TYPES: dict[type[BasePartition], tuple[PartitionType, ...]] = {
    LogicalPartition: (PartitionType.AIX_LINUX, PartitionType.OS400),
    VirtualIOServer: (PartitionType.VIOS,),
}


@dataclass
class CreatePartition(ResourceOperation, name="lpar.create", verb="create", on=(LogicalPartition, VirtualIOServer)):
    """Adds a partition that is off. requested: what the client sent; all it left out gets its default."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.utils.lpar_builder")

    requested: BasePartition

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, BasePartition)
        return cls(request.element)

    def locks(self) -> Iterable[str]:
        return ("partitions",)

    def about(self, world: World) -> str:
        return self.requested.name

    def check(self, world: World) -> None:
        requested = self.requested
        system = managed_system(world)
        check_name(world, requested.name)
        allowed = _TYPES[type(requested)]
        if requested.env not in allowed:
            raise general.BAD_VALUE.error(
                field="PartitionType",
                object=f"partition {requested.name}",
                value=repr(requested.env),
                cause=f"a {type(requested).__name__} has another type",
                wanted=" or ".join(allowed),
            )
        if not requested.mem_config.has("desired"):
            raise general.MISSING_VALUE.error(
                object=f"PartitionMemoryConfiguration of partition {requested.name}", field="DesiredMemory"
            )
        _check_identity(world, system, requested)
        check_configuration(world.all(SharedProcessorPool), system, with_defaults(requested))
        # It has none yet: all that the client lists are slots to add.
        self._bare = requested.evolve(io_config=requested.io_config.evolve(io_slots=()))
        check_slots(world, self._bare, requested.io_config.io_slots)

    def steps(self) -> Iterable[Step]:
        yield Step("define the partition", self._define)
        yield Step("tell the hypervisor", self._tell, undo=self._untell)

    def _define(self, change: Change) -> None:
        wish = self._bare if self._bare.has("id") else self._bare.evolve(id=free_id(change))
        made = created(change.entropy, managed_system(change), wish)
        change.put(made)
        assign_slots(change, made.uuid, self.requested.io_config.io_slots)
        self._made = change.get(type(made), made.uuid)
        self.subject = (type(made), made.uuid)

    def _tell(self, change: Change) -> None:
        self.edges.hypervisor.define(change, self._made)

    def _untell(self, change: Change) -> None:
        self.edges.hypervisor.undefine(change, self._made)


def _check_identity(world: World, system: ManagedSystem, requested: BasePartition) -> None:
    wish = requested.uuid or requested.partition_uuid
    if wish:
        try:
            uuids.UUID(wish)
        except ValueError:
            raise general.BAD_VALUE.error(
                field="PartitionUUID",
                object=f"partition {requested.name}",
                value=repr(wish),
                cause="it is no UUID",
                wanted="a UUID in upper case, or none",
            ) from None
        taken = partition_of(world, wish.upper())
        if taken is not None:
            raise general.NAME_TAKEN.error(kind="Partition with UUID", name=wish.upper())
    limit = system.max_partitions or 1000
    if requested.has("id"):
        if not 1 <= requested.id <= limit:
            raise say.BOUNDS.error(partition=requested.name, field="PartitionID", value=requested.id, low=1, high=limit)
        other = partition_with_id(world, requested.id)
        if other is not None:
            raise say.ID_TAKEN.error(id=requested.id, partition=other.name)
    elif world.tally("partitions") >= limit:
        raise say.NO_FREE_ID.error(system=system.system_name, maximum=limit)


def partition_with_id(world: World, lpar_id: int) -> BasePartition | None:
    for kind in (LogicalPartition, VirtualIOServer):
        for found in world.where(kind, id=lpar_id):
            return found
    return None


def free_id(world: World) -> int:
    """The lowest free id. N different ids that add up to N(N+1)/2 are 1 to N: then there is nothing to search."""
    count = world.tally("partitions")
    if world.tally("partition_ids") == count * (count + 1) // 2:
        return count + 1
    candidate = 1
    while partition_with_id(world, candidate) is not None:
        candidate += 1
    return candidate


def created(entropy: Entropy, system: ManagedSystem, requested: BasePartition) -> BasePartition:
    """A complete new partition that is off, with identity and everything a NovaLink shows of one. requested: has its id."""
    lpar_id = requested.id
    uuid = (requested.uuid or requested.partition_uuid or entropy.uuid()).upper()
    complete = with_defaults(requested)
    serial = system.mtms.serial
    defaults = {
        "allow_perf_data_collection": False,
        "avail_priority": 191 if requested.env == PartitionType.VIOS else 127,
        "bootmode": BootMode.NORMAL.value,
        "is_service_partition": False,
        "is_connection_monitoring_enabled": True,
        "is_redundant_error_path_reporting_enabled": False,
        "is_time_reference_partition": False,
        "is_vtpm_enabled": False,
        "keylock_pos": KeylockPosition.NORMAL.value,
        "pending_proc_compat_mode": "default",
        "current_secure_boot": 0,
        "pending_secure_boot": 0,
        "power_on_with_hypervisor": False,
        "nvram": "",
    }
    if isinstance(requested, LogicalPartition):
        defaults |= {
            "migration_state": "Not_Migrating",
            "rr_enabled": False,
            "srr_enabled": False,
            "suspend_capable": False,
            "has_dedicated_processors_for_migration": False,
            "restrictedio": requested.env == PartitionType.OS400,
        }
    fixed = {
        "id": lpar_id,
        "partition_uuid": uuid,
        "state": PartitionState.NOT_ACTIVATED.value,
        "ref_code": "00000000",
        "ref_code_full": "",
        "rmc_state": RMCState.INACTIVE.value,
        "rmc_ip": "",
        "operating_system": "Unknown",
        "is_mgmt_partition": False,
        "is_operation_in_progress": False,
        "is_virtual_service_attention_led_on": False,
        "logical_serial_number": f"{serial}{serial_digits(lpar_id)}",
        "mac_address_prefix": str(int(entropy.hex(10), 16) & 0xFCFFFFFFFF | 0x0200000000),
        "proc_compat_mode": complete.get("pending_proc_compat_mode") or "default",
        "profile_sync": ProfileSync.DISABLED.value,
        "capabilities": PartitionCapabilities(
            io_dlpar=False,
            mem_dlpar=False,
            proc_dlpar=False,
            intrusion_detection_capable=False,
            rmc_shutdown_capable=False,
        ),
        "progress_partition_data_remaining": 0,
        "progress_partition_data_total": 0,
        "uptime": 0,
    }
    made = complete.evolve(
        uuid=uuid,
        parent=system.uuid,
        **{name: value for name, value in defaults.items() if not complete.has(name)},
        **fixed,
    )
    return with_runtime(with_current(made), running=False)


def serial_digits(lpar_id: int) -> str:
    """The logical serial number ends with the partition's id in base 36, as on the real thing."""
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    text = ""
    while lpar_id:
        lpar_id, rest = divmod(lpar_id, 36)
        text = digits[rest] + text
    return text or "0"
