"""Who reaches whom, as JSON."""

from __future__ import annotations

from typing import Any

from openlpar.messages import general
from openlpar.ops.network.reachability import Answer, Reachability
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer

OUTSIDE = "outside"


def reached(world: World, source: str, target: str) -> dict[str, Any]:
    """source, target: names of partitions. ``{"from", "answers": [{"to", "reaches", "ways", "obstacles", "warnings"}]}``;
    without a target one answer for each other partition and one for the outside. Raises Failure NOT_FOUND."""
    found = Reachability(world)
    one = _named(world, source)
    if target == OUTSIDE:
        answers = [(OUTSIDE, found.outside(one))]
    elif target:
        answers = [(target, found.between(one, _named(world, target)))]
    else:
        others = [each for kind in (VirtualIOServer, LogicalPartition) for each in world.all(kind)]
        answers = [(each.name, found.between(one, each)) for each in others if each.uuid != one.uuid]
        answers.append((OUTSIDE, found.outside(one)))
    return {"from": source, "answers": [_plain(name, answer) for name, answer in answers]}


def _named(world: World, name: str) -> BasePartition:
    for kind in (LogicalPartition, VirtualIOServer):
        for partition in world.where(kind, name=name):
            return partition
    raise general.NOT_FOUND.error(kind="Partition", name=name)


def _plain(name: str, answer: Answer) -> dict[str, Any]:
    return {
        "to": name,
        "reaches": bool(answer.ways),
        "ways": [
            {
                "from": way.source,
                "to": way.target,
                "vlan": way.vlan,
                "sends": way.sends,
                "gets": way.gets,
                "via": list(way.via),
            }
            for way in answer.ways
        ],
        "obstacles": list(answer.obstacles),
        "warnings": list(answer.warnings),
    }
