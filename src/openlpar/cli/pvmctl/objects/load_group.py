"""``pvmctl lgrp``: load groups of network bridges."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.uom.network_bridge import LoadGroup, NetworkBridge


def _load(call: Call, _: Selection) -> Sequence[Row]:
    bridges = sorted(call.below_system(NetworkBridge), key=lambda entry: entry.element.pvid)
    return [
        Row({"LoadGroup": group, "NetworkBridge": entry.element}, entry)
        for entry in bridges
        for group in entry.element.load_grps
    ]


def _vlans(row: Row) -> str:
    group = row.elements["LoadGroup"]
    assert isinstance(group, LoadGroup)
    tagged = {vlan for trunk in group.trunk_adapters for vlan in trunk.tagged_vlans.split()}
    return " ".join(sorted(tagged, key=int))


NOUN = Noun(
    name="LoadGroup",
    title="Load Groups",
    kind=LoadGroup,
    joins={"NetworkBridge": NetworkBridge},
    columns=(
        Column("Bridge", "NetworkBridge.pvid"),
        Column("PVID", "pvid"),
        Column("Tagged VLANs", _vlans),
        Column("Trunks", "TrunkAdapter.dev_name"),
    ),
    load=_load,
    verbs=(listing.verb("lgrp list", "lgrp list -d pvid tagged_vlans"),),
    extras={"tagged_vlans": _vlans},
    notes="Load groups follow from the trunk adapters of a bridge: 'pvmctl nbr update' adds and removes VLANs.",
)
