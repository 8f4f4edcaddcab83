"""Virtual switches, networks and adapters of an inventory."""

from __future__ import annotations

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch

_OWNERS = (LogicalPartition, VirtualIOServer)


def complete_switches(draft: Draft) -> None:
    """ETHERNET0 exists on every system; further switches get the next free id."""
    items = draft.items(VirtualSwitch)
    if not items:
        draft.add(VirtualSwitch(switch_id=0, name="ETHERNET0"))
    used = {item.now.switch_id for item in draft.items(VirtualSwitch) if item.now.has("switch_id")}
    for item in draft.items(VirtualSwitch):
        if not item.now.name:
            raise draft.error(say.MISSING, item, field="name", wanted="the switch's name")
        if not item.now.has("switch_id"):
            number = next(n for n in range(len(used) + 1) if n not in used)
            used.add(number)
            item.set(switch_id=number)
        item.set(uuid=item.now.uuid or draft.entropy.uuid(), parent=draft.system.uuid)
        item.defaults(mode=SwitchMode.VEB.value)
        draft.register(item, item.now.uuid, item.now.name)


def switch_path(draft: Draft, switch: VirtualSwitch) -> str:
    return f"ManagedSystem/{draft.system.uuid}/VirtualSwitch/{switch.uuid}"


def complete_networks(draft: Draft) -> None:
    """The networks that were described; those that adapters are on are added by ``complete_adapters``."""
    for item in draft.items(VirtualNetwork):
        written = item.now.associated_switch_uri
        switch = (
            draft.refer(item, (VirtualSwitch,), written, "associated_switch_uri").now
            if written
            else _first_switch(draft)
        )
        if not item.now.vlan:
            raise draft.error(say.MISSING, item, field="vlan", wanted="a VLAN id from 1 to 4094")
        item.set(
            uuid=item.now.uuid or draft.entropy.uuid(),
            parent=draft.system.uuid,
            associated_switch_uri=switch_path(draft, switch),
            vswitch_id=switch.switch_id,
        )
        item.defaults(name=f"VLAN{item.now.vlan}-{switch.name}", tagged=False)
        draft.register(item, item.now.uuid, item.now.name)


def complete_adapters(draft: Draft) -> None:
    """Network adapters: owner, slot, MAC address, switch; then the networks they are on, and the switches' lists of those."""
    for item in draft.items(ClientNetworkAdapter):
        _own(draft, item)
    for item in draft.items(ClientNetworkAdapter):
        _complete(draft, item)
    networks = _Networks(draft)
    for item in draft.items(ClientNetworkAdapter):
        if not item.given("vnet_uri_list"):
            item.set(vnet_uri_list=tuple(networks.of(item.now)))
    for switch in draft.items(VirtualSwitch):
        if not switch.given("vnet_uri_list"):
            switch.set(vnet_uri_list=tuple(networks.on(switch.now.switch_id)))


def _first_switch(draft: Draft) -> VirtualSwitch:
    return draft.items(VirtualSwitch)[0].now


def _own(draft: Draft, item: Item[ClientNetworkAdapter]) -> None:
    written = item.now.parent
    if written is None and item.now.has("lpar_id"):
        found = next((p for p in draft.partitions() if p.now.id == item.now.lpar_id), None)
        if found is None:
            raise draft.error(
                say.DANGLING,
                item,
                "lpar_id",
                value=item.now.lpar_id,
                what="partition",
                hint="Write the id of a partition.",
            )
    elif written is None:
        raise draft.error(say.MISSING, item, field="parent", wanted="the name of the partition that has the adapter")
    else:
        found = draft.refer(item, _OWNERS, written, "parent")
    item.set(parent=found.now.uuid, lpar_id=found.now.id)


def _complete(draft: Draft, item: Item[ClientNetworkAdapter]) -> None:
    now = item.now
    written = now.vswitch_uri[0] if now.vswitch_uri else ""
    if written:
        switch = draft.refer(item, (VirtualSwitch,), written, "vswitch_uri", 0).now
    elif now.has("vswitch_id"):
        found = next((s.now for s in draft.items(VirtualSwitch) if s.now.switch_id == now.vswitch_id), None)
        if found is None:
            raise draft.error(
                say.DANGLING,
                item,
                "vswitch_id",
                value=now.vswitch_id,
                what="virtual switch",
                hint="Write a switch's id.",
            )
        switch = found
    else:
        switch = _first_switch(draft)
    slot = now.get("slot") or draft.free_slot(now.lpar_id)
    location = draft.location(now.lpar_id, slot)
    item.set(
        uuid=now.uuid or draft.entropy.uuid(),
        slot=slot,
        vswitch_uri=(switch_path(draft, switch),),
        vswitch_id=switch.switch_id,
    )
    item.defaults(
        drc_name=location,
        loc_code=location,
        is_required=False,
        varied_on=True,
        enabled=True,
        mac=mac_address(draft),
        pvid=1,
        tagged_vlans="",
        is_tagged_vlan_supported=True,
    )
    item.set(mac=item.now.mac.replace(":", "").upper())


def mac_address(draft: Draft) -> str:
    """A locally administered unicast address, twelve digits."""
    value = int(draft.entropy.hex(12), 16)
    return f"{value & 0xFCFFFFFFFFFF | 0x020000000000:012X}"


class _Networks:
    """The virtual networks by switch, VLAN and tagging, made where they are missing."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._switches = {item.now.switch_id: item.now for item in draft.items(VirtualSwitch)}
        self._known = {(n.vswitch_id, n.vlan, n.tagged): n for n in draft.all(VirtualNetwork)}

    def of(self, adapter: ClientNetworkAdapter) -> list[str]:
        wanted = [(adapter.pvid, False), *((int(vlan), True) for vlan in adapter.tagged_vlans.split())]
        return [self._path(self._network(adapter.vswitch_id, vlan, tagged)) for vlan, tagged in wanted]

    def on(self, switch_id: int) -> list[str]:
        return [self._path(network) for network in self._known.values() if network.vswitch_id == switch_id]

    def _path(self, network: VirtualNetwork) -> str:
        return f"ManagedSystem/{self._draft.system.uuid}/VirtualNetwork/{network.uuid}"

    def _network(self, switch_id: int, vlan: int, tagged: bool) -> VirtualNetwork:
        found = self._known.get((switch_id, vlan, tagged))
        if found is None:
            switch = self._switches[switch_id]
            found = VirtualNetwork(
                uuid=self._draft.entropy.uuid(),
                parent=self._draft.system.uuid,
                associated_switch_uri=switch_path(self._draft, switch),
                name=f"VLAN{vlan}-{switch.name}",
                vlan=vlan,
                vswitch_id=switch_id,
                tagged=tagged,
            )
            self._known[(switch_id, vlan, tagged)] = found
            self._draft.register(self._draft.add(found), found.uuid, found.name)
        return found
