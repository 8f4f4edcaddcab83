"""``pvmctl nbr``: network bridges."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.uom.network_bridge import NetworkBridge


def bridge(row: Row) -> NetworkBridge:
    element = row.elements["NetworkBridge"]
    assert isinstance(element, NetworkBridge)
    return element


def vlans(row: Row) -> str:
    """The tagged VLANs of all load groups."""
    trunks = [trunk for group in bridge(row).load_grps for trunk in group.trunk_adapters]
    return " ".join(sorted({vlan for trunk in trunks for vlan in trunk.tagged_vlans.split()}, key=int))


def _load(call: Call, _: Selection) -> Sequence[Row]:
    found = sorted(call.below_system(NetworkBridge), key=lambda entry: entry.element.pvid)
    return [Row({"NetworkBridge": entry.element}, entry) for entry in found]


NOUN = Noun(
    name="NetworkBridge",
    title="Network Bridges",
    kind=NetworkBridge,
    columns=(
        Column("PVID", "pvid"),
        Column("SEAs", lambda row: " ".join(sea.dev_name for sea in bridge(row).seas)),
        Column("Failover", "failover"),
        Column("Load Balance", "load_balance"),
        Column("Tagged VLANs", vlans),
    ),
    load=_load,
    verbs=(listing.verb("nbr list", "nbr list -d pvid uuid"),),
    notes="Bridges are changed with the VIOS's own commands for now (viosvrcmd).",
)
