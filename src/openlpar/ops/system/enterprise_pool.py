"""Power enterprise pools: processors and memory whose activation moves between the servers of a pool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from openlpar.messages import licensing as say
from openlpar.ops.core import Evidence, Level, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ports.state import Change, World
from openlpar.uom.enterprise_pool import PowerEnterprisePool, PowerEnterprisePoolMember

_SOURCE = Evidence(Level.DOCUMENTED, "pypowervm's wrappers.enterprise_pool")


@dataclass
class UpdateEnterprisePool(UpdateOperation, name="enterprise_pool.update", verb="update", on=(PowerEnterprisePool,)):
    """Renames a pool, or names another master console of it."""

    evidence = _SOURCE

    requested: PowerEnterprisePool

    def check(self, world: World) -> None:
        before = world.get(PowerEnterprisePool, self.uuid)
        self.subject = (PowerEnterprisePool, self.uuid)
        about = f"enterprise pool {before.name}"
        self._before, self._after = before, merged(before, before, self.requested, about=about, strict=self.strict)

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the pool", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after)


@dataclass
class UpdateMember(
    UpdateOperation, name="enterprise_pool.update_member", verb="update", on=(PowerEnterprisePoolMember,)
):
    """Gives a server activations of its pool, or takes them back; what the pool has and what servers have adds up to its total."""

    evidence = _SOURCE
    called = "sys_name"

    requested: PowerEnterprisePoolMember

    def locks(self) -> Iterable[str]:
        return (self.uuid, "enterprise pools")

    def check(self, world: World) -> None:
        before = world.get(PowerEnterprisePoolMember, self.uuid)
        self.subject = (PowerEnterprisePoolMember, self.uuid)
        about = f"server {before.sys_name} of an enterprise pool"
        after = merged(before, before, self.requested, about=about, strict=self.strict)
        pool = world.get(PowerEnterprisePool, before.parent or "")
        free = {}
        for field in ("mobile_procs", "mobile_mem"):
            has, left = before.get(field) or 0, pool.get(f"avail_{field}") or 0
            wish = after.get(field) or 0
            if not 0 <= wish <= has + left:
                raise say.POOL_UNITS.error(
                    field=PowerEnterprisePoolMember.by_name[field].tag,
                    member=before.sys_name,
                    pool=pool.name,
                    value=wish,
                    free=left,
                    now=has,
                )
            free[f"avail_{field}"] = left + has - wish
        self._before, self._after = before, after
        self._pool = pool.evolve(**free, sequence_number=(pool.sequence_number or 0) + 1)

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("move activations", self._move)

    def _move(self, change: Change) -> None:
        change.put(self._after)
        change.put(self._pool)
