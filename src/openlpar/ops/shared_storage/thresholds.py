"""Shared storage pools that run out of space: less than their threshold is free."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import SharedStoragePool


def findings(world: World) -> Iterator[Failure]:
    """What somebody should look at, as a message for each pool."""
    for pool in world.all(SharedStoragePool):
        if is_low(pool):
            yield say.POOL_LOW.error(
                pool=pool.name,
                free=pool.free_space,
                capacity=pool.capacity,
                threshold=f"{pool.alert_threshold.normalize():f}",
                promised=pool.total_lu_size,
            )


def is_low(pool: SharedStoragePool) -> bool:
    """A pool without threshold, as recordings have some, is never low."""
    return pool.has("alert_threshold") and pool.free_space < pool.capacity * pool.alert_threshold / Decimal(100)
