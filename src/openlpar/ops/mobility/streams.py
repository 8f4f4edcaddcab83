"""What mover service partitions moved: each notes what its streams carried, as ``vasistat`` tells.

The memory of a running partition is one stream; that of one which is off moves no memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from openlpar.ops.consequences import Alteration, follows_from
from openlpar.ops.mobility.place import find_mover
from openlpar.ops.mobility.wishes import Wishes
from openlpar.ports.records import Migration, MoverHistory, Phase, Stream
from openlpar.ports.state import Change
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState


@follows_from(Migration, LogicalPartition)
def note_streams(change: Change, altered: Sequence[Alteration]) -> None:
    """A stream ends when all has left or arrived, or when the partition stays."""
    for one in altered:
        old, new = one.old, one.new
        if one.kind is not Migration or old is None or new is None or old.was == PartitionState.NOT_ACTIVATED:
            continue
        if old.phase == Phase.SENDING and new.phase in (Phase.GIVEN, Phase.UNDOING):
            _note(change, old, altered, whole=new.phase == Phase.GIVEN)
        elif old.phase == Phase.RESERVED and new.phase == Phase.TAKEN:
            _note(change, old, altered, whole=True)


def _note(change: Change, move: Migration, altered: Sequence[Alteration], *, whole: bool) -> None:
    wishes = Wishes.from_parameters("Migrate", move.wishes)
    vios = find_mover(change, wishes.own_movers if move.is_leaving else wishes.movers)
    if vios is None:
        return  # it was lost meanwhile, with what it counted
    # How far it was stands in the partition as it was before: afterwards it is at rest.
    before = next((one.old for one in altered if one.uuid == move.partition and one.old is not None), None)
    partition = before or change.get(LogicalPartition, move.partition)
    assert isinstance(partition, LogicalPartition)
    size = partition.progress_partition_data_total
    mb, now = size if whole else size - partition.progress_partition_data_remaining, change.clock.now()
    kept = change.find(MoverHistory, vios.uuid) or MoverHistory(uuid=vios.uuid, since=now)
    number = (kept.streams[-1].number if kept.streams else kept.count) + 1
    stream = Stream(
        number=number,
        partition=move.name,
        other=move.other,
        arrived=not move.is_leaving,
        mb=mb,
        ms=max(0, now - move.began),
        whole=whole,
    )
    change.put(
        replace(
            kept,
            streams=(*kept.streams, stream)[-MoverHistory.KEPT :],
            count=kept.count + 1,
            failed=kept.failed + (not whole),
            sent_mb=kept.sent_mb + (0 if stream.arrived else mb),
            received_mb=kept.received_mb + (mb if stream.arrived else 0),
        )
    )
