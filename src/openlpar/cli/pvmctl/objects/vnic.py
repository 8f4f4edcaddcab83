"""``pvmctl vnic``: virtual NICs backed by SR-IOV logical ports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import partition_children, sriov_ports
from openlpar.cli.pvmctl.values import count, percent
from openlpar.cli.pvmctl.where import Malformed
from openlpar.client import edit
from openlpar.messages import general
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice,
    VirtualNICDedicated,
    VirtualNICDetails,
    VirtualNICSRIOVBackingDevice,
)

_DEVICES = ("back_devs", "sriov")


def _backing(call: Call, text: str) -> VirtualNICSRIOVBackingDevice:
    """``VIOS,LOCATION[,PRIORITY]``"""
    server, comma, rest = text.partition(",")
    location, _, priority = rest.partition(",")
    if not comma or (priority and not priority.isdecimal()):
        raise Malformed(f"{text!r} is not of the form VIOS,LOCATION[,PRIORITY]")
    found = call.partitions(VirtualIOServer, ("name", server))
    if not found:
        raise general.NOT_FOUND.error(kind="VirtualIOServer", name=server)
    adapter, port = sriov_ports.place(call, location)
    return VirtualNICSRIOVBackingDevice(
        vios_href=f"VirtualIOServer/{found[0].uuid}",
        failover_pri=int(priority) if priority else None,
        sriov_adap_id=adapter,
        capacity=call.args.capacity,
        max_capacity=call.args.max_capacity,
        pport_id=port,
    )


def _create(call: Call) -> int:
    args = call.args
    if not args.parent_id:
        raise messages.NO_SELECTION.error(kind="partition for the virtual NIC", option="-p")
    owner = call.partition((LogicalPartition,), "parent_id")
    wish = VirtualNICDedicated(
        use_next_slot=True if args.slot is None else None,
        slot=args.slot,
        details=VirtualNICDetails(
            pvid=args.pvid,
            mac=args.mac.replace(":", "").upper() if args.mac else None,
            allowed_vlans=" ".join(args.allowed_vlans) if args.allowed_vlans else None,
        ),
        back_devs=(VirtualNICBackingDeviceChoice(sriov=[_backing(call, text) for text in args.backing]),),
    )
    call.connection.create(f"{owner.kind.tag}/{owner.uuid}/{VirtualNICDedicated.tag}", wish)
    return 0


def _update(call: Call) -> int:
    """Of the virtual NIC, or with ``--loc`` of its backing device on that port."""
    if not call.args.loc:
        return changes.update(call)
    adapter, port = sriov_ports.place(call, call.args.loc)
    row = call.row()
    assert row.entry is not None

    def alter(tree: Any) -> None:
        for member in edit.members(tree, VirtualNICDedicated, _DEVICES):
            if (member.value.sriov_adap_id, member.value.pport_id) == (adapter, port):
                sriov_ports.set_fields(call, member, "backing device")
                return
        raise general.NOT_FOUND.error(kind="Backing device on SR-IOV port", name=call.args.loc)

    call.connection.update(row.entry, alter)
    return 0


def _active(row: Row) -> str:
    """Number of the backing device that carries the traffic, and how many there are: ``1/2``."""
    devices: Sequence[VirtualNICSRIOVBackingDevice] = row.value("VirtualNICDedicated", _DEVICES) or ()
    place = next((place for place, device in enumerate(devices, 1) if device.is_active), "-")
    return f"{place}/{len(devices)}"


NOUN = Noun(
    name="VirtualNICDedicated",
    title="Virtual NICs",
    kind=VirtualNICDedicated,
    type_names=("VNIC",),
    joins=partition_children.JOINS,
    columns=(
        Column("LPAR", "lpar_id"),
        Column("Slot", "slot"),
        Column("PVID", "pvid"),
        Column("MAC", "mac", whole=True),
        Column("Active", _active),
        Column("Backing", "VirtualNICSRIOVBackingDevice.status"),
    ),
    load=partial(partition_children.load, VirtualNICDedicated, False),
    verbs=(
        listing.verb("vnic list", "vnic list -p name=vm1 -d mac pvid"),
        Verb(
            "create",
            "give a partition a virtual NIC",
            _create,
            "p",
            (
                option(
                    "--backing",
                    nargs="+",
                    required=True,
                    metavar="VIOS,LOC[,PRIORITY]",
                    help="server and SR-IOV port of each backing device; the lowest priority that works is active",
                ),
                option(
                    "--capacity", type=percent, metavar="PERCENT", help="share of each port (default: the smallest)"
                ),
                option("--max-capacity", type=percent, metavar="PERCENT", help="greatest share (default: 100)"),
                option("--pvid", type=count, metavar="VLAN", help="port VLAN id (default: none)"),
                option("--allowed-vlans", nargs="+", metavar="VLAN", help="ALL (default), NONE, or VLANs"),
                option("--mac", help="MAC address (default: generated)"),
                option("--slot", type=count, metavar="N", help="virtual slot (default: the next free one)"),
            ),
            (
                "vnic create -p name=vm1 --pvid 20 --backing vios1,U78CB.001.WZS06S2-P1-C3-T1,10 "
                "vios2,U78CB.001.WZS06S2-P1-C5-T1,20",
            ),
        ),
        Verb(
            "update",
            "change a virtual NIC, or one of its backing devices",
            _update,
            "ips",
            (sriov_ports.LOCATION,),
            (
                "vnic update -i mac=AE7A25E59A07 -s pvid=21",
                "vnic update -i uuid=UUID -s failover_pri=5 --loc U78CB.001.WZS06S2-P1-C3-T1",
            ),
        ),
        changes.delete_verb("vnic delete -i mac=AE7A25E59A07"),
    ),
    parent="the partition, for example name=vm1",
)
