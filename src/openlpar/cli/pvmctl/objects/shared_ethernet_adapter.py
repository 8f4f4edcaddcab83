"""``pvmctl sea``: shared Ethernet adapters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.client import edit
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.sea_failover import SEADuty, duties
from openlpar.uom.virtual_io_server import VirtualIOServer


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    """With its bridge, by way of which an adapter is changed; one of no bridge can be read only."""
    every = vios_storage.vioses(call, None, group="ViosNetwork")
    running = {vios.uuid for vios in every if vios.element.state == PartitionState.RUNNING}
    wanted = {vios.uuid for vios in vios_storage.vioses(call, selection.parent)} if selection.parent else None

    def adapters(server: str) -> list[ClientNetworkAdapter]:
        path = f"VirtualIOServer/{server}/ClientNetworkAdapter"
        return [entry.element for entry in call.connection.feed(path, ClientNetworkAdapter)]

    bridged = {
        (duty.vios, duty.sea.dev_name): (entry, duty)
        for entry in call.below_system(NetworkBridge)
        for duty in duties(entry.element, running, adapters)
    }
    rows = []
    for vios in every:
        if wanted is not None and vios.uuid not in wanted:
            continue
        for adapter in vios.element.seas:
            entry, duty = bridged.get((vios.uuid, adapter.dev_name), (None, None))
            inside = _finder(vios.uuid, adapter.dev_name) if entry is not None else None
            elements = {"SharedEthernetAdapter": adapter, "VirtualIOServer": vios.element}
            row = Row(elements, entry if entry is not None else vios, inside)
            if duty is not None:
                row.notes.update(_told(duty))
            rows.append(row)
    return rows


def _told(duty: SEADuty) -> dict[str, str]:
    return {
        "state": duty.state.value,
        "bridge_mode": duty.mode.value,
        "vlans": " ".join(map(str, duty.vlans)),
        "channel_fault": duty.fault,
    }


def _finder(vios: str, name: str) -> Callable[[Any], edit.Member | None]:
    def find(tree: Any) -> edit.Member | None:
        for member in edit.members(tree, NetworkBridge, ("seas",)):
            if member.value.dev_name == name and member.value.vio_uri.endswith(vios):
                return member
        return None

    return find


def _noted(name: str) -> Callable[[Row], str]:
    return lambda row: row.notes.get(name, "")


NOUN = Noun(
    name="SharedEthernetAdapter",
    title="Shared Ethernet Adapters",
    kind=SharedEthernetAdapter,
    joins={"VirtualIOServer": VirtualIOServer},
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("Name", "dev_name"),
        Column("PVID", "pvid"),
        Column("Primary", "is_primary"),
        Column("HA Mode", "ha_mode"),
        Column("State", _noted("state")),
        Column("Bridges", _noted("bridge_mode")),
        Column("Device", "EthernetBackingDevice.dev_name"),
    ),
    load=_load,
    verbs=(
        listing.verb("sea list", "sea list -p name=vios1 -d dev_name state vlans"),
        changes.update_verb("sea update -i dev_name=ent6 -p name=vios1 -s jumbo_frames=True"),
    ),
    renames={"name": "dev_name"},
    extras={name: _noted(name) for name in ("state", "bridge_mode", "vlans", "channel_fault")},
    parent="the VIOS, for example name=vios1",
    notes="state, bridge_mode and vlans tell which adapter of a pair carries what now; channel_fault tells why one does not hear "
    "its peer on the control channel though that runs: then both are PRIMARY. The REST API does not tell whether a "
    "port has a link: entstat does (state LIMBO). 'viosvrcmd' with mkvdev makes an "
    "adapter of trunks that are there, 'pvmctl nbr create' makes all that a bridge needs.",
)
