"""What simulated partitions are busy with, by rules that an administrator sets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openlpar.messages import metrics as say
from openlpar.ops.shared_storage import filling
from openlpar.ports.hypervisor import Hypervisor
from openlpar.ports.metrics import Meter, Workload, rule, workload_of
from openlpar.ports.records import WorkloadRule
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer


def made(wish: Mapping[str, Any]) -> WorkloadRule:
    """The rule that a client describes. Raises Failure BAD_WORKLOAD."""
    try:
        return rule(wish)
    except ValueError as wrong:
        raise say.BAD_WORKLOAD.error(cause=str(wrong)) from wrong


def set_rule(change: Change, hypervisor: Hypervisor, wish: Mapping[str, Any]) -> WorkloadRule:
    """From now on; a rule for the same names is replaced, and where several name a partition the one that was set last counts."""
    if not isinstance(hypervisor, Meter) or not hypervisor.by_workload:
        raise say.REAL_WORK.error(hypervisor=hypervisor.name)
    made_rule = made(wish)
    before = change.find(WorkloadRule, made_rule.uuid)
    if before is not None:
        change.remove(before)
    change.put(made_rule)
    filling.begin(change)
    return made_rule


def remove_rule(change: Change, pattern: str) -> None:
    """Raises Failure NO_WORKLOAD."""
    found = change.find(WorkloadRule, pattern)
    if found is None:
        raise say.NO_WORKLOAD.error(partition=pattern)
    change.remove(found)


def workloads(world: World) -> dict[str, Workload]:
    """What each partition does, by its name."""
    rules = list(world.all(WorkloadRule))
    partitions = [(one.name, False) for one in world.all(LogicalPartition)]
    partitions += [(one.name, True) for one in world.all(VirtualIOServer)]
    return {name: workload_of(rules, name, vios) for name, vios in partitions}
