"""``pvmctl ethlp``: SR-IOV Ethernet logical ports."""

from __future__ import annotations

from functools import partial

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.noun import Column, Noun
from openlpar.cli.pvmctl.objects import partition_children, unsupported
from openlpar.uom.sriov import SRIOVEthernetLogicalPort

NOUN = Noun(
    name="SRIOVEthernetLogicalPort",
    title="SR-IOV Ethernet Logical Ports",
    kind=SRIOVEthernetLogicalPort,
    joins=partition_children.JOINS,
    columns=(
        Column("LPAR", partition_children.owner_id),
        Column("Port ID", "lport_id"),
        Column("Adapter", "sriov_adap_id"),
        Column("Phys Port", "pport_id"),
        Column("PVID", "pvid"),
        Column("MAC", "mac"),
        Column("Capacity", "cfg_capacity"),
        Column("Loc Code", "loc_code"),
    ),
    load=partial(partition_children.load, SRIOVEthernetLogicalPort, True),
    verbs=(
        listing.verb("ethlp list", "ethlp list -p name=vm1"),
        unsupported.verb("create"),
        unsupported.verb("delete"),
        unsupported.verb("update"),
    ),
    renames={"id": "lport_id"},
    parent="the partition, for example name=vm1",
)
