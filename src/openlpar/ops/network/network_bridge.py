"""Network bridges: creating, changing, deleting.

A bridge is one shared Ethernet adapter, or two on two Virtual I/O Servers that back each other. A client changes its VLANs either
by the trunk adapters below ``SharedEthernetAdapters``, as clients of a NovaLink do, or by the networks below ``LoadGroups``, as
those of an HMC.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import CreateOperation, DeleteOperation, Evidence, Level, Operation, Step, UpdateOperation
from openlpar.ops.merge import merged
from openlpar.ops.network import bridge_plan as planning
from openlpar.ops.network import sea_rules
from openlpar.ops.network.bridge_plan import BridgePlan, Carrying, PlannedSea
from openlpar.ops.network.bridge_view import shown_bridge
from openlpar.ops.network.channels import give_up_channel, plan_channels
from openlpar.ops.network.ethernet_devices import DeviceNames
from openlpar.ops.network.trunks import Adapters
from openlpar.ops.scsi.slots import FreeSlots
from openlpar.ops.views import shown
from openlpar.ports.state import Change, World
from openlpar.uom.network_bridge import (
    HighAvailabilityMode,
    LoadGroup,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)
from openlpar.uom.virtual_network import VirtualNetwork

_LEFT = frozenset({"seas", "load_grps", "vnet_uri_list", "failover", "load_balance"})


class BridgeOperation(Operation):
    """What operations share that carry out a plan: ``self.plan``, made in ``check``."""

    plan: BridgePlan

    def locks(self) -> Iterable[str]:
        return ("networks", "partitions")

    def steps(self) -> Iterable[Step]:
        carrying = Carrying(self.plan)
        yield from carrying.steps()
        if self.plan.after is not None:
            yield Step("find the bridge", lambda change: self._find(change, carrying))

    def _find(self, change: Change, carrying: Carrying) -> None:
        assert carrying.bridge is not None
        self.subject = (NetworkBridge, carrying.bridge.uuid)


def about(bridge: NetworkBridge) -> str:
    return f"network bridge {bridge.pvid}"


@dataclass
class CreateNetworkBridge(
    BridgeOperation, CreateOperation, name="network_bridge.create", verb="create", on=(NetworkBridge,)
):
    """A new bridge on free Ethernet devices, with trunk adapters of its own on each server."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.network")

    requested: NetworkBridge

    called = "pvid"

    def about(self, world: World) -> str:
        return about(self.requested)

    def check(self, world: World) -> None:
        wish = self.requested
        if not wish.has("pvid"):
            raise general.MISSING_VALUE.error(object="The network bridge", field="PortVLANID")
        mode = _mode(wish.failover or len(wish.seas) == 2, wish.load_balance)
        after = NetworkBridge(
            parent=managed_system(world).uuid,
            pvid=wish.pvid,
            control_channel_id=wish.get("control_channel_id"),
            udid="0",
        )
        self.plan = plan = BridgePlan(None, after)
        slots, names = FreeSlots(world), DeviceNames(world)
        for sea in wish.seas:
            plan.seas.append(sea_rules.new_sea(world, plan, sea, mode, slots, names))
        if wish.control_channel_id:
            plan_channels(world, plan, wish.control_channel_id, slots, names)
        planning.check_plan(world, plan)
        planning.check_reachable(world, plan)


def _mode(failover: bool, load_balance: bool) -> str:
    if load_balance:
        return HighAvailabilityMode.LOAD_SHARING.value
    return HighAvailabilityMode.FAILOVER.value if failover else HighAvailabilityMode.DISABLED.value


@dataclass
class UpdateNetworkBridge(
    BridgeOperation, UpdateOperation, name="network_bridge.update", verb="update", on=(NetworkBridge,)
):
    """Takes over a client's version of a bridge: VLANs, trunk adapters, attributes and servers."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.network_bridger")

    requested: NetworkBridge

    called = "pvid"

    def about(self, world: World) -> str:
        stored = world.find(NetworkBridge, self.uuid)
        return about(stored) if stored is not None else self.uuid

    def check(self, world: World) -> None:
        before = world.get(NetworkBridge, self.uuid)
        self.subject = (NetworkBridge, self.uuid)
        now = shown(world, before)
        wish, name = self.requested, about(before)
        after = merged(before, now, wish, leave=_LEFT, about=name, strict=self.strict)
        seas_meant = wish.has("seas") and not _same(now.seas, wish.seas)
        groups_meant = wish.has("load_grps") and not _same(now.load_grps, wish.load_grps)
        mode_meant = any(wish.has(flag) and wish.get(flag) != now.get(flag) for flag in ("failover", "load_balance"))
        self._changes = after != before or seas_meant or groups_meant or mode_meant
        if not self._changes:
            return
        if seas_meant and groups_meant:
            cause = "SharedEthernetAdapters is changed as well"
            raise general.BAD_VALUE.error(
                field="LoadGroups", object=name, value="changed", cause=cause, wanted="a change of one of the two"
            )
        self.plan = BridgePlan(before, after, servers={vios_uuid(sea) for sea in before.seas})
        # A recorded bridge was shown as it was recorded.
        complete = shown_bridge(world, before) if now is before else now
        slots, names = FreeSlots(world), DeviceNames(world)
        self._plan_seas(world, complete, seas_meant, groups_meant, slots, names)
        is_moved = wish.has("control_channel_id") and wish.control_channel_id != now.control_channel_id
        if after.control_channel_id and (is_moved or self.plan.taken):
            plan_channels(world, self.plan, after.control_channel_id, slots, names)
        if mode_meant:
            failover = wish.failover if wish.has("failover") else now.failover
            self._set_mode(_mode(failover, wish.load_balance if wish.has("load_balance") else now.load_balance))
        planning.check_plan(world, self.plan)
        planning.check_reachable(world, self.plan)

    def _plan_seas(
        self,
        world: World,
        now: NetworkBridge,
        seas_meant: bool,
        groups_meant: bool,
        slots: FreeSlots,
        names: DeviceNames,
    ) -> None:
        plan, adapters = self.plan, Adapters(world)
        assert plan.before is not None
        stored = [
            PlannedSea(planning.server_of(world, sea), sea, sea_rules.all_trunks(world, adapters, sea))
            for sea in plan.before.seas
        ]
        wishes: Sequence[SharedEthernetAdapter] = self.requested.seas if seas_meant else now.seas
        for wish in wishes:
            known = next((one for one in stored if vios_uuid(one.sea) == vios_uuid(wish)), None)
            if known is None:
                mode = plan.before.seas[0].ha_mode or HighAvailabilityMode.FAILOVER.value
                made = sea_rules.new_sea(world, plan, wish, mode, slots, names)
                plan.seas.append(made)
                continue
            stored.remove(known)
            kept = list(known.trunks)
            switch = sea_rules.switch_of(world, known)
            trunks = _by_groups(world, known, self.requested.load_grps) if groups_meant else wish.trunk_adapters
            known.trunks = planning.planned_trunks(world, known, trunks, slots, switch, names)
            sea_rules.check_switches(world, known, trunks, switch)
            still = {trunk.uuid for trunk in known.trunks}
            plan.removed += [trunk for trunk in kept if trunk.uuid not in still]
            shown_sea = next(sea for sea in now.seas if vios_uuid(sea) == vios_uuid(wish))
            known.sea = sea_rules.changed_sea(world, known, shown_sea, wish, strict=self.strict)
            plan.seas.append(known)
        for gone in stored:
            sea_rules.give_up(plan, gone)
            give_up_channel(world, plan, gone)

    def _set_mode(self, mode: str) -> None:
        if mode != HighAvailabilityMode.DISABLED and len(self.plan.seas) < 2:
            assert self.plan.after is not None
            cause = "it has one shared Ethernet adapter"
            raise say.MODE_NEEDS.error(bridge=self.plan.after.pvid, mode=mode, cause=cause)
        for server in self.plan.seas:
            server.sea = server.sea.evolve(ha_mode=mode)

    def steps(self) -> Iterable[Step]:
        return super().steps() if self._changes else ()


def _same(now: Any, wish: Any) -> bool:
    """Whether a client sent back what it was shown: the volatile fields may have moved on, and it may have left some out."""
    if now == wish:
        return True
    if isinstance(wish, tuple):
        return isinstance(now, tuple) and len(now) == len(wish) and all(map(_same, now, wish))
    if hasattr(wish, "present"):
        # Only what is there is compared, but for the additional VLANs: a trunk that lost all of them has no such element.
        if isinstance(wish, TrunkAdapter) and wish.tagged_vlans != now.tagged_vlans:
            return False
        return all(field.volatile or _same(now.get(field.name), value) for field, value in wish.present())
    return False


def _by_groups(world: World, server: PlannedSea, groups: Sequence[LoadGroup]) -> tuple[TrunkAdapter, ...]:
    """The trunks that load groups mean: each group is a trunk of its port VLAN, its networks are the additional VLANs."""
    by_pvid = {trunk.pvid: trunk for trunk in server.trunks}
    wishes = []
    for group in groups:
        networks = [world.get(VirtualNetwork, path.rpartition("/")[2]) for path in group.vnet_uri_list]
        vlans = dict.fromkeys(network.vlan for network in networks if network.vlan != group.pvid)
        known = by_pvid.get(group.pvid)
        wishes.append(
            TrunkAdapter(
                mac=known.mac if known is not None else None,
                use_next_high_slot=True if known is None else None,
                pvid=group.pvid,
                tagged_vlans=" ".join(map(str, vlans)),
            )
        )
    return tuple(wishes)


class DeleteNetworkBridge(
    BridgeOperation, DeleteOperation, name="network_bridge.delete", verb="delete", on=(NetworkBridge,)
):
    """Removes a bridge with its shared Ethernet adapters and trunk adapters; the Ethernet devices are free again."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.network")

    called = "pvid"

    def about(self, world: World) -> str:
        stored = world.find(NetworkBridge, self.uuid)
        return about(stored) if stored is not None else self.uuid

    def check(self, world: World) -> None:
        before = world.get(NetworkBridge, self.uuid)
        self.plan = plan = BridgePlan(before, None, servers={vios_uuid(sea) for sea in before.seas})
        adapters = Adapters(world)
        for sea in before.seas:
            server = PlannedSea(planning.server_of(world, sea), sea, adapters.of(sea))
            sea_rules.give_up(plan, server)
            give_up_channel(world, plan, server)
        planning.check_reachable(world, plan)
