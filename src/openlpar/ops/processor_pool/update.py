"""Changing a shared processor pool: its name, its limit, and what it keeps in reserve."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from openlpar.messages import Failure, general
from openlpar.messages import system as say
from openlpar.ops.capacity import HUNDREDTH, free_processors, managed_system
from openlpar.ops.core import Evidence, Level, RefusedOperation, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ops.processor_pool.view import DEFAULT_ID, members, shown_pool, two_places, units_in_use
from openlpar.ports.state import Change, World
from openlpar.uom.shared_processor_pool import SharedProcessorPool

_LEFT = frozenset({"assigned_partitions", "avail_proc_units", "curr_rsrv_proc_units"})


def _bound(pool: SharedProcessorPool, field: str, value: Decimal, cause: str, wanted: str) -> Failure:
    tag = SharedProcessorPool.by_name[field].tag
    return say.POOL_BOUNDS.error(pool=pool.name, field=tag, value=value, cause=cause, wanted=wanted)


@dataclass
class UpdatePool(UpdateOperation, name="processor_pool.update", verb="update", on=(SharedProcessorPool,)):
    """Takes over a client's version of a pool. A new reserve is taken from the server's free processors at once."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.shared_proc_pool")

    requested: SharedProcessorPool

    def locks(self) -> Iterable[str]:
        return (self.uuid, "capacity")

    def check(self, world: World) -> None:
        before = world.get(SharedProcessorPool, self.uuid)
        self.subject = (SharedProcessorPool, self.uuid)
        about = f"processor pool {before.name}"
        after = merged(before, shown_pool(world, before), self.requested, leave=_LEFT, about=about, strict=self.strict)
        self._before, self._after = before, after
        if after.name != before.name:
            _check_name(world, after)
        changed = [name for name in ("max_proc_units", "pend_rsrv_proc_units") if after.get(name) != before.get(name)]
        if before.id == DEFAULT_ID and after != before:
            field = SharedProcessorPool.by_name[changed[0] if changed else "name"].tag
            raise say.DEFAULT_POOL.error(pool=before.name, field=field)
        if changed:
            _check_units(world, before, after, changed)
            units: dict[str, Any] = {name: two_places(getattr(after, name)) for name in changed}
            if "pend_rsrv_proc_units" in units:
                units["curr_rsrv_proc_units"] = units["pend_rsrv_proc_units"]
            # What a recording says is left in the pool is out of date now; the view works it out.
            self._after = after.evolve(**units, avail_proc_units=None)

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the pool", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after)


def _check_name(world: World, pool: SharedProcessorPool) -> None:
    if not 1 <= len(pool.name) <= 31 or not pool.name.isascii() or not pool.name.isprintable():
        raise general.BAD_VALUE.error(
            field="PoolName",
            object="a processor pool",
            value=repr(pool.name),
            cause="it is too long, empty or not printable ASCII",
            wanted="1 to 31 printable ASCII characters",
        )
    if any(other.name == pool.name and other.uuid != pool.uuid for other in world.all(SharedProcessorPool)):
        raise general.NAME_TAKEN.error(kind="Processor pool", name=pool.name)


def _check_units(world: World, before: SharedProcessorPool, after: SharedProcessorPool, changed: list[str]) -> None:
    system = managed_system(world)
    installed = Decimal(system.proc_config.proc_units_configurable)
    for name in changed:
        value = getattr(after, name)
        if value < 0 or value > installed:
            raise _bound(before, name, value, "the server does not have that many", f"0 to {installed}")
        if value % HUNDREDTH:
            raise _bound(before, name, value, "processing units are given in hundredths", "at most two decimals")
    inside = list(members(world, before.id))
    limit, reserve = after.max_proc_units, after.pend_rsrv_proc_units
    if limit == 0 and inside:
        raise say.POOL_NOT_EMPTY.error(pool=before.name, count=len(inside))
    least = units_in_use(inside) + reserve
    if least > limit:
        cause = f"its active partitions and its reserve take {least} processing units together"
        name = changed[0]
        raise _bound(before, name, getattr(after, name), cause, "a limit that covers both, or a smaller reserve")
    more = reserve - before.curr_rsrv_proc_units
    free = max(Decimal(0), free_processors(world, system))
    if more > free:
        cause = f"the server has only {free} processing units free"
        raise _bound(before, "pend_rsrv_proc_units", reserve, cause, "less, or free processors first")


# The pools of a server are what its firmware has; they are opened and closed by their limit.


class CreatePool(RefusedOperation, name="processor_pool.create", verb="create", on=(SharedProcessorPool,)):
    """Refused."""

    evidence = Evidence(Level.ASSUMED, "the recorded 64 pools of a server are all there, open or not")

    task = "Creating a processor pool (set MaximumProcessingUnits of one there is)"


class DeletePool(RefusedOperation, name="processor_pool.delete", verb="delete", on=(SharedProcessorPool,)):
    """Refused."""

    evidence = Evidence(Level.ASSUMED, "the recorded 64 pools of a server are all there, open or not")

    task = "Deleting a processor pool (set its MaximumProcessingUnits to 0)"
