"""Mover service partitions count what they move."""

from __future__ import annotations

from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import MoverHistory
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.mobility.pair import Pair, Side
from tests.mobility.test_saga import TO_OSPREY, moved


def histories(side: Side) -> dict[str, MoverHistory]:
    return {side.state.get(VirtualIOServer, one.uuid).name: one for one in side.state.all(MoverHistory)}


def said(side: Side, command: str) -> list[str]:
    vios = next(side.state.where(VirtualIOServer, name="vios1"))
    operation = RunCommand(vios.uuid, command)
    side.do(operation)
    assert operation.result.status == 0, operation.result
    return operation.result.stdout.splitlines()


async def test_both_sides_count_a_running_partition(pair: Pair) -> None:
    size = (await pair.gannet.loaded("vm1")).mem_config.current
    await moved(pair.gannet, "vm1", **TO_OSPREY)
    await pair.quiet()
    for side, arrived, other in ((pair.gannet, False, "osprey"), (pair.osprey, True, "gannet")):
        (kept,) = histories(side).values()
        (stream,) = kept.streams
        assert (stream.number, stream.partition, stream.other) == (1, "vm1", other)
        assert (stream.arrived, stream.mb, stream.whole) == (arrived, size, True)
        assert (kept.count, kept.failed) == (1, 0)
        assert (kept.sent_mb, kept.received_mb) == ((0, size) if arrived else (size, 0))
    assert f"Bytes: {size * 1024**2:<39}Bytes: 0" in said(pair.gannet, "vasistat vasi0")
    assert said(pair.osprey, "vasistat -all vasi0")[-1].split()[:5] == [
        "1",
        "vm1",
        "in",
        "gannet",
        str(size * 1024**2),
    ]
    said(pair.osprey, "vasistat -reset vasi0")
    assert histories(pair.osprey)["vios1"].streams == ()


async def test_one_that_is_off_moves_no_memory(pair: Pair) -> None:
    await pair.gannet.loaded("vm1", running=False)
    await moved(pair.gannet, "vm1", **TO_OSPREY)
    await pair.quiet()
    assert not histories(pair.gannet) and not histories(pair.osprey)
