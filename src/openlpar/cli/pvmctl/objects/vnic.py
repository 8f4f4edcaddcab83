"""``pvmctl vnic``: virtual NICs backed by SR-IOV logical ports."""

from __future__ import annotations

from functools import partial

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.noun import Column, Noun
from openlpar.cli.pvmctl.objects import partition_children, unsupported
from openlpar.uom.vnic import VirtualNICDedicated

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
        Column("MAC", "mac"),
        Column("Capacity", "capacity"),
        Column("Backing", "VirtualNICSRIOVBackingDevice.status"),
    ),
    load=partial(partition_children.load, VirtualNICDedicated, False),
    verbs=(
        listing.verb("vnic list", "vnic list -p name=vm1 -d mac pvid"),
        unsupported.verb("create"),
        unsupported.verb("delete"),
        unsupported.verb("update"),
    ),
    parent="the partition, for example name=vm1",
)
