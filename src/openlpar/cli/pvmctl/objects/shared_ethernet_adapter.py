"""``pvmctl sea``: shared Ethernet adapters."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.uom.network_bridge import SharedEthernetAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    return [
        Row({"SharedEthernetAdapter": adapter, "VirtualIOServer": vios.element}, vios)
        for vios in vios_storage.vioses(call, selection.parent, group="ViosNetwork")
        for adapter in vios.element.seas
    ]


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
        Column("State", "configuration_state"),
        Column("Device", "EthernetBackingDevice.dev_name"),
    ),
    load=_load,
    verbs=(listing.verb("sea list", "sea list -p name=vios1 -d dev_name pvid ha_mode"),),
    renames={"name": "dev_name"},
    parent="the VIOS, for example name=vios1",
    notes="SEAs are changed with the VIOS's own commands for now (viosvrcmd).",
)
