"""What a virtual Ethernet adapter may be: VLANs, MAC addresses, slots, trunks.

Each ``check_…`` raises the Failure of the first rule that is broken. Bounds are PowerVM's: VLAN 1 to 4094, at most 20 additional
ones, trunk priority 1 to 15.
"""

from __future__ import annotations

import re

from openlpar.messages import Failure, general
from openlpar.messages import network as say
from openlpar.ops.core import partition_of
from openlpar.ops.network.trunks import stored_seas
from openlpar.ops.network.usage import all_vlans, trunks_on
from openlpar.ops.network.virtual_network import switch_with_id
from openlpar.ops.scsi.slots import FIRST_SLOT, FreeSlots
from openlpar.ports.state import Entropy, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

LAST_VLAN = 4094
MOST_TAGGED_VLANS = 20
LAST_TRUNK_PRIORITY = 15
_MAC = re.compile("[0-9A-F]{12}")
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,14}")


def bad(about: str, field: str, value: object, cause: str, wanted: str) -> Failure:
    tag = ClientNetworkAdapter.by_name[field].tag
    return general.BAD_VALUE.error(field=tag, object=about, value=repr(value), cause=cause, wanted=wanted)


# VLANs


def normal_vlans(about: str, text: str) -> str:
    """The additional VLANs as they are stored: numbers, each once, with one blank between them, in the client's order."""
    wanted = f"at most {MOST_TAGGED_VLANS} different numbers from 1 to {LAST_VLAN} with blanks between them"
    vlans: list[int] = []
    for word in text.split():
        if not (word.isascii() and word.isdigit()) or not 1 <= int(word) <= LAST_VLAN:
            raise bad(about, "tagged_vlans", text, f"{word} is no VLAN", wanted)
        if int(word) in vlans:
            raise bad(about, "tagged_vlans", text, f"{word} is in it twice", wanted)
        vlans.append(int(word))
    if len(vlans) > MOST_TAGGED_VLANS:
        raise bad(about, "tagged_vlans", text, f"it has {len(vlans)} VLANs", wanted)
    return " ".join(map(str, vlans))


def check_vlans(about: str, adapter: ClientNetworkAdapter) -> None:
    """The additional VLANs are normal already."""
    if not 1 <= adapter.pvid <= LAST_VLAN:
        raise bad(about, "pvid", adapter.pvid, "there is no such VLAN", f"a number from 1 to {LAST_VLAN}")
    tagged = adapter.tagged_vlans.split()
    if str(adapter.pvid) in tagged:
        cause = f"{adapter.pvid} is the port VLAN"
        raise bad(about, "tagged_vlans", adapter.tagged_vlans, cause, "additional VLANs without the port VLAN")
    if tagged and not adapter.is_tagged_vlan_supported:
        cause = f"it has the additional VLANs {adapter.tagged_vlans}"
        raise bad(about, "is_tagged_vlan_supported", False, cause, "true, or no additional VLANs")


def check_trunk(world: World, adapter: ClientNetworkAdapter, before: ClientNetworkAdapter | None, about: str) -> None:
    """A trunk is the only one of its priority for each of its VLANs. before: the adapter as it is stored, if it is."""
    if not adapter.has("trunk_pri"):
        return
    priority, switch_id = adapter.trunk_pri, adapter.vswitch_id
    if not 1 <= priority <= LAST_TRUNK_PRIORITY:
        raise bad(about, "trunk_pri", priority, "there is no such value", f"a number from 1 to {LAST_TRUNK_PRIORITY}")
    own = set()
    if before is not None and before.vswitch_id == switch_id and before.get("trunk_pri") == priority:
        own = set(all_vlans(before))
    for vlan in all_vlans(adapter):
        if trunks_on(world, switch_id, vlan, priority) > (vlan in own):
            switch = switch_with_id(world, switch_id)
            holder = next(
                other
                for other in world.all(ClientNetworkAdapter)
                if other.uuid != adapter.uuid
                and other.vswitch_id == switch_id
                and other.get("trunk_pri") == priority
                and vlan in all_vlans(other)
            )
            raise trunk_taken(vlan, switch.name if switch else switch_id, priority, holder)


def trunk_taken(vlan: int, switch: object, priority: int, holder: ClientNetworkAdapter) -> Failure:
    return say.TRUNK_TAKEN.error(vlan=vlan, switch=switch, priority=priority, adapter=holder.loc_code)


def wanted_switch(world: World, adapter: ClientNetworkAdapter, about: str) -> VirtualSwitch:
    """The switch that a client names by reference or by id; the default one when it names none."""
    by_id = adapter.get("vswitch_id")
    if adapter.vswitch_uri:
        switch = world.get(VirtualSwitch, adapter.vswitch_uri[0].rpartition("/")[2])
        if by_id is not None and by_id != switch.switch_id:
            cause = f"AssociatedVirtualSwitch is {switch.name}, which has id {switch.switch_id}"
            raise bad(about, "vswitch_id", by_id, cause, "one of the two, or both of the same switch")
        return switch
    found = switch_with_id(world, by_id or 0)
    if found is None:
        raise general.NOT_FOUND.error(kind="Virtual switch with id", name=by_id or 0)
    return found


# addresses


def normal_mac(about: str, field: str, text: str) -> str:
    """Twelve hexadecimal digits in upper case, of one station."""
    mac = text.replace(":", "").upper()
    if not _MAC.fullmatch(mac) or mac == "0" * 12:
        raise bad(about, field, text, "it is no MAC address", "12 hexadecimal digits such as 1A05229C5DAC")
    if int(mac[1], 16) & 1:
        raise bad(about, field, text, "it is a multicast address", "an address with an even second digit")
    return mac


def check_mac_free(world: World, mac: str, own_uuid: str) -> None:
    for other in world.where(ClientNetworkAdapter, mac=mac):
        if other.uuid != own_uuid:
            raise say.MAC_TAKEN.error(mac=mac, adapter=other.loc_code)


def new_mac(world: World, entropy: Entropy) -> str:
    """A locally administered address that no adapter has."""
    while True:
        digits = int(entropy.hex(12), 16)
        mac = f"{digits & 0xFCFFFFFFFFFF | 0x020000000000:012X}"
        if next(world.where(ClientNetworkAdapter, mac=mac), None) is None:
            return mac


def normal_allowed_macs(about: str, text: str) -> str:
    """``ALL``, ``NONE``, or addresses with blanks between them."""
    words = text.replace(",", " ").split()
    if len(words) == 1 and words[0].upper() in ("ALL", "NONE"):
        return words[0].upper()
    if not words:
        raise bad(about, "allowed_macs", text, "it is empty", "ALL, NONE or a list of MAC addresses")
    return " ".join(normal_mac(about, "allowed_macs", word) for word in words)


# slots


def chosen_slot(world: World, partition: BasePartition, requested: ClientNetworkAdapter) -> int:
    """The slot that the client names; else the next above the highest used, or the lowest free one, as it asks for."""
    if requested.has("slot") and requested.slot < FIRST_SLOT:
        high = (partition.io_config.max_virtual_slots or 64) - 1
        raise say.SLOT_BOUNDS.error(partition=partition.name, slot=requested.slot, low=FIRST_SLOT, high=high)
    return FreeSlots(world).take(partition, requested.slot, high=requested.use_next_high_slot)


# the rest


def check_device(about: str, adapter: ClientNetworkAdapter) -> None:
    """Name and MTU as Linux, on the management partition, takes them."""
    if adapter.dev_name and not _DEVICE.fullmatch(adapter.dev_name):
        wanted = "at most 15 letters, digits and . _ : -"
        raise bad(about, "dev_name", adapter.dev_name, "Linux has no such interface names", wanted)
    if adapter.has("configured_mtu") and not 68 <= adapter.configured_mtu <= 65535:
        raise bad(about, "configured_mtu", adapter.configured_mtu, "it is out of bounds", "a number from 68 to 65535")
    if adapter.has("qos_priority") and not 0 <= adapter.qos_priority <= 7:
        raise bad(about, "qos_priority", adapter.qos_priority, "there is no such priority", "a number from 0 to 7")


def bridged_by(world: World, adapter: ClientNetworkAdapter) -> str:
    """Device name of the shared Ethernet adapter that a trunk belongs to; "" when it is in none."""
    if not adapter.has("trunk_pri"):
        return ""
    vios = partition_of(world, adapter.parent or "")
    seas = [sea for sea, _ in stored_seas(world, vios)] if isinstance(vios, VirtualIOServer) else []
    # Recorded adapters do not all tell whose they are.
    seas += [sea for bridge in world.all(NetworkBridge) for sea in bridge.seas if not sea.has("vio_uri")]
    for sea in seas:
        if any(adapter.mac == trunk.mac or adapter.slot == trunk.virtual_slot_number for trunk in sea.trunk_adapters):
            return sea.dev_name
    return ""
