"""Thin logical units fill with what partitions write to them, and a pool that promised more than it has can run out.

How much partitions write to blocks they never wrote before is their workload (``fresh``). It is worked out every ``STEP_MS``, only
while a rule says so. With an immediate clock nothing is waited for: it is worked out when somebody looks. A tier gives what it has
left in the order of its units; who gets less than he writes sees I/O errors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal

from openlpar.ops.metrics.survey import metered
from openlpar.ops.redundancy.losses import paths_of
from openlpar.ops.storage.sizes import tidy
from openlpar.ports.metrics import Writer, workload_of
from openlpar.ports.pool_space import CHUNK_KB, chunks_in, fills, free_gb, kilobytes, space_gb, taken_gb
from openlpar.ports.records import Due, Filling, GuestDisks, UnitUse, WorkloadRule
from openlpar.ports.state import Change, World
from openlpar.uom.disk_paths import Paths
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier

DUE = "pools.fill"
STEP_MS = 300_000
_LEAST_MS = 1000
"""Between two times that it is worked out."""
_LATE = 12
"""How many steps are made up for, at most, when nobody could take them."""
_ONE = "pools"


@dataclass(slots=True)
class _Demand:
    """What is to be written to a unit. clients: who writes, each with the mappings he does it through."""

    kb: int = 0
    clients: dict[str, set[str]] = field(default_factory=dict)


def is_filling(world: World) -> bool:
    return any(rule.settings.get("fresh") for rule in world.all(WorkloadRule))


def begin(change: Change) -> None:
    """Called when workloads were set, and when the service has started."""
    if is_filling(change) and change.find(Filling, _ONE) is None:
        change.put(Filling(uuid=_ONE, at=change.clock.now()))
    if change.find(Filling, _ONE) is not None and not any(change.where(Due, subject=DUE)):
        change.schedule(STEP_MS, DUE, DUE)


class Filler:
    """Lets the pools of one managed system fill."""

    def __init__(self, writer: Writer | None, waits: bool) -> None:
        """writer: None when the hypervisor's guests do not write by workload. waits: the clock lets scheduled things wait."""
        self._writer = writer
        self._waits = waits

    def due(self, change: Change, due: Due) -> None:
        self.catch_up(change)
        if self._waits and change.find(Filling, _ONE) is not None:
            change.schedule(STEP_MS, DUE, DUE)

    def is_late(self, world: World, now: int) -> bool:
        """Whether something was written that is not worked out, and will not be by itself."""
        last = world.find(Filling, _ONE)
        return not self._waits and last is not None and now - last.at >= _LEAST_MS

    def catch_up(self, change: Change) -> None:
        """Works out what was written up to now."""
        last, now = change.find(Filling, _ONE), change.clock.now()
        if last is None or self._writer is None:
            return
        if not is_filling(change):
            change.remove(last)
            for seen in [one for one in change.all(GuestDisks) if one.full]:
                change.put(replace(seen, full=()))
        elif now - last.at >= _LEAST_MS:
            self._fill(change, self._writer, max(last.at, now - _LATE * STEP_MS), now)

    def _fill(self, change: Change, writer: Writer, begin: int, end: int) -> None:
        paths = paths_of(change)
        demands = _demands(change, writer, paths, begin, end)
        refused: dict[str, set[str]] = {seen.uuid: set() for seen in change.all(GuestDisks) if seen.full}
        wanted_kb: dict[str, int] = {}
        for pool in list(change.all(SharedStoragePool)):
            for tier in list(change.all(Tier, pool.uuid)):
                units = [unit for unit in change.all(LogicalUnit, tier.uuid) if unit.udid in demands]
                if units:
                    wanted_kb[tier.uuid] = sum(demands[unit.udid].kb for unit in units)
                    _write(change, tier, units, demands, refused)
        for uuid, mappings in refused.items():
            partition = change.find(LogicalPartition, uuid)
            if partition is not None:
                writer.refused(change, paths, partition, mappings)
        change.put(Filling(uuid=_ONE, at=end, seconds=(end - begin) // 1000, wanted_kb=wanted_kb))


def _demands(world: World, writer: Writer, paths: Paths, begin: int, end: int) -> dict[str, _Demand]:
    """UDID of each logical unit that grows by being written to what is to be written to it."""
    thin = {unit.udid for unit in world.all(LogicalUnit) if fills(unit)}
    found: dict[str, _Demand] = {}
    for partition in _writing(world):
        disks = [disk for disk in paths.disks(partition.id) if disk.working and not disk.is_optical]
        ports = [port for port in paths.ports(partition.id) if not port.fault]
        growing = [disk for disk in disks if disk.udid in thin]
        if not growing:
            continue
        share_kb = writer.fresh(world, metered(partition), begin, end) // 1024 // (len(disks) + len(ports))
        for disk in growing:
            demand = found.setdefault(disk.udid, _Demand())
            demand.kb += share_kb
            demand.clients[partition.uuid] = {path.mapping.uuid for path in disk.working}
    return found


def _writing(world: World) -> Iterator[LogicalPartition]:
    rules = list(world.all(WorkloadRule))
    for partition in world.all(LogicalPartition):
        if partition.state == PartitionState.RUNNING and workload_of(rules, partition.name, False).settings["fresh"]:
            yield partition


def _write(
    change: Change, tier: Tier, units: list[LogicalUnit], demands: dict[str, _Demand], refused: dict[str, set[str]]
) -> None:
    """refused: uuid of each partition to the mappings through which it cannot write, to be added to."""
    pool = change.get(SharedStoragePool, tier.parent or "")
    free, taken = max(Decimal(0), min(free_gb(change, tier, pool), pool.free_space)), Decimal(0)
    for unit in units:
        demand, use = demands[unit.udid], change.find(UnitUse, unit.uuid) or UnitUse(uuid=unit.uuid, written_kb=0)
        # Who has written all of a disk writes over it.
        wanted = min(kilobytes(unit.capacity), use.written_kb + demand.kb)
        before, got = space_gb(unit, use.written_kb), wanted
        if space_gb(unit, wanted) - before > free - taken:
            there = -(-use.written_kb // CHUNK_KB) + chunks_in(free - taken)
            got = max(use.written_kb, there * CHUNK_KB)
        if got < wanted:
            for client, mappings in demand.clients.items():
                refused.setdefault(client, set()).update(mappings)
        if got != use.written_kb:
            change.put(replace(use, written_kb=got))
            taken += space_gb(unit, got) - before
    if taken:
        change.put(pool.evolve(free_space=tidy(pool.free_space - taken)))


def write_image(change: Change, pool: SharedStoragePool, unit: LogicalUnit, size_bytes: int) -> None:
    """An image was written onto a thin disk: that much of it is written at least."""
    before = taken_gb(change, unit)
    use = change.find(UnitUse, unit.uuid) or UnitUse(uuid=unit.uuid, written_kb=0)
    change.put(replace(use, written_kb=max(use.written_kb, -(-size_bytes // 1024))))
    change.put(pool.evolve(free_space=tidy(pool.free_space - taken_gb(change, unit) + before)))
