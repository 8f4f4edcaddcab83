"""``pvmctl nbr``: network bridges."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects.bridge_vlans import change_vlans
from openlpar.cli.pvmctl.objects.virtual_ethernet_adapter import the_switch
from openlpar.cli.pvmctl.values import count
from openlpar.cli.pvmctl.where import Malformed
from openlpar.client.atom import path_of
from openlpar.messages import general
from openlpar.uom.io_adapter import EthernetBackingDevice
from openlpar.uom.network_bridge import (
    BackingDeviceChoice,
    NetworkBridge,
    SharedEthernetAdapter,
    TrunkAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork


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


def _create(call: Call) -> int:
    args = call.args
    switch = the_switch(call, args.vswitch)
    seas = []
    for priority, text in enumerate(args.adapters, 1):
        server, colon, device = text.partition(":")
        if not colon:
            raise Malformed(f"{text!r} is not of the form VIOS:DEVICE")
        found = call.partitions(VirtualIOServer, ("name", server))
        if not found:
            raise general.NOT_FOUND.error(kind="VirtualIOServer", name=server)
        trunk = TrunkAdapter(
            use_next_high_slot=True,
            pvid=args.pvid,
            associated_vswitch_uri=(path_of(switch.href),),
            trunk_pri=priority,
        )
        seas.append(
            SharedEthernetAdapter(
                vio_uri=path_of(found[0].href),
                backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name=device)),
                trunk_adapters=(trunk,),
                is_primary=priority == 1,
            )
        )
    wish = NetworkBridge(
        control_channel_id=args.control_channel,
        failover=len(seas) > 1,
        load_balance=False,
        load_grps=(),
        pvid=args.pvid,
        seas=seas,
    )
    call.connection.create(f"ManagedSystem/{call.system.uuid}/NetworkBridge", wish)
    return 0


def _update(call: Call) -> int:
    """VLANs, or fields of ``-s``, or both."""
    args = call.args
    if args.add_vlans or args.remove_vlans:
        row = call.row()
        assert row.entry is not None
        switch = row.entry.element.seas[0].trunk_adapters[0].vswitch_id
        networks = [entry.element for entry in call.below_system(VirtualNetwork)]
        taken = {network.vlan for network in networks if network.vswitch_id == switch}

        def alter(tree: Any) -> None:
            change_vlans(tree, taken, call.connection.origin, args.add_vlans or (), args.remove_vlans or ())

        call.connection.update(row.entry, alter)
        if not args.set_fields:
            return 0
    return changes.update(call)


_VLANS: dict[str, Any] = {"type": count, "nargs": "+", "metavar": "VLAN"}

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
    verbs=(
        Verb(
            "create",
            "create a bridge, with its trunk adapters and shared Ethernet adapters",
            _create,
            "",
            (
                option("--pvid", type=count, required=True, metavar="VLAN", help="port VLAN, untagged outside"),
                option("--vswitch", default="ETHERNET0", metavar="NAME", help="virtual switch (default: ETHERNET0)"),
                option(
                    "--adapters",
                    nargs="+",
                    required=True,
                    metavar="VIOS:DEVICE",
                    help="a free Ethernet device of one Virtual I/O Server, or of two that back each other, the primary first",
                ),
                option(
                    "--control-channel",
                    type=count,
                    metavar="VLAN",
                    help="VLAN on which two servers hear of each other, with an adapter on each (default: 4095, without any)",
                ),
            ),
            ("nbr create --pvid 50 --adapters vios1:ent1 vios2:ent1",),
        ),
        listing.verb("nbr list", "nbr list -d pvid uuid"),
        Verb(
            "update",
            "add and remove VLANs, or change fields",
            _update,
            "is",
            (
                option("--add-vlans", help="VLANs to lead outside, tagged", **_VLANS),
                option("--remove-vlans", help="VLANs not to lead outside any more", **_VLANS),
            ),
            ("nbr update -i pvid=1 --add-vlans 100 101", "nbr update -i pvid=1 -s load_balance=True"),
        ),
        changes.delete_verb("nbr delete -i pvid=50", selects="i"),
    ),
)
