"""``pvmctl vg``: volume groups of Virtual I/O Servers."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    return [
        Row({"VolumeGroup": group.element, "VirtualIOServer": vios.element}, group)
        for vios, group in vios_storage.volume_groups(call, selection.parent)
    ]


def _create(call: Call) -> int:
    if not call.args.parent_id:
        raise messages.NO_SELECTION.error(kind="VirtualIOServer", option="-p")
    (vios,) = vios_storage.vioses(call, call.condition("parent_id"))[:1]
    disks = tuple(PhysicalVolume(name=name) for name in call.args.pvs)
    call.connection.create(
        f"VirtualIOServer/{vios.uuid}/VolumeGroup", VolumeGroup(name=call.args.name, phys_vols=disks)
    )
    return 0


NOUN = Noun(
    name="VolumeGroup",
    title="Volume Groups",
    kind=VolumeGroup,
    joins={"VirtualIOServer": VirtualIOServer},
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("Name", "name"),
        Column("Cap (GB)", "capacity"),
        Column("Free (GB)", "free_space"),
        Column("PVs", "PhysicalVolume.name"),
    ),
    load=_load,
    verbs=(
        Verb(
            "create",
            "create a volume group",
            _create,
            "p",
            (
                option("--name", required=True, help="its name"),
                option("--pvs", nargs="+", required=True, metavar="PV", help="the disks it is made of"),
            ),
            ("vg create --name datavg --pvs hdisk3 hdisk4 -p name=vios1",),
        ),
        listing.verb("vg list", "vg list -p name=vios1 -d name free_space"),
        changes.update_verb("vg update -i name=datavg -p name=vios1 -s name=data2vg"),
        changes.delete_verb("vg delete -i name=datavg -p name=vios1"),
    ),
    parent="the VIOS, for example name=vios1",
)
