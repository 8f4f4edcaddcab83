"""Shared Ethernet adapters made of what a Virtual I/O Server has, as its own command line does (``mkvdev -sea``).

They take an Ethernet device and trunk adapters that are there already. Two on two servers with the same port VLAN and switch
become one network bridge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, Level, ResourceOperation, ResourceRequest
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network import bridge_plan as planning
from openlpar.ops.network import sea_rules
from openlpar.ops.network.bridge_plan import BridgePlan, PlannedSea
from openlpar.ops.network.bridge_view import sea_id, servers_seas
from openlpar.ops.network.channels import check_channel
from openlpar.ops.network.ethernet_devices import DeviceNames
from openlpar.ops.network.network_bridge import BridgeOperation
from openlpar.ops.network.trunks import Adapters
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
    vios_uuid,
)
from openlpar.uom.virtual_io_server import VirtualIOServer

_EVIDENCE = Evidence(Level.DOCUMENTED, "IBM documentation of mkvdev, chdev and rmvdev")


class _SeaOperation(BridgeOperation, ResourceOperation):
    """uuid: ``sea_id`` of the adapter. parent: uuid of its Virtual I/O Server."""

    uuid: str
    parent: str
    evidence = _EVIDENCE

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.parent)
        return vios.name if vios is not None else self.uuid

    def _stored(self, world: World) -> tuple[NetworkBridge, SharedEthernetAdapter]:
        """Raises Failure when there is no such adapter, or it is described but not part of a bridge."""
        for bridge in world.all(NetworkBridge):
            for sea in bridge.seas:
                if sea_id(vios_uuid(sea), sea) == self.uuid:
                    return bridge, sea
        raise say.NO_SEA.error(vios=self.about(world), sea=self.uuid.rpartition("/")[2])

    def _plan_others(self, world: World, plan: BridgePlan, but: SharedEthernetAdapter | None) -> None:
        """The other adapters of the bridge stay as they are."""
        adapters = Adapters(world)
        assert plan.before is not None
        for sea in plan.before.seas:
            if sea is not but:
                plan.seas.append(PlannedSea(planning.server_of(world, sea), sea, adapters.of(sea)))


@dataclass
class CreateSharedEthernetAdapter(_SeaOperation, name="sea.create", verb="create", on=(SharedEthernetAdapter,)):
    """requested: ``backing_device``, ``pvid``, ``trunk_adapters`` with the ``dev_name`` of each (the default one first), and
    attributes; when it was there before, also ``dev_name``, which it gets where that is free, and ``udid``. In the bridge adapters
    are in the order of their servers."""

    evidence = _EVIDENCE

    parent: str
    requested: SharedEthernetAdapter
    uuid: str = ""

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, SharedEthernetAdapter)
        return cls(request.parent or "", request.element)

    def check(self, world: World) -> None:
        vios, wish = world.get(VirtualIOServer, self.parent), self.requested
        trunks = self._trunks(world, vios)
        pvid = wish.pvid or trunks[0].pvid
        before = _joined(world, vios, trunks[0], pvid)
        after = before or NetworkBridge(parent=managed_system(world).uuid, pvid=pvid, udid="0")
        self.plan = plan = BridgePlan(before, after, servers={vios.uuid})
        device = sea_rules.device_for(plan, vios, wish.backing_device.ethernet_device.dev_name)
        check_channel(world, vios, "to be made", wish.control_channel)
        made = wish.evolve(
            uuid="",
            parent=None,
            vio_uri=f"ManagedSystem/{vios.parent}/VirtualIOServer/{vios.uuid}",
            backing_device=BackingDeviceChoice(ethernet_device=device),
            dev_name=DeviceNames(world).next(vios, wish.dev_name),
            trunk_adapters=None,
            pvid=None,
        )
        self._made = sea_rules.with_defaults(made)
        if before is not None:
            self._plan_others(world, plan, None)
        place = sum(other.vios.id < vios.id for other in plan.seas)
        plan.seas.insert(place, PlannedSea(vios, self._made, trunks))
        planning.check_plan(world, plan, in_turn=True)

    def _trunks(self, world: World, vios: VirtualIOServer) -> list[ClientNetworkAdapter]:
        if not self.requested.trunk_adapters:
            raise general.MISSING_VALUE.error(object="The shared Ethernet adapter", field="TrunkAdapters")
        return trunks_named(world, vios, self.requested.trunk_adapters)

    def _find(self, change: Change, carrying: planning.Carrying) -> None:
        self.subject = (SharedEthernetAdapter, sea_id(self.parent, self._made))


def trunks_named(
    world: World, vios: VirtualIOServer, wishes: Sequence[TrunkAdapter], own: str = ""
) -> list[ClientNetworkAdapter]:
    """The trunks of a server that are meant by device. own: the adapter that may have them already."""
    by_name = {adapter.dev_name: adapter for adapter in world.all(ClientNetworkAdapter, vios.uuid) if adapter.dev_name}
    found = []
    for wish in wishes:
        adapter = by_name.get(wish.dev_name)
        if adapter is None or not adapter.has("trunk_pri"):
            cause = "it is no trunk adapter" if adapter is not None else "there is no such device"
            raise say.NO_TRUNK.error(vios=vios.name, trunk=wish.dev_name, cause=cause)
        holder = rules.bridged_by(world, adapter)
        if holder and holder != own:
            raise say.NO_TRUNK.error(vios=vios.name, trunk=wish.dev_name, cause=f"it belongs to {holder}")
        found.append(adapter)
    return found


def _joined(world: World, vios: VirtualIOServer, trunk: ClientNetworkAdapter, pvid: int) -> NetworkBridge | None:
    """The bridge of another server that has the same port VLAN on the same switch, and no peer yet."""
    adapters = Adapters(world)
    for bridge in world.all(NetworkBridge):
        alone = bridge.pvid == pvid and len(bridge.seas) == 1 and vios_uuid(bridge.seas[0]) != vios.uuid
        if alone and any(one.vswitch_id == trunk.vswitch_id for one in adapters.of(bridge.seas[0])):
            return bridge
    return None


@dataclass
class UpdateSharedEthernetAdapter(_SeaOperation, name="sea.update", verb="update", on=(SharedEthernetAdapter,)):
    """Changes attributes, and with ``trunk_adapters`` (by ``dev_name``) which trunks it has; those left out become orphans."""

    evidence = _EVIDENCE

    uuid: str
    requested: SharedEthernetAdapter
    parent: str

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, SharedEthernetAdapter)
        return cls(request.uuid, request.element, request.parent or request.uuid.partition("/")[0])

    def check(self, world: World) -> None:
        bridge, sea = self._stored(world)
        self.subject = (SharedEthernetAdapter, self.uuid)
        vios = planning.server_of(world, sea)
        now = next(one for one in servers_seas(world, vios.uuid) if one.uuid == self.uuid)
        server = PlannedSea(vios, sea, Adapters(world).of(sea))
        server.sea = sea_rules.changed_sea(world, server, now, self.requested, strict=False)
        names = [trunk.dev_name for trunk in self.requested.trunk_adapters]
        if self.requested.has("trunk_adapters") and names != [trunk.dev_name for trunk in now.trunk_adapters]:
            server.trunks = trunks_named(world, vios, self.requested.trunk_adapters, sea.dev_name)
        self.plan = plan = BridgePlan(bridge, bridge, servers={vios.uuid})
        self._plan_others(world, plan, sea)
        plan.seas.insert(bridge.seas.index(sea), server)
        planning.check_plan(world, plan, in_turn=True)

    def _find(self, change: Change, carrying: planning.Carrying) -> None:
        """It is found already."""


@dataclass
class DeleteSharedEthernetAdapter(_SeaOperation, name="sea.delete", verb="delete", on=(SharedEthernetAdapter,)):
    """Removes an adapter; its trunks stay as orphans. A bridge goes with its last adapter."""

    evidence = _EVIDENCE

    uuid: str
    parent: str

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        return cls(request.uuid, request.parent or request.uuid.partition("/")[0])

    def check(self, world: World) -> None:
        bridge, sea = self._stored(world)
        vios = planning.server_of(world, sea)
        self.plan = plan = BridgePlan(bridge, bridge, servers={vios.uuid})
        self._plan_others(world, plan, sea)
        if not plan.seas:
            plan.after = None
        sea_rules.give_up(plan, PlannedSea(vios, sea, []), with_trunks=False)

    def _find(self, change: Change, carrying: planning.Carrying) -> None:
        """It is gone."""
