"""A cluster some of whose nodes are down: with half of them its pool can be changed, with fewer it cannot."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import storage as say
from openlpar.ops.shared_storage.unit_move import MoveUnit
from openlpar.ops.views import shown
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.core import Element
from openlpar.uom.shared_storage_pool import FailureGroup, LogicalUnit, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from tests.ops.storage.conftest import CLUSTER, POOL, TIER, VIOS1, VIOS2, Stored, request


def remote(name: str, state: str = "Up") -> Node:
    """A node on another system."""
    return Node(hostname=name, lpar_id=9, vios_uri=f"ManagedSystem/far/VirtualIOServer/{name}", state=state)


def alter(stored: Stored, kind: type[Element], uuid: str, **fields: Any) -> None:
    with stored.engine.alter() as change:
        change.put(change.get(kind, uuid).evolve(**fields))


def with_nodes(stored: Stored, *more: Node) -> None:
    alter(stored, Cluster, CLUSTER, nodes=[*stored.state.get(Cluster, CLUSTER).nodes, *more])


def states(stored: Stored) -> list[str]:
    return [node.state for node in shown(stored.state, stored.state.get(Cluster, CLUSTER)).nodes]


UNIT = LogicalUnit(parent=TIER, name="lu", capacity=Decimal(1))


async def test_one_of_two_nodes_holds_the_repository_disk(stored: Stored) -> None:
    alter(stored, VirtualIOServer, VIOS2, state="not activated")
    assert states(stored) == ["Up", "Down"]
    await stored.run(request("create", UNIT))


async def test_a_node_without_rmc_is_up(stored: Stored) -> None:
    """The cluster's own network is not the management's; but it can be told nothing then."""
    with_nodes(stored, remote("far", "Down"))
    alter(stored, VirtualIOServer, VIOS2, rmc_state="inactive")
    assert states(stored) == ["Up", "Up", "Down"]
    await stored.run(request("create", UNIT))
    alter(stored, VirtualIOServer, VIOS1, rmc_state="inactive")
    await stored.refused(request("create", UNIT.evolve(name="lu2")), say.NOT_SERVING)


@pytest.mark.parametrize("vios", [VIOS1, VIOS2])
async def test_one_of_three_nodes_changes_nothing(stored: Stored, vios: str) -> None:
    await stored.run(request("create", UNIT))
    unit = stored.unit("lu")
    with_nodes(stored, remote("far", "Down"))
    alter(stored, VirtualIOServer, vios, state="not activated")
    before = stored.pool()
    text = await stored.refused(request("create", UNIT.evolve(name="lu2")), say.NO_QUORUM)
    down = "vios1" if vios == VIOS1 else "vios2"
    assert "1 of its 3 nodes are up" in text and f"{down}, far are not" in text
    group = FailureGroup(name="a", physical_volumes=[PhysicalVolume(name="hdisk4")])
    tier = stored.state.get(Tier, TIER)
    for operation in (
        request("update", unit.evolve(capacity=Decimal(2))),
        request("delete", unit),
        MoveUnit(unit.uuid, TIER),
        request("update", before.evolve(name="other")),
        request("create", Tier(parent=POOL, name="FAST", failure_groups=[group])),
        request("update", tier.evolve(name="other")),
        request("delete", tier),
    ):
        await stored.refused(operation, say.NO_QUORUM)
    assert stored.pool() == before


async def test_two_of_four_are_enough(stored: Stored) -> None:
    with_nodes(stored, remote("far1", "Down"), remote("far2"))
    alter(stored, VirtualIOServer, VIOS1, state="not activated")
    await stored.run(request("create", UNIT))


async def test_a_node_that_is_gone_for_good_leaves_without_a_quorum(stored: Stored) -> None:
    with_nodes(stored, remote("far", "Down"))
    alter(stored, VirtualIOServer, VIOS2, state="not activated")
    cluster = stored.state.get(Cluster, CLUSTER)
    await stored.run(request("update", cluster.evolve(nodes=cluster.nodes[:2])))
    await stored.run(request("create", UNIT))
    alter(stored, VirtualIOServer, VIOS1, state="not activated")
    await stored.refused(request("update", cluster.evolve(nodes=cluster.nodes[:1])), say.NOT_SERVING)


async def test_nobody_joins_without_a_quorum(stored: Stored) -> None:
    cluster = stored.state.get(Cluster, CLUSTER)
    joining = cluster.nodes[1]
    alter(stored, Cluster, CLUSTER, nodes=[cluster.nodes[0], remote("far1", "Down"), remote("far2", "Down")])
    there = stored.state.get(Cluster, CLUSTER)
    await stored.refused(request("update", there.evolve(nodes=[*there.nodes, joining])), say.NO_QUORUM)
