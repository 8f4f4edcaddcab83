"""Shared storage pools that run out of space: less than their threshold is free, or a tier is full and its clients cannot write."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.ops.shared_storage.accounts import cluster_of, has_quorum, node_state
from openlpar.ports.pool_space import fills, free_gb, used_gb
from openlpar.ports.records import Filling, GuestDisks
from openlpar.ports.state import World
from openlpar.uom.cluster import NodeState
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_MB_PER_GB = 1024


def findings(world: World) -> Iterator[Failure]:
    """What somebody should look at, as a message for each pool and tier."""
    for pool in world.all(SharedStoragePool):
        if is_low(pool):
            yield say.POOL_LOW.error(
                pool=pool.name,
                free=pool.free_space,
                capacity=pool.capacity,
                threshold=f"{pool.alert_threshold.normalize():f}",
                promised=pool.total_lu_size,
            )
    refused = _refused(world)
    for tier in world.all(Tier):
        clients = _clients(world, tier, refused)
        if clients:
            pool = world.get(SharedStoragePool, tier.parent or "")
            yield say.TIER_FULL.error(tier=tier.name, pool=pool.name, clients=", ".join(clients))


def is_low(pool: SharedStoragePool) -> bool:
    """A pool without threshold, as recordings have some, is never low."""
    return pool.has("alert_threshold") and pool.free_space < pool.capacity * pool.alert_threshold / Decimal(100)


def report(world: World) -> list[dict[str, Any]]:
    """Every pool with its tiers as JSON. Sizes in GB; growth: MB an hour that partitions write to new blocks now; full_in: seconds
    until nothing is left of the tier when they go on, null when they do not."""
    filling, refused = next(world.all(Filling), None), _refused(world)
    found = []
    for pool in world.all(SharedStoragePool):
        cluster = cluster_of(world, pool)
        nodes = cluster.nodes if cluster is not None else ()
        found.append(
            {
                "name": pool.name,
                "cluster": cluster.name if cluster is not None else "",
                "nodes": len(nodes),
                "up": sum(node_state(world, node) == NodeState.UP for node in nodes),
                "quorum": cluster is None or has_quorum(world, cluster),
                "capacity": float(pool.capacity),
                "free": float(pool.free_space),
                "promised": float(pool.total_lu_size),
                "threshold": float(pool.alert_threshold) if pool.has("alert_threshold") else None,
                "low": is_low(pool),
                "tiers": [_tier(world, pool, tier, filling, refused) for tier in world.all(Tier, pool.uuid)],
            }
        )
    return found


def _tier(
    world: World, pool: SharedStoragePool, tier: Tier, filling: Filling | None, refused: dict[str, str]
) -> dict[str, Any]:
    units, free = list(world.all(LogicalUnit, tier.uuid)), free_gb(world, tier, pool)
    kb = filling.wanted_kb.get(tier.uuid, 0) if filling is not None else 0
    per_hour = kb / 1024 * 3600 / filling.seconds if filling is not None and filling.seconds else 0.0
    return {
        "name": tier.name,
        "default": tier.is_default,
        "copies": max(1, len(tier.failure_groups)),
        "capacity": float(tier.capacity),
        "used": float(used_gb(world, tier)),
        "free": float(free),
        "promised": float(sum((unit.capacity for unit in units), Decimal(0))),
        "units": len(units),
        "thin": sum(fills(unit) for unit in units),
        "growth": round(per_hour, 1),
        "full_in": int(float(free) * _MB_PER_GB / per_hour * 3600) if per_hour else None,
        "refused": _clients(world, tier, refused),
    }


def _refused(world: World) -> dict[str, str]:
    """UDID of each disk that took no more writes to the partition that noticed."""
    found = {}
    for seen in world.all(GuestDisks):
        partition = world.find(LogicalPartition, seen.uuid) if seen.full else None
        for uuid in seen.full if partition is not None else ():
            mapping = world.find(VirtualSCSIMapping, uuid)
            if mapping is not None and partition is not None:
                found[mapping.storage_udid] = partition.name
    return found


def _clients(world: World, tier: Tier, refused: dict[str, str]) -> list[str]:
    """Names of the partitions that cannot write to the tier."""
    if not refused:
        return []
    return sorted({refused[unit.udid] for unit in world.all(LogicalUnit, tier.uuid) if unit.udid in refused})
