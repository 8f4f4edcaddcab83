"""Making, changing and deleting tiers: the step that all of them have in common."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.ops.core import ResourceOperation, Step
from openlpar.ops.shared_storage.nodes import touch_servers
from openlpar.ops.shared_storage.tier_plan import with_tiers
from openlpar.ports.state import Change
from openlpar.uom.shared_storage_pool import SharedStoragePool, Tier


class TierWriter(ResourceOperation):
    """Subclasses set these in ``check``: the pool, and the tiers of it that are gone, or altered or new (without uuid)."""

    _pool: SharedStoragePool
    _after: tuple[Tier, ...] = ()
    _gone: tuple[Tier, ...] = ()

    def steps(self) -> Iterable[Step]:
        yield Step("write the tiers", self._write_tiers)

    def _write_tiers(self, change: Change) -> None:
        before = tuple(change.all(Tier, self._pool.uuid))
        for tier in self._gone:
            change.remove(tier)
        for tier in self._after:
            self._put(change, tier)
        after = tuple(change.all(Tier, self._pool.uuid))
        pool = change.get(SharedStoragePool, self._pool.uuid)
        changed = with_tiers(pool, before, after)
        if changed != pool:
            change.put(changed)
            touch_servers(change)

    def _put(self, change: Change, tier: Tier) -> None:
        made = identified(change, self._pool, tier)
        change.put(made)
        self.subject = (Tier, made.uuid)


def identified(change: Change, pool: SharedStoragePool, tier: Tier) -> Tier:
    """A tier, with identities for what is new of it. UDIDs carry the cluster's identifier behind their type, as the pool's does."""
    cluster, entropy = pool.udid[2:34], change.entropy
    if not tier.uuid:
        tier = tier.evolve(uuid=entropy.uuid(), udid=f"25{cluster}{entropy.hex(16)}")
    if all(group.udid for group in tier.failure_groups):
        return tier
    groups = (
        group if group.udid else group.evolve(udid=f"26{cluster}{entropy.hex(16)}") for group in tier.failure_groups
    )
    return tier.evolve(failure_groups=tuple(groups))
