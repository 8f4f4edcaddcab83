"""What is in the way of a partition: each problem by itself, found when it is only asked whether it could move."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure, Message
from openlpar.messages import adapters as say_adapters
from openlpar.messages import mobility as say
from openlpar.messages import network as say_network
from openlpar.messages import partition as say_partition
from openlpar.messages import system as say_system
from openlpar.ops.system import hmc
from openlpar.peers.link import PeerLink
from openlpar.ports.peer import Peer
from openlpar.ports.records import SanVolume, StorageArray, UnitUse
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from tests.mobility.pair import Pair, Side

TO_OSPREY = {"TargetManagedSystemName": "osprey"}
Obstacle = Callable[[Pair], Any]
OBSTACLES: list[tuple[Message, Obstacle]] = []


def in_the_way(message: Message) -> Callable[[Obstacle], Obstacle]:
    def register(obstacle: Obstacle) -> Obstacle:
        OBSTACLES.append((message, obstacle))
        return obstacle

    return register


def _alter(side: Side, *objects: Any) -> None:
    with side.core.engine.alter() as change:
        for obj in objects:
            change.put(obj)


def _vm1(pair: Pair, **changes: Any) -> None:
    _alter(pair.gannet, pair.gannet.get("vm1").evolve(**changes))


@in_the_way(say.MANAGEMENT)
def _management(pair: Pair) -> None:
    _vm1(pair, is_mgmt_partition=True)


@in_the_way(say_system.NOT_MASTER)
def _master_there(pair: Pair) -> None:
    for operation in (hmc.Connect("hmc1"), hmc.TakeRole("hmc1", force=True)):
        pair.osprey.core.engine.perform(operation)


@in_the_way(say.NO_RMC)
def _no_rmc(pair: Pair) -> None:
    _vm1(pair, rmc_state="inactive")


@in_the_way(say.BAD_STATE)
def _starting(pair: Pair) -> None:
    _vm1(pair, state="starting")


@in_the_way(say.PHYSICAL)
def _physical(pair: Pair) -> None:
    io = pair.gannet.get("vm1").io_config
    slot = ProfileIOSlot(slot=AssociatedIOSlot(drc_index=1, drc_name="U78CB.001.WZS06S2-P1-C15"))
    _vm1(pair, io_config=io.evolve(io_slots=(slot,)))


@in_the_way(say.NO_MODE)
def _mode(pair: Pair) -> None:
    _vm1(pair, proc_compat_mode="POWER11")


@in_the_way(say.OTHER_HYPERVISOR)
def _other_hypervisor(pair: Pair) -> None:
    _replace_hypervisor(pair.osprey, "other")


@in_the_way(say.NO_MOBILITY)
def _no_mobility(pair: Pair) -> None:
    _replace_hypervisor(pair.gannet, "qemu")


class _Still:
    """A hypervisor that moves nothing."""

    def __init__(self, name: str) -> None:
        self.name = name


def _replace_hypervisor(side: Side, name: str) -> None:
    still: Any = _Still(name)
    side.core.engine.edges = dataclasses.replace(side.core.engine.edges, hypervisor=still)


@in_the_way(say.NO_BRIDGE)
def _no_bridge(pair: Pair) -> None:
    trunks = [a for a in pair.osprey.state.all(ClientNetworkAdapter) if a.has("trunk_pri") and a.pvid == 1]
    _alter(pair.osprey, *(trunk.evolve(pvid=2) for trunk in trunks))


@in_the_way(say.NO_OVS)
def _ovs(pair: Pair) -> None:
    adapter = next(pair.gannet.state.all(ClientNetworkAdapter, pair.gannet.get("vm1").uuid))
    _alter(pair.gannet, adapter.evolve(ovs_bridge="br0"))


@in_the_way(say_network.MAC_TAKEN)
def _mac(pair: Pair) -> None:
    adapter = next(pair.gannet.state.all(ClientNetworkAdapter, pair.gannet.get("vm1").uuid))
    other = pair.osprey.lpar("other")
    pair.osprey.adapter(other, pvid=1, mac=adapter.mac)


@in_the_way(say.NO_POOL)
def _no_pool(pair: Pair) -> None:
    pool = next(pair.osprey.state.all(SharedStoragePool))
    _alter(pair.osprey, pool.evolve(udid="24" + "0" * 64))


@in_the_way(say.POOL_OVERDRAWN)
def _overdrawn(pair: Pair) -> None:
    """Each system gave away more than the other one left it."""
    unit = next(iter(pair.gannet.state.where(LogicalUnit, name="lu_vm1")))
    pool = next(pair.osprey.state.all(SharedStoragePool))
    _alter(pair.gannet, UnitUse(uuid=unit.uuid, written_kb=3 * 1024**2))
    _alter(pair.osprey, pool.evolve(free_space=Decimal(2)))


@in_the_way(say.NO_PATH)
def _no_path(pair: Pair) -> None:
    """Two servers there, and only one here: the paths would not be independent."""
    vios2 = next(pair.osprey.state.where(VirtualIOServer, name="vios2"))
    _alter(pair.osprey, vios2.evolve(state="not activated"))


@in_the_way(say.NOT_MASKED)
def _not_masked(pair: Pair) -> None:
    """The volume is masked to the port name that logs in here, and not to the one that would log in there."""
    mapping = next(pair.gannet.state.all(VirtualFibreChannelMapping))
    first = mapping.client_adapter.wwpns.split()[0].upper()
    with pair.gannet.core.engine.alter() as change:
        change.put(StorageArray(uuid="ds8k", ports=("5005076306FFD6B6",)))
        change.put(SanVolume(uuid="ds8k/vol1", lun=1, capacity=1024, naa="", hosts=(first,)))


@in_the_way(say_adapters.WWPN_TAKEN)
def _wwpn(pair: Pair) -> None:
    other = pair.osprey.lpar("other")
    pair.osprey.serve("vios1", other, port="fcs0")
    _same_port_names(pair)


def _same_port_names(pair: Pair) -> None:
    mapping = next(pair.osprey.state.all(VirtualFibreChannelMapping))
    taken = next(pair.gannet.state.all(VirtualFibreChannelMapping)).client_adapter.wwpns
    _alter(pair.osprey, mapping.evolve(client_adapter=mapping.client_adapter.evolve(wwpns=taken)))


@in_the_way(say_partition.NO_PROCESSORS)
def _processors(pair: Pair) -> None:
    system = pair.osprey.system
    _alter(pair.osprey, system.evolve(proc_config=system.proc_config.evolve(proc_units_configurable=2)))


@pytest.mark.parametrize(("message", "obstacle"), OBSTACLES, ids=[message.id for message, _ in OBSTACLES])
async def test_in_the_way(pair: Pair, message: Message, obstacle: Obstacle) -> None:
    await pair.gannet.loaded("vm1")
    obstacle(pair)
    job = await pair.gannet.job("vm1", "MigrateValidate", **TO_OSPREY)
    assert job.status == "COMPLETED_WITH_ERROR"
    assert message.id in job.message, job.message


async def test_overrides(pair: Pair) -> None:
    """What may be lost on demand."""
    await pair.gannet.loaded("vm1")
    _no_bridge(pair)
    _ovs(pair)
    job = await pair.gannet.job("vm1", "MigrateValidate", **TO_OSPREY, OVSOverride="2", VLANBridgeOverride="2")
    assert job.status == "COMPLETED_OK", job.message


async def test_what_the_link_says(tmp_path: Path) -> None:
    """Nobody there, somebody who refuses, and somebody who does not speak HTTP."""
    link = PeerLink(tmp_path)
    with pytest.raises(Failure) as unknown:
        await link.ask("osprey", "hello", {})
    assert unknown.value.message is say.UNKNOWN_SYSTEM

    answers = {b"refuse": b'HTTP/1.1 409 Conflict\r\n\r\n{"refused": "no."}', b"babble": b"hello\r\n\r\n"}

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(answers[head.split(b" ")[1].rpartition(b"/")[2]])
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    link.trust(Peer("osprey", "x", f"http://127.0.0.1:{port}", "k" * 32))
    for question, message in (("refuse", say.PEER_REFUSES), ("babble", say.PEER_AWAY)):
        with pytest.raises(Failure) as caught:
            await link.ask("osprey", question, {})
        assert caught.value.message is message
    server.close()
    await server.wait_closed()
    with pytest.raises(Failure) as gone:
        await link.ask("osprey", "hello", {})
    assert gone.value.message is say.PEER_AWAY


async def test_peers_are_kept_for_their_owner(tmp_path: Path) -> None:
    one, other = PeerLink(tmp_path), PeerLink(tmp_path)
    assert not one.known()
    one.trust(Peer("osprey", "x", "https://192.0.2.1", "a" * 32, "f"))
    assert [peer.name for peer in other.known()] == ["osprey"]
    other.trust(Peer("heron", "y", "https://192.0.2.2", "b" * 32, "f"))
    other.trust(Peer("osprey", "x", "https://192.0.2.3", "c" * 32, "f"))
    assert sorted((peer.name, peer.url) for peer in one.known()) == [
        ("heron", "https://192.0.2.2"),
        ("osprey", "https://192.0.2.3"),
    ]
    holder = one.holder("b" * 32)
    assert holder is not None
    assert holder.name == "heron"
    assert one.holder("a" * 32) is None
    assert (tmp_path / "peers.json").stat().st_mode & 0o777 == 0o600
