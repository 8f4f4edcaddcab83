"""``pvmctl vnet``: virtual networks. On a NovaLink they come and go with the adapters that use them."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects.virtual_ethernet_adapter import the_switch
from openlpar.cli.pvmctl.values import count
from openlpar.client.atom import path_of, uuid_of
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import VirtualSwitch


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    switches = {}
    if "VirtualSwitch" in selection.types:
        switches = {entry.uuid: entry.element for entry in call.below_system(VirtualSwitch)}
    rows = []
    found = call.below_system(VirtualNetwork)
    for entry in sorted(found, key=lambda entry: (entry.element.vswitch_id, entry.element.vlan)):
        row = Row({"VirtualNetwork": entry.element}, entry)
        switch = switches.get(uuid_of(entry.element.associated_switch_uri))
        if switch is not None:
            row.elements["VirtualSwitch"] = switch
        rows.append(row)
    return rows


def _create(call: Call) -> int:
    args = call.args
    switch = the_switch(call, args.vswitch)
    network = VirtualNetwork(
        associated_switch_uri=path_of(switch.href),
        name=args.name or f"VLAN{args.vlan}-{switch.element.name}",
        vlan=args.vlan,
        # VLAN 1 cannot be tagged (the reference client knows it, too).
        tagged=args.vlan != 1 and not args.untagged,
    )
    call.connection.create(f"ManagedSystem/{call.system.uuid}/VirtualNetwork", network)
    return 0


NOUN = Noun(
    name="VirtualNetwork",
    title="Virtual Networks",
    kind=VirtualNetwork,
    joins={"VirtualSwitch": VirtualSwitch},
    columns=(
        Column("Name", "name"),
        Column("VLAN", "vlan"),
        Column("VSwitch", "VirtualSwitch.name"),
        Column("Tagged", "tagged"),
    ),
    load=_load,
    verbs=(
        Verb(
            "create",
            "create a virtual network (a NovaLink makes them itself, with the adapters that use them)",
            _create,
            "",
            (
                option("--vlan", type=count, required=True, help="VLAN id"),
                option("--vswitch", default="ETHERNET0", metavar="NAME", help="virtual switch (default: ETHERNET0)"),
                option("--name", help="default: VLANn-SWITCH"),
                option("--untagged", action="store_true", help="the port VLAN of adapters, without tag"),
            ),
            ("vnet create --vlan 100 --vswitch ETHERNET0",),
        ),
        listing.verb("vnet list", "vnet list -d name vlan -w vswitch_id=0"),
        changes.update_verb("vnet update -i name=VLAN100-ETHERNET0 -s name=backup", selects="is"),
        changes.delete_verb("vnet delete -i name=VLAN100-ETHERNET0", selects="i"),
    ),
)
