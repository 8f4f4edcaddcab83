"""A partition that may have been restarted elsewhere, and must not run before that is known."""

from __future__ import annotations

from dataclasses import replace

from openlpar.messages import remote_restart as say
from openlpar.ops.mobility.moving import at_rest, end_job, move_of, not_moved
from openlpar.ports.hypervisor import Boot, Hypervisor, Mortal, Stop
from openlpar.ports.records import Deposit, Hold, Phase
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition, RemoteRestartState
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState, RMCState


def check_not_held(world: World, partition: BasePartition) -> None:
    """Refuses what would let a partition run that waits for another system's word."""
    deposit = world.find(Deposit, partition.uuid)
    if deposit is not None and deposit.hold == Hold.ASKING:
        raise say.HELD.error(partition=partition.name, refuge=deposit.refuge)


def hold(change: Change, hypervisor: Mortal, deposit: Deposit) -> None:
    """The partition stands still, whatever it was doing. One that had begun to move stays: nothing was sent yet, as a partition is
    taken back from its refuge before that."""
    partition = change.find(LogicalPartition, deposit.uuid)
    was = ""
    if partition is not None:
        was = partition.state
        move = move_of(change, partition.uuid)
        if move is not None and move.phase == Phase.PREPARING:
            was = move.was
            partition = at_rest(partition, was)
            end_job(change, move, not_moved(move, "the service ended."))
            change.put(replace(move, phase=Phase.UNDOING, stalled=""))
        off = was == PartitionState.NOT_ACTIVATED
        hypervisor.halt(change, partition)
        change.put(
            partition.evolve(
                state=(PartitionState.NOT_ACTIVATED if off else PartitionState.SUSPENDED).value,
                rmc_state=RMCState.INACTIVE.value,
                rr_state=RemoteRestartState.SOURCE_REMOTE_RESTARTING_SUSPENDED.value,
            )
        )
    change.put(replace(deposit, hold=Hold.ASKING.value, was=was, serial=deposit.serial + 1))


def let_go(change: Change, hypervisor: Hypervisor, deposit: Deposit, *, forced: bool = False) -> None:
    """The partition is this system's, and nobody else has a claim: it goes on where it was, or boots if it was on its way."""
    change.put(replace(deposit, refuge="", digest="", hold=Hold.NONE.value, was="", forced=forced))
    partition = change.find(LogicalPartition, deposit.uuid)
    if partition is None:
        return
    state = RemoteRestartState.FORCED_SOURCE_SIDE_RESTART if forced else RemoteRestartState.LOCAL_DATA_VALID
    partition = partition.evolve(rr_state=state.value)
    change.put(partition)
    if partition.state != PartitionState.SUSPENDED:  # it was powered off meanwhile
        return
    if deposit.was == PartitionState.RUNNING and isinstance(hypervisor, Mortal):
        change.put(partition.evolve(state=deposit.was))
        hypervisor.go_on(change, partition)
    elif deposit.was == PartitionState.SHUTTING_DOWN:
        change.put(partition.evolve(state=deposit.was))
        hypervisor.stop(change, partition, Stop.HARD, restart=False)
    else:
        change.put(partition.evolve(state=PartitionState.STARTING.value))
        hypervisor.start(change, partition, Boot())
