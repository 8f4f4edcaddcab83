"""The RMC connection of a partition, and dynamic changes, which go over it (comanagement-rmc 4 and 5)."""

from __future__ import annotations

import fnmatch

from openlpar.messages import partition as say
from openlpar.ops.capacity import is_active
from openlpar.ports.records import RMC_LOST, Due, Fault, RmcConnection
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState, RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer

_ABLE = (RMCState.ACTIVE, RMCState.BUSY)


def why_not_connected(world: World, partition: BasePartition) -> str:
    """Why RMC is not active, in words that somebody can act on; "" when it is."""
    if partition.rmc_state in _ABLE:
        return ""
    if partition.is_mgmt_partition:
        return "it is the partition of the NovaLink itself, which needs no connection"
    rule = next((rule for rule in world.all(Fault) if keeps_off(rule, partition)), None)
    if partition.state != PartitionState.RUNNING:
        waits = f", and {cause_of(rule)}" if rule is not None and is_active(partition) else ""
        return f"it is {partition.state}{waits}"
    if rule is not None:
        return cause_of(rule)
    known = world.find(RmcConnection, partition.uuid)
    if known is not None and known.cause:
        return known.cause
    if any(due.what == "hypervisor" for due in world.where(Due, subject=partition.uuid)):
        return "its operating system has come up and has not connected yet, which takes a minute or more"
    return "its operating system does not answer"


def keeps_off(rule: Fault, partition: BasePartition) -> bool:
    """Whether a fault rule keeps the partition from the management network; the NovaLink's own needs none."""
    kind = RMC_LOST.get(rule.effect)
    fits = kind is not None and isinstance(partition, kind) and fnmatch.fnmatchcase(partition.name, rule.subject)
    return fits and not partition.is_mgmt_partition


def cause_of(rule: Fault) -> str:
    return f"fault rule {rule.uuid} keeps it from the management network"


def check_dlpar(world: World, partition: BasePartition, resource: str, *, capable: bool) -> None:
    """Refuses what cannot be changed of a partition now. capable: the operating system can change that resource while it runs.

    A partition that is off is changed in its description only; the management partition needs no RMC connection to itself.
    resource: how the message calls what is to be changed.
    """
    moves = partition.state == PartitionState.MIGRATING_NOT_ACTIVE
    if (not is_active(partition) and not moves) or partition.is_mgmt_partition:
        return
    if partition.state != PartitionState.RUNNING:
        raise say.BAD_STATE.error(
            partition=partition.name,
            state=partition.state,
            task=f"changing {resource}",
            wanted="running or powered off",
        )
    if partition.rmc_state not in _ABLE:
        cause = why_not_connected(world, partition)
        raise say.DLPAR_NO_RMC.error(partition=partition.name, rmc=partition.rmc_state, resource=resource, cause=cause)
    if not capable:
        raise say.DLPAR_NOT_CAPABLE.error(partition=partition.name, resource=resource)


def check_io_dlpar(world: World, partition: BasePartition, resource: str = "I/O") -> None:
    """As ``check_dlpar``, for adapters and slots that are to be added or removed; the guest may object too."""
    check_dlpar(world, partition, resource, capable=partition.capabilities.io_dlpar)
    known = world.find(RmcConnection, partition.uuid)
    if known is not None and known.objection and is_active(partition) and not partition.is_mgmt_partition:
        raise say.DLPAR_REFUSED.error(partition=partition.name, resource=resource, cause=known.objection)


def connections(world: World) -> list[dict[str, object]]:
    """Every partition's RMC connection, as the admin face answers, in the order of partition ids."""
    partitions = [one for kind in (LogicalPartition, VirtualIOServer) for one in world.all(kind)]
    return [
        {
            "id": one.id,
            "name": one.name,
            "state": one.state,
            "rmc": one.rmc_state or "none",
            "address": one.rmc_ip,
            "dlpar": [
                word
                for word, able in (
                    ("memory", one.capabilities.mem_dlpar),
                    ("processors", one.capabilities.proc_dlpar),
                    ("I/O", one.capabilities.io_dlpar),
                )
                if able
            ],
            "cause": why_not_connected(world, one),
        }
        for one in sorted(partitions, key=lambda each: each.id)
    ]
