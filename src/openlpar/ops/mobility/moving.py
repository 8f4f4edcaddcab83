"""A partition that is being moved, as others see it: its state, its progress, and that nobody may change it meanwhile."""

from __future__ import annotations

from dataclasses import replace

from openlpar.messages import mobility as say
from openlpar.ops.job_endings import failed, succeeded
from openlpar.ports.records import Job, Migration, Phase
from openlpar.ports.state import Change, World
from openlpar.uom.job import JobStatus
from openlpar.uom.logical_partition import LogicalPartition, MigrationState
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState

STATES = (PartitionState.MIGRATING_RUNNING, PartitionState.MIGRATING_NOT_ACTIVE)
_SETTLED = (Phase.UNDOING, Phase.GONE, Phase.TAKEN)
_SHARE_OF_SENDING = 0.95
"""The rest of the progress is the taking over."""


def move_of(world: World, partition: str) -> Migration | None:
    """The migration that a partition with this uuid is in; None when it stays, or has arrived."""
    moves = world.where(Migration, partition=partition)
    return next((move for move in moves if move.phase not in _SETTLED), None)


def check_stays(world: World, partition: BasePartition, task: str) -> None:
    """Refuses what would change a partition that is being moved: the other system would not hear of it."""
    if partition.state in STATES:
        move = move_of(world, partition.uuid)
        other = move.other if move is not None else "another one"
        raise say.MOVING.error(partition=partition.name, system=other, task=task)


def moving_now(world: World, runs: bool) -> int:
    """How many partitions are on their way from or to this system, running or off."""
    moves = (move for move in world.all(Migration) if move.phase not in _SETTLED)
    return sum((move.was != PartitionState.NOT_ACTIVATED) == runs for move in moves)


def under_way(partition: LogicalPartition, was: str) -> LogicalPartition:
    """With the state of one that is being moved. was: its state before."""
    off = was == PartitionState.NOT_ACTIVATED
    size = 0 if off else partition.mem_config.current
    return partition.evolve(
        state=(PartitionState.MIGRATING_NOT_ACTIVE if off else PartitionState.MIGRATING_RUNNING).value,
        migration_state=MigrationState.STARTING.value,
        is_operation_in_progress=True,
        progress_partition_data_total=size,
        progress_partition_data_remaining=size,
    )


def at_rest(partition: LogicalPartition, state: str) -> LogicalPartition:
    """As it is when no migration is under way."""
    return partition.evolve(
        state=state,
        migration_state=MigrationState.NOT_MIGRATING.value,
        is_operation_in_progress=False,
        progress_partition_data_total=0,
        progress_partition_data_remaining=0,
    )


def has_moved(change: Change, partition: BasePartition, share: float) -> None:
    """How much of it has left. With all of it the partition is given away: that is the point of no return."""
    move = move_of(change, partition.uuid)
    if move is None or move.phase != Phase.SENDING or not isinstance(partition, LogicalPartition):
        return
    total = partition.progress_partition_data_total
    change.put(
        partition.evolve(
            migration_state=MigrationState.IN_PROGRESS.value,
            progress_partition_data_remaining=total - int(total * min(share, 1.0)),
        )
    )
    job = change.find(Job, move.job)
    if job is not None and job.status == JobStatus.RUNNING:
        change.put(replace(job, progress=min(share, 1.0) * _SHARE_OF_SENDING))
    if share >= 1.0:
        change.put(replace(move, phase=Phase.GIVEN))


def has_stayed(change: Change, partition: BasePartition, cause: str, state: str = "") -> None:
    """It does not leave: the sending failed, or there is nothing left that could be sent. state: that it has now, "" for the one
    it had."""
    move = move_of(change, partition.uuid)
    if (
        move is None
        or move.phase not in (Phase.PREPARING, Phase.SENDING)
        or not isinstance(partition, LogicalPartition)
    ):
        return
    change.put(at_rest(partition, state or move.was))
    end_job(change, move, not_moved(move, cause))
    change.put(replace(move, phase=Phase.UNDOING, stalled=""))


def not_moved(move: Migration, cause: str) -> str:
    return str(say.NOT_MOVED.error(partition=move.name, system=move.other, cause=cause))


def end_job(change: Change, move: Migration, cause: str = "") -> None:
    """Ends the job that a migration was started with, unless it has ended. cause: why it failed, "" when it did not."""
    job = change.find(Job, move.job) if move.job else None
    if job is None or job.status not in (JobStatus.RUNNING, JobStatus.NOT_STARTED):
        return
    change.cancel(job.uuid)
    now = change.clock.now()
    if cause:
        change.put(failed(job, cause, {}, now))
    else:
        text = f"Partition {move.name} is on system {move.other} now."
        change.put(succeeded(job, {"result": text}, now))
