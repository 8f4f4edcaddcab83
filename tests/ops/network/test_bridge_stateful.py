"""Network bridges through random changes, beside a tiny reference model: per bridge, its trunks as port VLAN -> additional VLANs.

Each rule asks the model whether the change is allowed, makes it, and tells the model when it was done. A refusal changes nothing.
After each rule adapters, networks, devices and what clients see have to agree with the model.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openlpar.ops.network.trunks import adapters_of
from openlpar.ops.views import shown
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)
from openlpar.uom.sea_failover import PRIMARY_STATES, duties
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from tests.closing.gannet import Gannet, request

VIOSES = ("vios1", "vios2")
PORTS = {"ent0", "ent1", "ent2", "ent3"}
Trunks = dict[int, frozenset[int]]

# Few VLANs, so that bridges and trunks meet.
vlans = st.integers(1, 9)
some_vlans = st.frozensets(vlans, max_size=3)
layouts = st.dictionaries(vlans, some_vlans, max_size=3)


class Bridges(RuleBasedStateMachine):
    """model: per port VLAN of a bridge its trunks and whether load is shared. channels: per port VLAN the VLAN of the control
    channel; silent: bridges of which one adapter of the channel is disabled."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.house = Gannet(self.folder / "data")
        self.model: dict[int, Trunks] = {1: {1: frozenset()}}
        self.shares: dict[int, bool] = {1: False}
        self.channels: dict[int, int] = {}
        self.silent: set[int] = set()
        self.clients: dict[str, int] = {}

    def teardown(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    # what the model says

    def allowed(self, pvid: int, trunks: Trunks, shares: bool) -> bool:
        used: set[int] = set()
        for port, tags in trunks.items():
            own = {port, *tags}
            if port in tags or own & used:
                return False
            used |= own
        elsewhere = {v for other, its in self.model.items() if other != pvid for p, t in its.items() for v in (p, *t)}
        if self.channels.get(pvid) in used:
            return False
        return not used & elsewhere and pvid in trunks and (not shares or len(trunks) > 1)

    def stored(self, pvid: int) -> NetworkBridge:
        found: NetworkBridge = self.house.only(NetworkBridge, pvid=pvid)
        return found

    # what happens

    @rule(pvid=vlans, device=st.sampled_from(sorted(PORTS)), trunks=layouts)
    def create(self, pvid: int, device: str, trunks: Trunks) -> None:
        trunks = {pvid: frozenset(), **trunks}
        seas = [
            SharedEthernetAdapter(
                vio_uri=f"VirtualIOServer/{self.house.partition(name).uuid}",
                backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name=device)),
                trunk_adapters=[_wish(port, tags, trunk_pri=priority) for port, tags in trunks.items()],
            )
            for priority, name in enumerate(VIOSES, 1)
        ]
        wish = NetworkBridge(parent=self.stored(next(iter(self.model))).parent, pvid=pvid, seas=seas)
        taken = {one.backing_device.ethernet_device.dev_name for each in self.model for one in self.stored(each).seas}
        allowed = pvid not in self.model and device not in taken and self.allowed(pvid, trunks, False)
        assert self.house.tried(request("create", wish)) == allowed
        if allowed:
            self.model[pvid], self.shares[pvid] = trunks, False

    @rule(data=st.data(), change=layouts)
    def change_trunks(self, data: st.DataObject, change: Trunks) -> None:
        """Some trunks get other VLANs, some go, some are new."""
        pvid = data.draw(st.sampled_from(sorted(self.model)))
        wanted = {pvid: self.model[pvid][pvid], **change}
        now = self.stored(pvid)
        seas = []
        for sea in now.seas:
            known = {trunk.pvid: trunk for trunk in sea.trunk_adapters}
            seas.append(
                sea.evolve(
                    trunk_adapters=[
                        known[port].evolve(tagged_vlans=_text(tags)) if port in known else _wish(port, tags)
                        for port, tags in wanted.items()
                    ]
                )
            )
        allowed = self.allowed(pvid, wanted, self.shares[pvid])
        assert self.house.tried(request("update", now.evolve(seas=seas))) == allowed
        if allowed:
            self.model[pvid] = wanted

    @rule(data=st.data(), shares=st.booleans())
    def share(self, data: st.DataObject, shares: bool) -> None:
        pvid = data.draw(st.sampled_from(sorted(self.model)))
        allowed = self.allowed(pvid, self.model[pvid], shares)
        assert self.house.tried(request("update", self.stored(pvid).evolve(load_balance=shares))) == allowed
        if allowed:
            self.shares[pvid] = shares

    @precondition(lambda self: len(self.model) > 1)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        pvid = data.draw(st.sampled_from(sorted(self.model)))
        assert self.house.tried(request("delete", self.house.state.get(NetworkBridge, self.stored(pvid).uuid)))
        del self.model[pvid], self.shares[pvid]
        self.channels.pop(pvid, None)
        self.silent.discard(pvid)

    @rule(data=st.data(), vlan=st.integers(1, 14))
    def tell_over(self, data: st.DataObject, vlan: int) -> None:
        """The bridge gets a control channel, or another VLAN for it."""
        pvid = data.draw(st.sampled_from(sorted(self.model)))
        bridged = {own for port, tags in self.model[pvid].items() for own in (port, *tags)}
        allowed = vlan not in bridged
        now = shown(self.house.state, self.stored(pvid))
        assert self.house.tried(request("update", now.evolve(control_channel_id=vlan))) == (
            allowed or self.channels.get(pvid) == vlan
        )
        if allowed:
            self.channels[pvid] = vlan

    @precondition(lambda self: self.channels)
    @rule(data=st.data())
    def silence(self, data: st.DataObject) -> None:
        pvid = data.draw(st.sampled_from(sorted(self.channels)))
        channel = self.channel_adapters(pvid)[1]
        self.house.do(request("update", channel.evolve(enabled=pvid in self.silent)))
        self.silent ^= {pvid}

    def channel_adapters(self, pvid: int) -> list[ClientNetworkAdapter]:
        return [
            next(self.house.state.where(ClientNetworkAdapter, dev_name=sea.control_channel, parent=vios_uuid(sea)))
            for sea in self.stored(pvid).seas
        ]

    @rule(vlan=vlans)
    def wire_a_client(self, vlan: int) -> None:
        name = f"vm{len(self.clients)}"
        lpar = self.house.lpar(name)
        self.house.create(ClientNetworkAdapter(parent=lpar.uuid, pvid=vlan, use_next_slot=True))
        self.clients[name] = vlan

    # what must hold

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "model"):
            return
        state = self.house.state
        assert {bridge.pvid for bridge in state.all(NetworkBridge)} == set(self.model)
        used = {(4094, False, 1), *((vlan, False, 0) for vlan in (*self.clients.values(), 1))}  # novalink is on VLAN 1
        names: dict[str, list[str]] = {name: [] for name in VIOSES}
        trunks = 0
        for pvid, wanted in self.model.items():
            bridge = shown(state, self.stored(pvid))
            assert {group.pvid: _vlans(group.trunk_adapters[0]) for group in bridge.load_grps} == wanted
            assert bridge.load_balance == self.shares[pvid] and bridge.failover
            for name, sea in zip(VIOSES, bridge.seas, strict=True):
                assert {trunk.pvid: _vlans(trunk) for trunk in sea.trunk_adapters} == wanted
                names[name] += [sea.dev_name, sea.backing_device.ethernet_device.dev_name]
                names[name] += [trunk.dev_name for trunk in sea.trunk_adapters]
            trunks += 2 * len(wanted)
            running = {self.house.partition(name).uuid for name in VIOSES}
            told = duties(bridge, running, adapters_of(state))
            assert [duty.state in PRIMARY_STATES for duty in told] == [True, pvid in self.silent], (
                "both, or only the first"
            )
            assert [bool(duty.fault) for duty in told] == [pvid in self.silent] * 2
            if pvid in self.channels:
                vlan = self.channels[pvid]
                assert bridge.control_channel_id == vlan
                assert {one.pvid for one in self.channel_adapters(pvid)} == {vlan}
                used.add((vlan, False, 0))
                for name, one in zip(VIOSES, self.channel_adapters(pvid), strict=True):
                    names[name].append(one.dev_name)
            used |= {(port, False, 0) for port in wanted} | {(v, True, 0) for tags in wanted.values() for v in tags}
        adapters = [one for one in state.all(ClientNetworkAdapter) if one.has("trunk_pri") and one.vswitch_id == 0]
        assert len(adapters) == trunks, "no trunk is left over"
        assert {(one.vlan, one.tagged, one.vswitch_id) for one in state.all(VirtualNetwork)} == used
        for one in state.all(ClientNetworkAdapter):
            assert all(state.find(VirtualNetwork, path.rpartition("/")[2]) for path in one.vnet_uri_list)
        for name, taken in names.items():
            vios = state.get(VirtualIOServer, self.house.partition(name).uuid)
            free = [choice.ethernet_device.dev_name for choice in vios.free_eth_devs_for_sea]
            assert len({*taken, *free}) == len(taken) + len(free), "each device is in one place"
            assert {*taken, *free} >= PORTS


def _text(tags: frozenset[int]) -> str:
    return " ".join(map(str, sorted(tags)))


def _wish(port: int, tags: frozenset[int], **fields: Any) -> TrunkAdapter:
    return TrunkAdapter(pvid=port, tagged_vlans=_text(tags), **fields)


def _vlans(trunk: TrunkAdapter) -> frozenset[int]:
    return frozenset(int(vlan) for vlan in trunk.tagged_vlans.split())


Bridges.TestCase.settings = settings(
    max_examples=15, stateful_step_count=12, deadline=None, suppress_health_check=list(HealthCheck)
)
TestBridges = Bridges.TestCase
