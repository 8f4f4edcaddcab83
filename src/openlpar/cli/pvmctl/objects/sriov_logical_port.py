"""``pvmctl ethlp``: SR-IOV Ethernet logical ports."""

from __future__ import annotations

from functools import partial

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Verb, option
from openlpar.cli.pvmctl.objects import partition_children, sriov_ports
from openlpar.cli.pvmctl.values import count, percent
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_io_server import VirtualIOServer


def _create(call: Call) -> int:
    args = call.args
    if not args.parent_id:
        raise messages.NO_SELECTION.error(kind="partition for the logical port", option="-p")
    owner = call.partition((LogicalPartition, VirtualIOServer), "parent_id")
    adapter, port = sriov_ports.place(call, args.loc)
    wish = SRIOVEthernetLogicalPort(
        sriov_adap_id=adapter,
        pport_id=port,
        cfg_capacity=args.capacity,
        cfg_max_capacity=args.max_capacity,
        is_promisc=True if args.promisc else None,
        pvid=args.pvid,
        mac=args.mac.replace(":", "").upper() if args.mac else None,
        allowed_vlans=" ".join(args.allowed_vlans) if args.allowed_vlans else None,
    )
    call.connection.create(f"{owner.kind.tag}/{owner.uuid}/{SRIOVEthernetLogicalPort.tag}", wish)
    return 0


NOUN = Noun(
    name="SRIOVEthernetLogicalPort",
    title="SR-IOV Ethernet Logical Ports",
    kind=SRIOVEthernetLogicalPort,
    joins=partition_children.JOINS,
    columns=(
        Column("LPAR", partition_children.owner_id),
        Column("PVID", "pvid"),
        Column("MAC", "mac", whole=True),
        Column("Capacity", "cfg_capacity"),
        Column("Loc Code", "loc_code", whole=True),
    ),
    load=partial(partition_children.load, SRIOVEthernetLogicalPort, True),
    verbs=(
        listing.verb("ethlp list", "ethlp list -p name=vm1"),
        Verb(
            "create",
            "give a partition a share of an SR-IOV port",
            _create,
            "p",
            (
                option("--loc", "--port-loc", required=True, metavar="LOC", help="location code of the physical port"),
                option("--capacity", type=percent, metavar="PERCENT", help="share of the port (default: the smallest)"),
                option("--max-capacity", type=percent, metavar="PERCENT", help="greatest share (default: 100)"),
                option("--pvid", type=count, metavar="VLAN", help="port VLAN id (default: none)"),
                option("--allowed-vlans", nargs="+", metavar="VLAN", help="ALL (default), NONE, or VLANs"),
                option("--mac", help="MAC address (default: generated)"),
                option("--promisc", action="store_true", help="let it bridge for others"),
            ),
            ("ethlp create -p name=vm1 --loc U78CB.001.WZS06S2-P1-C3-T1 --capacity 10 --pvid 20",),
        ),
        changes.update_verb("ethlp update -i loc_code=U78CB.001.WZS06S2-P1-C3-T1-S1 -s pvid=21"),
        changes.delete_verb("ethlp delete -i loc_code=U78CB.001.WZS06S2-P1-C3-T1-S1"),
    ),
    renames={"id": "lport_id"},
    parent="the partition, for example name=vm1",
)
