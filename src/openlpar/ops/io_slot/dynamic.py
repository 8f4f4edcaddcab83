"""What a change of I/O needs of a partition that is on (dynamic logical partitioning)."""

from __future__ import annotations

from openlpar.messages import partition as say
from openlpar.ops.capacity import is_active
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState, RMCState


def check_io_dlpar(partition: BasePartition, resource: str = "I/O") -> None:
    """Refuses when adapters or slots of the partition cannot be added or removed now (comanagement-rmc 5).

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
    if partition.rmc_state not in (RMCState.ACTIVE, RMCState.BUSY):
        raise say.DLPAR_NO_RMC.error(partition=partition.name, rmc=partition.rmc_state, resource=resource)
    if not partition.capabilities.io_dlpar:
        raise say.DLPAR_NOT_CAPABLE.error(partition=partition.name, resource=resource)
