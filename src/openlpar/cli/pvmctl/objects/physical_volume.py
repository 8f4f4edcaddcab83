"""``pvmctl pv``: physical volumes of Virtual I/O Servers."""

from __future__ import annotations

from collections.abc import Sequence

from openlpar.cli.pvmctl import listing
from openlpar.cli.pvmctl.call import Call, Selection
from openlpar.cli.pvmctl.noun import Column, Noun, Row
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup


def _load(call: Call, selection: Selection) -> Sequence[Row]:
    used_by = {}
    if "VolumeGroup" in selection.types:
        for vios, group in vios_storage.volume_groups(call, selection.parent):
            for disk in group.element.phys_vols:
                used_by[vios.uuid, disk.name] = group.element
    rows = []
    for vios in vios_storage.vioses(call, selection.parent, group="ViosStorage"):
        for disk in vios.element.phys_vols:
            row = Row({"PhysicalVolume": disk, "VirtualIOServer": vios.element}, vios)
            if (vios.uuid, disk.name) in used_by:
                row.elements["VolumeGroup"] = used_by[vios.uuid, disk.name]
            rows.append(row)
    return rows


NOUN = Noun(
    name="PhysicalVolume",
    title="Physical Volumes",
    kind=PhysicalVolume,
    joins={"VirtualIOServer": VirtualIOServer, "VolumeGroup": VolumeGroup},
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("Name", "name"),
        Column("Cap (MB)", "capacity"),
        Column("State", "state"),
        Column("Free", "avail_for_use"),
        Column("VG", "VolumeGroup.name"),
    ),
    load=_load,
    verbs=(listing.verb("pv list", "pv list -p name=vios1 -w avail_for_use=True", "pv list -d name udid description"),),
    parent="the VIOS, for example name=vios1",
)
