"""What an SR-IOV logical port may be: its place, capacity, VLANs and addresses. Shared by partitions' own ports and those behind
virtual NICs."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from openlpar.messages import Failure, general
from openlpar.messages import network as say_network
from openlpar.ops.network import adapter_rules
from openlpar.ops.sriov.ports import WHOLE
from openlpar.ports.state import Entropy, World
from openlpar.uom.sriov import (
    SRIOVAdapter,
    SRIOVAdapterPersonality,
    SRIOVEthernetLogicalPort,
    SRIOVEthernetPhysicalPort,
    VNICPortUsage,
)
from openlpar.uom.vnic import VirtualNICDedicated

# As HMCs number them: 27004001 is the first port of adapter 1; PHB 4097 is its name.
_ID_BASE, _ID_STEP, _PHB_STEP = 0x27000000, 0x4000, 0x1000


def bad(kind: type[Any], about: str, field: str, value: object, cause: str, wanted: str) -> Failure:
    tag = kind.by_name[field].tag
    return general.BAD_VALUE.error(field=tag, object=about, value=repr(value), cause=cause, wanted=wanted)


def check_capacity(
    about: str, port: SRIOVEthernetPhysicalPort, capacity: Decimal, most: Decimal, personality: str
) -> None:
    """capacity, most: least and greatest share of the port, in percent."""
    step = port.min_granularity or Decimal(1)
    kind = SRIOVEthernetLogicalPort
    if not step <= capacity <= WHOLE or capacity % step:
        wanted = f"a multiple of {step}, up to 100"
        raise bad(kind, about, "cfg_capacity", f"{capacity}%", "the port is not divided so", wanted)
    if not capacity <= most <= WHOLE:
        raise bad(kind, about, "cfg_max_capacity", f"{most}%", "it is out of bounds", f"{capacity} to 100")
    if most != WHOLE and personality != SRIOVAdapterPersonality.MAX_MIN_CAPACITY:
        cause = f"the adapter's personality is {personality}"
        raise bad(kind, about, "cfg_max_capacity", f"{most}%", cause, "100, or leave it out")


def normal_vlans(kind: type[Any], about: str, text: str) -> str:
    """``ALL``, ``NONE``, or VLANs with blanks between them."""
    words = text.replace(",", " ").split()
    if len(words) == 1 and words[0].upper() in ("ALL", "NONE"):
        return words[0].upper()
    for word in words:
        if not (word.isascii() and word.isdigit()) or not 2 <= int(word) <= adapter_rules.LAST_VLAN:
            raise bad(kind, about, "allowed_vlans", text, f"{word} is no VLAN", "ALL, NONE or VLANs from 2 to 4094")
    if not words:
        raise bad(kind, about, "allowed_vlans", text, "it is empty", "ALL, NONE or VLANs from 2 to 4094")
    return " ".join(dict.fromkeys(words))


def check_pvid(kind: type[Any], about: str, pvid: int) -> None:
    if pvid and not 2 <= pvid <= adapter_rules.LAST_VLAN:
        raise bad(kind, about, "pvid", pvid, "there is no such VLAN", "0 for none, or a VLAN from 2 to 4094")


def check_mac_free(world: World, mac: str, own: Collection[str] = ()) -> None:
    """own: uuids of what may have it."""
    adapter_rules.check_mac_free(world, mac, "")
    for port in world.where(SRIOVEthernetLogicalPort, mac=mac):
        if port.uuid not in own:
            raise say_network.MAC_TAKEN.error(mac=mac, adapter=port.loc_code)
    for vnic in world.all(VirtualNICDedicated):
        if vnic.details.mac == mac and vnic.uuid not in own:
            raise say_network.MAC_TAKEN.error(mac=mac, adapter=vnic.drc_name)


def new_mac(world: World, entropy: Entropy) -> str:
    while True:
        mac = adapter_rules.new_mac(world, entropy)
        if next(world.where(SRIOVEthernetLogicalPort, mac=mac), None) is None:
            return mac


class Numbers:
    """Gives out numbers of logical ports on adapters, within one operation."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._taken: dict[int, set[int]] = {}

    def next(self, adapter: SRIOVAdapter) -> int:
        number = adapter.sriov_adap_id
        if number not in self._taken:
            ports = self._world.all(SRIOVEthernetLogicalPort)
            self._taken[number] = {port.lport_id % _ID_STEP for port in ports if port.sriov_adap_id == number}
        taken = self._taken[number]
        free = next(n for n in range(1, len(taken) + 2) if n not in taken)
        taken.add(free)
        return free


def made_port(
    parent: str,
    adapter: SRIOVAdapter,
    port: SRIOVEthernetPhysicalPort,
    number: int,
    usage: VNICPortUsage,
    **fields: Any,
) -> SRIOVEthernetLogicalPort:
    """A new logical port, still without identity; fields as they are to be stored."""
    defaults: dict[str, Any] = {
        "is_promisc": False,
        "is_diagnostic": False,
        "is_huge_dma": False,
        "cfg_max_capacity": WHOLE,
        "pvid": 0,
        "allowed_vlans": "ALL",
        "allowed_macs": "ALL",
        "ieee8021q_allowable_priorities": "0",
        "ieee8021q_priority": 0,
    }
    adapter_id = adapter.sriov_adap_id
    drc_name = f"PHB {_PHB_STEP * adapter_id + number}"
    return SRIOVEthernetLogicalPort(
        parent=parent,
        **{
            **defaults,
            "configuration_id": 0,
            "lport_id": _ID_BASE + _ID_STEP * adapter_id + number,
            "sriov_adap_id": adapter_id,
            "drc_name": drc_name,
            "is_functional": True,
            "dev_name": "unavailable",
            "pport_id": port.port_id,
            "loc_code": f"{port.loc_code}-S{number}",
            "tuning_buffer_id": 0,
            "vnic_port_usage": usage.value,
            **fields,
        },
    )


def capacity_of(wish: Decimal | None, port: SRIOVEthernetPhysicalPort) -> Decimal:
    """What a client asks for; the smallest share when it does not."""
    return wish if wish is not None else port.min_granularity or Decimal(1)
