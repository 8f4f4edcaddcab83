"""The attributes of ``profile.bak`` that are lists: I/O slots, and the virtual adapters of each kind."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_slot import AssociatedIOSlot
from openlpar.uom.partition_io import ProfileIOSlot
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter, VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

ANY_PARTITION = 65535
"""Partition id of an adapter that any partition may connect to."""


class Link(NamedTuple):
    """One end of a virtual SCSI or Fibre Channel connection. remote_slot None: any. wwpns: Fibre Channel clients only."""

    slot: int
    is_client: bool
    remote_id: int
    remote_name: str
    remote_slot: int | None
    required: bool
    wwpns: tuple[str, ...] = ()


def by_slot(link: Link) -> int:
    return link.slot


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if "," in text or '"' in text else text


def split(text: str) -> list[str]:
    """The parts between commas that are not in quotes, without their quotes."""
    try:
        return next(csv.reader([text], strict=True), [])
    except csv.Error as wrong:
        raise ValueError(f"the quotes do not match: {wrong}") from wrong


def entries(text: str) -> list[str]:
    return [] if text in ("", "none") else split(text)


# I/O slots


def io_slot_text(slot: ProfileIOSlot) -> str:
    return f"{slot.slot.drc_index:X}/none/{int(slot.required)}"


def io_slot(entry: str) -> ProfileIOSlot:
    index, *rest = entry.split("/")
    required = bool(rest) and rest[-1] == "1"
    return ProfileIOSlot(slot=AssociatedIOSlot(drc_index=int(index, 16)), required=required)


# virtual network adapters


def network_text(adapter: ClientNetworkAdapter) -> str:
    """slot/IEEE 802.1Q/VLAN/added VLANs/trunk priority/required/switch id/MAC/MACs the guest may choose/QoS."""
    allowed = adapter.allowed_macs.lower().split()
    quality = str(adapter.qos_priority) if adapter.qos_priority_enabled else "none"
    return "/".join(
        (
            str(adapter.slot),
            str(int(adapter.is_tagged_vlan_supported)),
            str(adapter.pvid),
            ",".join(adapter.tagged_vlans.split()),
            str(adapter.trunk_pri),
            str(int(adapter.is_required)),
            str(adapter.vswitch_id),
            adapter.mac,
            ",".join(word if word in ("all", "none") else word.upper() for word in allowed) or "all",
            quality,
        )
    )


def network(lpar_id: int, entry: str) -> ClientNetworkAdapter:
    words = entry.split("/")
    if len(words) != 10:
        raise ValueError(f"virtual_eth_adapters: {entry!r} has {len(words)} parts, not 10")
    slot, ieee, pvid, added, trunk, required, switch, mac, allowed, quality = words
    return ClientNetworkAdapter(
        lpar_id=lpar_id,
        slot=int(slot),
        is_required=required == "1",
        allowed_macs=" ".join(allowed.split(",")).upper(),
        mac=mac,
        pvid=int(pvid),
        qos_priority=int(quality) if quality.isdigit() else None,
        qos_priority_enabled=quality.isdigit(),
        tagged_vlans=" ".join(added.split(",")) or None,
        is_tagged_vlan_supported=ieee == "1",
        vswitch_id=int(switch),
        trunk_pri=int(trunk) or None,
    )


# ends of virtual SCSI and virtual Fibre Channel connections


def link_text(link: Link, *, with_wwpns: bool = False) -> str:
    """slot/side/remote id/remote name/remote slot/[WWPNs/]required."""
    anyone = link.remote_id in (0, ANY_PARTITION)
    words = [
        str(link.slot),
        "client" if link.is_client else "server",
        "any" if anyone else str(link.remote_id),
        "" if anyone else link.remote_name,
        "any" if link.remote_slot is None else str(link.remote_slot),
    ]
    if with_wwpns:
        words.append(",".join(link.wwpns))
    return "/".join([*words, str(int(link.required))])


def link(entry: str, *, with_wwpns: bool = False) -> Link:
    """A partition's name may hold slashes: it is what remains between the parts counted from both ends."""
    after = 3 if with_wwpns else 2
    head, tail = entry.split("/", 3), entry.rsplit("/", after)
    if len(head) < 4 or len(tail) < after + 1 or head[1] not in ("client", "server"):
        raise ValueError(f"{entry!r} is not of the form slot/client|server/id/name/slot/required")
    slot, side, remote, _ = head
    wwpns = tail[2].split(",") if with_wwpns and tail[2] else []
    return Link(
        slot=int(slot),
        is_client=side == "client",
        remote_id=ANY_PARTITION if remote == "any" else int(remote),
        remote_name=head[3].rsplit("/", after)[0],
        remote_slot=None if tail[1] == "any" else int(tail[1]),
        required=tail[-1] == "1",
        wwpns=tuple(wwpns),
    )


def links(
    mappings: Iterable[VirtualSCSIMapping | VirtualFibreChannelMapping], names: Mapping[int, str]
) -> dict[int, list[Link]]:
    """The adapter ends by partition id; mappings that share an adapter pair give one end each."""
    found: dict[int, dict[int, Link]] = {}
    for mapping in mappings:
        server, client = mapping.server_adapter, mapping.client_adapter
        if server:
            end = Link(
                server.vios_slot_num,
                False,
                server.lpar_id,
                names.get(server.lpar_id, ""),
                _slot(server.lpar_slot_num),
                server.is_required,
            )
            found.setdefault(server.vios_id, {})[end.slot] = end
        if client:
            wwpns = client.wwpns if isinstance(client, VirtualFibreChannelClientAdapter) else ""
            end = Link(
                client.lpar_slot_num,
                True,
                client.vios_id,
                names.get(client.vios_id, ""),
                _slot(client.vios_slot_num),
                client.is_required,
                tuple(wwpns.lower().split()),
            )
            found.setdefault(client.lpar_id, {})[end.slot] = end
    return {number: list(ends.values()) for number, ends in found.items()}


def _slot(number: int) -> int | None:
    return None if number in (0, ANY_PARTITION) else number
