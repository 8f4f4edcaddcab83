"""Control channels of network bridges: what may be one, and the adapters that a bridge with a ``ControlChannelID`` gets for it.

See ``uom.control_channel`` for what it does.
"""

from __future__ import annotations

from openlpar.messages import general
from openlpar.messages import network_bridge as say
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network.bridge_plan import BridgePlan, PlannedSea
from openlpar.ops.network.ethernet_devices import DeviceNames
from openlpar.ops.network.trunks import adapters_of
from openlpar.ops.network.usage import all_vlans
from openlpar.ops.network.virtual_network import switch_path, switch_with_id
from openlpar.ops.scsi.slots import FreeSlots, location_code
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.control_channel import channel_adapter
from openlpar.uom.virtual_io_server import VirtualIOServer


def check_channel(world: World, vios: VirtualIOServer, sea: str, device: str) -> None:
    """Raises Failure when a device of a server cannot be a control channel. sea: the shared Ethernet adapter. device: "" for
    none, which is VLAN 4095 on the default trunk adapter."""
    if not device:
        return
    found = next((one for one in world.all(ClientNetworkAdapter, vios.uuid) if one.dev_name == device), None)
    cause = ""
    if found is None:
        cause = "it is no virtual Ethernet adapter of the server"
    elif found.has("trunk_pri"):
        cause = "it is a trunk adapter"
    if cause:
        raise say.BAD_CHANNEL.error(vios=vios.name, device=device, sea=sea, cause=cause)


def plan_channels(world: World, plan: BridgePlan, vlan: int, slots: FreeSlots, names: DeviceNames) -> None:
    """Lets both servers of a bridge have an adapter on the VLAN of the channel, on the virtual switch of its trunks. One of a
    single server has nobody to tell. Raises Failure."""
    assert plan.after is not None
    bridged = {own for server in plan.seas for trunk in server.trunks for own in all_vlans(trunk)}
    if not 1 <= vlan <= rules.LAST_VLAN or vlan in bridged:
        cause = "the bridge leads it outside" if vlan in bridged else "there is no such VLAN"
        raise general.BAD_VALUE.error(
            field="ControlChannelID",
            object=f"network bridge {plan.after.pvid}",
            value=vlan,
            cause=cause,
            wanted="a VLAN from 1 to 4094 that is not bridged",
        )
    for server in plan.seas if len(plan.seas) == 2 else ():
        switch_id = server.trunks[0].vswitch_id
        known = channel_adapter(server.sea, adapters_of(world))
        if known is not None and known.vswitch_id == switch_id:
            server.channel = known.evolve(pvid=vlan)
        else:
            server.channel = _made(world, server.vios, vlan, switch_id, slots, names)
            server.sea = server.sea.evolve(control_channel=server.channel.dev_name)


def _made(
    world: World, vios: VirtualIOServer, vlan: int, switch_id: int, slots: FreeSlots, names: DeviceNames
) -> ClientNetworkAdapter:
    """Still without uuid and MAC address."""
    switch = switch_with_id(world, switch_id)
    slot = slots.take(vios)
    place = location_code(world, vios.id, slot)
    return ClientNetworkAdapter(
        parent=vios.uuid,
        drc_name=place,
        loc_code=place,
        lpar_id=vios.id,
        is_required=False,
        varied_on=True,
        slot=slot,
        enabled=True,
        allowed_macs="ALL",
        mac="",
        pvid=vlan,
        qos_priority_enabled=False,
        tagged_vlans="",
        is_tagged_vlan_supported=False,
        vswitch_uri=(switch_path(switch),) if switch is not None else (),
        vswitch_id=switch_id,
        dev_name=names.next(vios),
    )


def give_up_channel(world: World, plan: BridgePlan, server: PlannedSea) -> None:
    """The adapter that was made for the channel goes with the shared Ethernet adapter."""
    if plan.before is not None and plan.before.control_channel_id:
        found = channel_adapter(server.sea, adapters_of(world))
        if found is not None:
            plan.removed.append(found)
