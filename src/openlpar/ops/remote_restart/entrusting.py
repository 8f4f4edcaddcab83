"""What is entrusted to another system, and how it is found there."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from openlpar.ops.lpar.configuration import with_runtime
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.moving import at_rest
from openlpar.ports.hypervisor import Mortal
from openlpar.ports.records import Entrusted
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition, RemoteRestartState
from openlpar.uom.partition_state import PartitionState, RMCState


def entrusted_uuid(partition: str, source: str) -> str:
    """Of the record about a partition of another system."""
    return f"{partition}@{source}"


def is_entrustable(world: World, hypervisor: object, partition: LogicalPartition) -> bool:
    """Whether a refuge is wanted for it. One that was restarted here is first given up by the system where it was."""
    return (
        bool(partition.get("srr_enabled"))
        and isinstance(hypervisor, Mortal)
        and not any(one.restarted for one in world.where(Entrusted, partition=partition.uuid))
    )


def packed(world: World, hypervisor: str, partition: LogicalPartition) -> dict[str, Any]:
    """The partition as it would be after a death of its server: off, with ``active`` for one that was not."""
    off = with_runtime(
        at_rest(partition, PartitionState.NOT_ACTIVATED.value).evolve(
            rr_state=RemoteRestartState.INVALID.value,
            rmc_state=RMCState.INACTIVE.value,
            rmc_ip="",
            ref_code="00000000",
            ref_code_full="",
            uptime=None,
            capabilities=partition.capabilities.evolve(
                io_dlpar=False, mem_dlpar=False, proc_dlpar=False, rmc_shutdown_capable=False
            ),
        ),
        running=False,
    )
    baggage = Baggage.packed(world, off, hypervisor, {}).to_plain()
    return {"name": partition.name, "active": partition.state != PartitionState.NOT_ACTIVATED, "baggage": baggage}


def digest_of(values: dict[str, Any]) -> str:
    """SHA-256 in hex; the same for the same values."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
