"""Virtual networks: the VLANs in use on the virtual switches.

On a NovaLink nobody makes them: one appears with the first adapter on (VLAN, switch, tagged) and disappears with the last.
The port VLAN of an adapter is an untagged network, its additional VLANs are tagged ones, so a VLAN may be there twice.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import network as say
from openlpar.ops.core import AlwaysRefused, Evidence, Level, ResourceOperation, ResourceRequest
from openlpar.ops.network.usage import is_in_use, places_of
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import VirtualSwitch

# Never changes: a network that comes back has the UUID it had before, as clients expect of a name-based one.
_NAMESPACE = uuid.UUID("2f8d61a4-8f39-5e7c-9a8e-6b1f4c0d7e52")


def network_name(vlan: int, switch: VirtualSwitch) -> str:
    return f"VLAN{vlan}-{switch.name}"


def network_uuid(switch: VirtualSwitch, vlan: int, tagged: bool) -> str:
    return str(uuid.uuid5(_NAMESPACE, f"{switch.uuid}/{vlan}/{'tagged' if tagged else 'untagged'}"))


def path_of(network: VirtualNetwork) -> str:
    return f"ManagedSystem/{network.parent}/VirtualNetwork/{network.uuid}"


def switch_path(switch: VirtualSwitch) -> str:
    return f"ManagedSystem/{switch.parent}/VirtualSwitch/{switch.uuid}"


def switch_with_id(world: World, switch_id: int) -> VirtualSwitch | None:
    return next((switch for switch in world.all(VirtualSwitch) if switch.switch_id == switch_id), None)


def find_network(world: World, switch_id: int, vlan: int, tagged: bool) -> VirtualNetwork | None:
    for network in world.where(VirtualNetwork, vlan=vlan):
        if network.vswitch_id == switch_id and network.tagged == tagged:
            return network
    return None


def realise_networks(change: Change, *adapters: ClientNetworkAdapter) -> None:
    """Adds the networks that adapters (without any named: all of them) are in, and the adapters' references to them.

    An adapter whose switch is unknown (in a recording of a part of a system) is left as it is.
    """
    known: dict[tuple[int, int, bool], str] = {}
    for adapter in adapters or tuple(change.all(ClientNetworkAdapter)):
        switch = switch_with_id(change, adapter.vswitch_id)
        if switch is None:
            continue
        for place in places_of(adapter):
            if place not in known:
                known[place] = path_of(_realised(change, switch, *place[1:]))
        paths = tuple(known[place] for place in places_of(adapter))
        if adapter.vnet_uri_list != paths:
            change.put(adapter.evolve(vnet_uri_list=paths))


def _realised(change: Change, switch: VirtualSwitch, vlan: int, tagged: bool) -> VirtualNetwork:
    found = find_network(change, switch.switch_id, vlan, tagged)
    if found is not None:
        return found
    made = VirtualNetwork(
        uuid=network_uuid(switch, vlan, tagged),
        parent=switch.parent,
        associated_switch_uri=switch_path(switch),
        name=network_name(vlan, switch),
        vlan=vlan,
        vswitch_id=switch.switch_id,
        tagged=tagged,
    )
    change.put(made)
    return made


def drop_unused_networks(change: Change, *left: ClientNetworkAdapter) -> None:
    """Removes the networks that no adapter is in any more; one that a network bridge names stays.

    left: the former versions of the adapters that may have left a network; without any named all networks are looked at.
    """
    bridges = list(change.all(NetworkBridge))
    named = [path for bridge in bridges for path in bridge.vnet_uri_list]
    named += [path for bridge in bridges for group in bridge.load_grps for path in group.vnet_uri_list]
    bridged = {path.rpartition("/")[2] for path in named}
    networks = change.all(VirtualNetwork)
    if left:
        places = {place for one in left for place in places_of(one)}
        found = (find_network(change, *place) for place in sorted(places) if not is_in_use(change, *place))
        networks = iter([network for network in found if network is not None])
    for network in networks:
        if network.uuid not in bridged and not is_in_use(change, network.vswitch_id, network.vlan, network.tagged):
            change.remove(network)


@dataclass
class _Refused(AlwaysRefused, ResourceOperation):
    """A client's attempt to make, change or remove a network itself."""

    uuid: str
    network: str
    task: ClassVar[str] = ""

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        element = request.element
        return cls(request.uuid, element.name if isinstance(element, VirtualNetwork) else "")

    def about(self, world: World) -> str:
        stored = world.find(VirtualNetwork, self.uuid)
        return stored.name if stored is not None else self.network or self.uuid

    def check(self, world: World) -> None:
        if self.uuid:
            world.get(VirtualNetwork, self.uuid)
        raise say.NETWORK_FOLLOWS.error(network=self.about(world), task=self.task)


class CreateVirtualNetwork(_Refused, name="virtual_network.create", verb="create", on=(VirtualNetwork,)):
    """Refused: see the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's traits: on a NovaLink networks come and go with their adapters")

    task = "created"


class UpdateVirtualNetwork(_Refused, name="virtual_network.update", verb="update", on=(VirtualNetwork,)):
    """Refused: see the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's traits: on a NovaLink networks come and go with their adapters")

    task = "changed"


class DeleteVirtualNetwork(_Refused, name="virtual_network.delete", verb="delete", on=(VirtualNetwork,)):
    """Refused: see the module."""

    evidence = Evidence(Level.DOCUMENTED, "pypowervm's traits: on a NovaLink networks come and go with their adapters")

    task = "deleted"
