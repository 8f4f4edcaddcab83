"""What a network bridge is to become: its shared Ethernet adapters with their trunk adapters, checked as a whole before anything
changes.

The rules are PowerVM's: at most 16 trunk adapters on a shared Ethernet adapter, at most 20 additional VLANs on each; all of them on
one virtual switch and with one trunk priority; each VLAN once. Two shared Ethernet adapters that back each other bridge the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

from openlpar.messages import Failure, general
from openlpar.messages import network_bridge as say
from openlpar.ops.core import Step
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network.ethernet_devices import with_device, without_device
from openlpar.ops.network.trunks import SHARED, Adapters, adapters_of, as_trunk, bridge_of, reference
from openlpar.ops.network.usage import all_vlans, trunks_on
from openlpar.ops.network.virtual_network import drop_unused_networks, realise_networks, switch_path, switch_with_id
from openlpar.ops.scsi.slots import FreeSlots, location_code
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.control_channel import channel_adapter
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.network_bridge import (
    HighAvailabilityMode,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

MOST_TRUNKS = 16
FOLLOWS_FROM_TRUNKS: dict[str, Any] = dict.fromkeys(("load_grps", "vnet_uri_list", "failover", "load_balance"))
"""What is not stored of a bridge."""
_TRUNKS = "trunk adapters"
# What a client may change of a trunk by way of its bridge.
_SETTABLE = ("pvid", "tagged_vlans", "has_tag_support", "allowed_macs", "qos_priority_enabled", "enabled")
_TRUNK_PRIORITIES = range(1, rules.LAST_TRUNK_PRIORITY + 1)


@dataclass
class PlannedSea:
    """A shared Ethernet adapter as it is to be. sea: as stored, but for its trunks. trunks: its primary one first; a new one has
    neither uuid nor MAC address yet. channel: of its control channel, when that is made or changed."""

    vios: VirtualIOServer
    sea: SharedEthernetAdapter
    trunks: list[ClientNetworkAdapter]
    channel: ClientNetworkAdapter | None = None

    @property
    def priority(self) -> int:
        return self.trunks[0].trunk_pri


@dataclass
class BridgePlan:
    """before: the bridge as stored, None for a new one. after: as it is to be, None when it goes. removed: trunks that go.
    taken, given: free Ethernet devices that a server loses and gets."""

    before: NetworkBridge | None
    after: NetworkBridge | None
    seas: list[PlannedSea] = field(default_factory=list)
    removed: list[ClientNetworkAdapter] = field(default_factory=list)
    taken: list[tuple[str, EthernetBackingDevice]] = field(default_factory=list)
    given: list[tuple[str, EthernetBackingDevice]] = field(default_factory=list)
    servers: set[str] = field(default_factory=set)
    """uuids of all servers that are concerned"""
    _trunks: list[ClientNetworkAdapter] | None = None

    def trunks_before(self, world: World) -> list[ClientNetworkAdapter]:
        """Those of the bridge as stored. It is planned and checked at one moment: they are looked up once."""
        if self._trunks is None:
            adapters = Adapters(world)
            seas = self.before.seas if self.before is not None else ()
            self._trunks = [trunk for sea in seas for trunk in adapters.of(sea)]
        return self._trunks


# what a client wishes


def planned_trunks(
    world: World,
    server: PlannedSea,
    wishes: Sequence[TrunkAdapter],
    slots: FreeSlots,
    switch: VirtualSwitch,
    names: Any,
) -> list[ClientNetworkAdapter]:
    """The trunks that a client lists of a shared Ethernet adapter. ``server.trunks``: those it has now. names: for devices."""
    left = list(server.trunks)
    planned = []
    for wish in wishes:
        about = f"a trunk adapter of shared Ethernet adapter {server.sea.dev_name or 'to be made'}"
        known = _known(left, wish)
        if known is not None:
            left.remove(known)
            planned.append(_changed(about, known, wish))
        else:
            planned.append(_new(world, about, server, wish, slots, switch, names))
    return planned


def _known(trunks: Iterable[ClientNetworkAdapter], wish: TrunkAdapter) -> ClientNetworkAdapter | None:
    """The trunk that a client means: by its address or slot, which a new one does not have."""
    for trunk in trunks:
        if (wish.mac and wish.mac.upper() == trunk.mac) or (not wish.mac and wish.virtual_slot_number == trunk.slot):
            return trunk
    return None


def _changed(about: str, trunk: ClientNetworkAdapter, wish: TrunkAdapter) -> ClientNetworkAdapter:
    if wish == as_trunk(trunk):
        return trunk  # sent back as it was shown
    changes: dict[str, Any] = {SHARED[name]: wish.get(name) for name in _SETTABLE if wish.has(name)}
    # A trunk that loses its last additional VLAN comes without the element.
    changes["tagged_vlans"] = rules.normal_vlans(about, wish.tagged_vlans)
    if changes["tagged_vlans"]:
        changes["is_tagged_vlan_supported"] = True
    if "allowed_macs" in changes:
        changes["allowed_macs"] = rules.normal_allowed_macs(about, wish.allowed_macs)
    return trunk.evolve(**changes)


def _new(
    world: World,
    about: str,
    server: PlannedSea,
    wish: TrunkAdapter,
    slots: FreeSlots,
    switch: VirtualSwitch,
    names: Any,
) -> ClientNetworkAdapter:
    if not wish.has("pvid"):
        raise general.MISSING_VALUE.error(object=about[0].upper() + about[1:], field="PortVLANID")
    vios = server.vios
    slot = slots.take(vios, wish.virtual_slot_number, high=wish.use_next_high_slot)
    place = location_code(world, vios.id, slot)
    priority = wish.trunk_pri or (server.trunks[0].trunk_pri if server.trunks else 1)
    tagged = rules.normal_vlans(about, wish.tagged_vlans)
    return ClientNetworkAdapter(
        parent=vios.uuid,
        drc_name=place,
        loc_code=place,
        lpar_id=vios.id,
        is_required=wish.is_required,
        varied_on=True,
        slot=slot,
        enabled=True,
        allowed_macs="ALL",
        mac=rules.normal_mac(about, "mac", wish.mac) if wish.mac else "",
        pvid=wish.pvid,
        qos_priority_enabled=wish.qos_priority_enabled,
        tagged_vlans=tagged,
        is_tagged_vlan_supported=bool(tagged) or wish.has_tag_support,
        vswitch_uri=(switch_path(switch),),
        vswitch_id=switch.switch_id,
        dev_name=names.next(vios),
        trunk_pri=priority,
    )


def wanted_switch(world: World, wish: TrunkAdapter, about: str) -> VirtualSwitch:
    """The switch that a trunk names by reference or id, as for any adapter."""
    named = ClientNetworkAdapter(
        vswitch_uri=wish.associated_vswitch_uri or None,
        vswitch_id=None if wish.associated_vswitch_uri else wish.get("vswitch_id"),
    )
    return rules.wanted_switch(world, named, about)


# the rules


def check_plan(world: World, plan: BridgePlan, *, in_turn: bool = False) -> None:
    """Raises Failure for the first rule that the bridge would break.

    in_turn: the servers are changed one after the other, each by its own command line; so they may differ for a while.
    """
    assert plan.after is not None
    pvid = plan.after.pvid
    servers = [server.vios.uuid for server in plan.seas]
    cause = ""
    if not 1 <= len(servers) <= 2:
        cause = f"there are {len(servers)}"
    elif len(set(servers)) != len(servers):
        cause = f"both are on {plan.seas[0].vios.name}"
    if cause:
        raise say.BAD_SERVERS.error(bridge=pvid, cause=cause)
    for server in plan.seas:
        _check_sea(server, pvid)
    if len(plan.seas) == 2:
        _check_pair(plan, pvid)
    if not in_turn:
        _check_equal(plan, pvid)
    _check_mode(plan, pvid, in_turn)
    _check_elsewhere(world, plan, pvid)


def _check_sea(server: PlannedSea, pvid: int) -> None:
    if len(server.trunks) > MOST_TRUNKS:
        raise say.TOO_MANY_TRUNKS.error(
            sea=server.sea.dev_name, vios=server.vios.name, count=len(server.trunks), limit=MOST_TRUNKS
        )
    if not any(trunk.pvid == pvid for trunk in server.trunks):
        raise misfit(server, pvid, "it is the primary one and cannot be left out")
    seen: set[int] = set()
    first = server.trunks[0]
    for trunk in server.trunks:
        rules.check_vlans(f"the trunk adapter of VLAN {trunk.pvid}", trunk)
        if trunk.vswitch_id != first.vswitch_id:
            raise misfit(server, trunk.pvid, f"it is on virtual switch {trunk.vswitch_id}, not {first.vswitch_id}")
        if not 1 <= trunk.trunk_pri <= rules.LAST_TRUNK_PRIORITY:
            raise misfit(server, trunk.pvid, f"there is no trunk priority {trunk.trunk_pri}")
        if trunk.trunk_pri != first.trunk_pri:
            raise misfit(server, trunk.pvid, f"its trunk priority is {trunk.trunk_pri}, not {first.trunk_pri}")
        vlans = all_vlans(trunk)
        if not seen.isdisjoint(vlans):
            vlan = next(vlan for vlan in vlans if vlan in seen)
            raise misfit(server, trunk.pvid, f"VLAN {vlan} is on another trunk adapter of it already")
        seen.update(vlans)


def misfit(server: PlannedSea, pvid: int, cause: str) -> Failure:
    return say.TRUNK_MISFIT.error(
        pvid=pvid, sea=server.sea.dev_name or "to be made", vios=server.vios.name, cause=cause
    )


def _check_pair(plan: BridgePlan, pvid: int) -> None:
    one, other = plan.seas
    if one.priority == other.priority:
        raise misfit(other, pvid, f"its trunk priority {other.priority} is that of {one.vios.name} too")
    if one.trunks[0].vswitch_id != other.trunks[0].vswitch_id:
        raise misfit(other, pvid, f"it is on another virtual switch than that of {one.vios.name}")


def _check_equal(plan: BridgePlan, pvid: int) -> None:
    one, other = ((sea, _layout(sea)) for sea in (plan.seas[0], plan.seas[-1]))
    for (here, present), (there, known) in ((one, other), (other, one)):
        for vlan in sorted(present - known):
            raise say.UNEQUAL.error(
                bridge=pvid,
                vlan=vlan[1],
                one=f"{here.sea.dev_name or 'that'} of {here.vios.name}",
                other=f"{there.sea.dev_name or 'that'} of {there.vios.name}, or with another port VLAN",
            )


def _layout(server: PlannedSea) -> set[tuple[int, int]]:
    """(port VLAN of the trunk, VLAN) of everything it bridges."""
    return {place for trunk in server.trunks for place in product((trunk.pvid,), all_vlans(trunk))}


def _check_mode(plan: BridgePlan, pvid: int, in_turn: bool) -> None:
    modes = {server.sea.ha_mode or HighAvailabilityMode.DISABLED.value for server in plan.seas}
    if len(modes) > 1:
        modes.discard(HighAvailabilityMode.STANDBY.value)
    mode = next(iter(modes))
    cause = ""
    if len(modes) > 1 and not in_turn:
        mode, cause = " and ".join(sorted(modes)), "its shared Ethernet adapters would differ"
    elif mode == HighAvailabilityMode.LOAD_SHARING and len(plan.seas) == 2 and len(plan.seas[0].trunks) < 2:
        cause = "each of its shared Ethernet adapters would have one trunk adapter"
    if cause:
        raise say.MODE_NEEDS.error(bridge=pvid, mode=mode, cause=cause)


def _check_elsewhere(world: World, plan: BridgePlan, pvid: int) -> None:
    """No other trunk of the same priority is on a VLAN, no other bridge has it, and it is not the control channel. Asks about new
    VLANs only."""
    own = {use for trunk in plan.trunks_before(world) for use in product(all_vlans(trunk), (trunk.trunk_pri,))}
    ends = [server.channel or channel_adapter(server.sea, adapters_of(world)) for server in plan.seas]
    channels = {(end.vswitch_id, end.pvid) for end in ends if end is not None}
    switch_id = plan.seas[0].trunks[0].vswitch_id
    for server in plan.seas:
        for trunk in server.trunks:
            if not trunk.uuid and trunk.mac:
                rules.check_mac_free(world, trunk.mac, "")
            priority = trunk.trunk_pri
            for vlan in all_vlans(trunk):
                if (vlan, priority) in own:
                    continue
                if (switch_id, vlan) in channels:
                    raise misfit(server, trunk.pvid, f"VLAN {vlan} is the control channel, which stays inside")
                others = [p for p in _TRUNK_PRIORITIES if trunks_on(world, switch_id, vlan, p) > ((vlan, p) in own)]
                if others:
                    _refuse_taken(world, plan, trunk, vlan, pvid)


def _refuse_taken(world: World, plan: BridgePlan, trunk: ClientNetworkAdapter, vlan: int, pvid: int) -> None:
    """A trunk that no bridge has may be there with another priority: then it takes over when this one fails."""
    ours = {one.uuid for server in plan.seas for one in server.trunks if one.uuid} | {one.uuid for one in plan.removed}
    switch = switch_with_id(world, trunk.vswitch_id)
    name = switch.name if switch is not None else trunk.vswitch_id
    for other in world.all(ClientNetworkAdapter):
        if other.uuid in ours or not other.has("trunk_pri") or other.vswitch_id != trunk.vswitch_id:
            continue
        if vlan not in all_vlans(other):
            continue
        found = bridge_of(world, other.parent or "", other.slot)
        if found is not None and (plan.before is None or found[0].uuid != plan.before.uuid):
            raise say.VLAN_BRIDGED.error(vlan=vlan, switch=name, other=found[0].pvid, bridge=pvid)
        if other.trunk_pri == trunk.trunk_pri:
            raise rules.trunk_taken(vlan, name, trunk.trunk_pri, other)


def check_reachable(world: World, plan: BridgePlan) -> None:
    """Trunks of a server that runs are added, changed and removed over RMC."""
    before = {trunk.uuid: trunk for trunk in plan.trunks_before(world)}
    concerned = {trunk.parent for trunk in plan.removed}
    for server in plan.seas:
        if server.channel is not None or any(before.get(trunk.uuid) != trunk for trunk in server.trunks):
            concerned.add(server.vios.uuid)
    for uuid in sorted(filter(None, concerned)):
        check_io_dlpar(world, world.get(VirtualIOServer, uuid), _TRUNKS)


# carrying it out


class Carrying:
    """The steps of a plan. subject: the bridge, once it is there."""

    def __init__(self, plan: BridgePlan) -> None:
        self._plan = plan
        self._left: list[ClientNetworkAdapter] = []
        self._altered: list[str] = []
        self.bridge: NetworkBridge | None = None

    def steps(self) -> Iterator[Step]:
        plan = self._plan
        if plan.removed:
            yield Step("remove trunk adapters", self._remove)
        if any(trunk.uuid for server in plan.seas for trunk in server.trunks):
            yield Step("change trunk adapters", self._change)
        if any(not trunk.uuid for server in plan.seas for trunk in server.trunks):
            yield Step("add trunk adapters", self._add)
        if any(server.channel is not None for server in plan.seas):
            yield Step("put control channel adapters", self._put_channels)
        if plan.taken or plan.given:
            yield Step("take or give back Ethernet devices", self._exchange_devices)
        yield Step("change the bridge", self._put)
        yield Step("realise its networks", self._realise)

    def _remove(self, change: Change) -> None:
        for trunk in self._plan.removed:
            self._left.append(change.get(ClientNetworkAdapter, trunk.uuid))
            change.remove(self._left[-1])

    def _change(self, change: Change) -> None:
        for server in self._plan.seas:
            for trunk in server.trunks:
                before = change.find(ClientNetworkAdapter, trunk.uuid)
                if before is not None and before != trunk:
                    change.put(trunk)
                    self._left.append(before)
                    self._altered.append(trunk.uuid)

    def _add(self, change: Change) -> None:
        for server in self._plan.seas:
            for place, trunk in enumerate(server.trunks):
                if not trunk.uuid:
                    server.trunks[place] = self._made(change, trunk)

    def _made(self, change: Change, adapter: ClientNetworkAdapter) -> ClientNetworkAdapter:
        mac = adapter.mac or rules.new_mac(change, change.entropy)
        made = adapter.evolve(uuid=change.entropy.uuid(), mac=mac)
        change.put(made)
        self._altered.append(made.uuid)
        return made

    def _put_channels(self, change: Change) -> None:
        for server in self._plan.seas:
            channel = server.channel
            if channel is not None and channel.uuid:
                self._left.append(change.get(ClientNetworkAdapter, channel.uuid))
                change.put(channel)
                self._altered.append(channel.uuid)
            elif channel is not None:
                self._made(change, channel)

    def _exchange_devices(self, change: Change) -> None:
        for vios, device in self._plan.taken:
            change.put(without_device(change.get(VirtualIOServer, vios), device.dev_name))
        for vios, device in self._plan.given:
            change.put(with_device(change.get(VirtualIOServer, vios), device))

    def _put(self, change: Change) -> None:
        plan = self._plan
        # What a server shows of its shared Ethernet adapters has changed, though not what is stored of it.
        for uuid in sorted(plan.servers):
            change.put(change.get(VirtualIOServer, uuid))
        if plan.after is None:
            assert plan.before is not None
            change.remove(plan.before)
            return
        bridge = plan.after.evolve(
            seas=tuple(server.sea.evolve(trunk_adapters=tuple(map(reference, server.trunks))) for server in plan.seas),
            uuid=plan.after.uuid or change.entropy.uuid(),
            **FOLLOWS_FROM_TRUNKS,
        )
        seas = tuple(sea if sea.udid else sea.evolve(udid=f"10{change.entropy.hex(16)}") for sea in bridge.seas)
        self.bridge = bridge.evolve(seas=seas)
        change.put(self.bridge)

    def _realise(self, change: Change) -> None:
        if self._altered:
            realise_networks(change, *(change.get(ClientNetworkAdapter, uuid) for uuid in self._altered))
        if self._left:
            drop_unused_networks(change, *self._left)


def server_of(world: World, sea: SharedEthernetAdapter) -> VirtualIOServer:
    return world.get(VirtualIOServer, vios_uuid(sea))
