"""The virtual Ethernet adapters of a partition that comes from another system."""

from __future__ import annotations

from typing import Any

from openlpar.messages import Failure
from openlpar.messages import mobility as say
from openlpar.ops.mobility.baggage import Adapter, Baggage, is_bridged
from openlpar.ops.mobility.wishes import Wishes
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network.usage import all_vlans
from openlpar.ops.network.virtual_network import switch_path
from openlpar.ops.scsi.slots import location_code
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.virtual_switch import VirtualSwitch


def planned_adapters(
    world: World,
    system: ManagedSystem,
    partition: LogicalPartition,
    baggage: Baggage,
    wishes: Wishes,
    problems: list[Failure],
) -> list[ClientNetworkAdapter]:
    """As they would be here; what is in the way is added to the problems."""
    found = []
    for adapter in baggage.adapters:
        about = f"virtual Ethernet adapter {adapter.element.loc_code}"
        switch = next((one for one in world.all(VirtualSwitch) if one.name == adapter.switch), None)
        if switch is None:
            problems.append(
                say.NO_SWITCH.error(adapter=adapter.element.loc_code, switch=adapter.switch, system=system.system_name)
            )
            continue
        made = _placed(world, partition, adapter, switch, wishes)
        try:
            if made.has("tagged_vlans"):
                made = made.evolve(tagged_vlans=rules.normal_vlans(about, made.tagged_vlans))
            rules.check_vlans(about, made)
            rules.check_trunk(world, made, None, about)
            rules.check_mac_free(world, made.mac, "")
        except Failure as failure:
            problems.append(failure)
        if not wishes.may_lose_vlans:
            problems += _unbridged(world, system, adapter, made, switch)
        if not wishes.may_lose_ovs and (adapter.element.ovs_bridge or adapter.element.ovs_ext_ids):
            problems.append(say.NO_OVS.error(adapter=adapter.element.loc_code, system=system.system_name))
        found.append(made)
    return found


def _placed(
    world: World, partition: LogicalPartition, adapter: Adapter, switch: VirtualSwitch, wishes: Wishes
) -> ClientNetworkAdapter:
    element, place = adapter.element, location_code(world, partition.id, adapter.element.slot)
    changes: dict[str, Any] = {}
    wished = wishes.vlans.get(element.mac)
    if wished is not None:
        changes["pvid"] = wished.pvid
        if wished.tagged is not None:
            changes["tagged_vlans"] = wished.tagged
    return element.evolve(
        parent=partition.uuid,
        lpar_id=partition.id,
        drc_name=place,
        loc_code=place,
        vswitch_uri=(switch_path(switch),),
        vswitch_id=switch.switch_id,
        vnet_uri_list=None,
        **changes,
    )


def _unbridged(
    world: World, system: ManagedSystem, adapter: Adapter, made: ClientNetworkAdapter, switch: VirtualSwitch
) -> list[Failure]:
    """VLANs that lead out of the system there, or were wished for, and do not lead out of this one."""
    before = set(all_vlans(adapter.element))
    return [
        say.NO_BRIDGE.error(vlan=vlan, adapter=adapter.element.loc_code, switch=switch.name, system=system.system_name)
        for vlan in all_vlans(made)
        if (vlan in adapter.bridged or (adapter.bridged and vlan not in before))
        and not is_bridged(world, switch.switch_id, vlan)
    ]
