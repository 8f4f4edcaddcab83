"""``pvmctl lv``: logical volumes, which REST calls virtual disks."""

from __future__ import annotations

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Verb, option
from openlpar.cli.pvmctl.objects import image, vios_storage
from openlpar.cli.pvmctl.values import size_gb
from openlpar.client import edit
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk, VolumeGroup

_VG = option("--vg", metavar="NAME", help="the volume group, also as name=NAME")


def _create(call: Call) -> int:
    _, group = vios_storage.the_group(call, vios_storage.option_name(call, "vg") or "rootvg", "logical volume")
    # The label has to be there; the reference client writes the word None.
    disk = VirtualDisk(capacity=call.args.size, label="None", name=call.args.name)
    origin = call.connection.origin
    call.connection.update(group, lambda tree: edit.add(tree, VolumeGroup, ("virtual_disks",), disk, origin))
    return 0


def _upload(call: Call) -> int:
    """Sends a local image onto the volume, through the VIOS it belongs to."""
    row = call.row()
    volume, vios = row.elements["LogicalVolume"], row.elements["VirtualIOServer"]
    assert isinstance(volume, VirtualDisk) and vios.uuid
    return image.send(call, vios.uuid, "", volume.udid)


NOUN = Noun(
    name="LogicalVolume",
    title="Logical Volumes",
    kind=VirtualDisk,
    type_names=("VirtualDisk",),
    joins={"VolumeGroup": VolumeGroup, "VirtualIOServer": VirtualIOServer},
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("VG", "VolumeGroup.name"),
        Column("Name", "name"),
        Column("Cap (GB)", "capacity"),
        Column("Label", "label"),
    ),
    load=lambda call, selection: vios_storage.rows(call, selection, "LogicalVolume", ("virtual_disks",)),
    verbs=(
        Verb(
            "create",
            "create a logical volume",
            _create,
            "p",
            (
                option("--name", required=True, help="up to 15 characters"),
                option("--size", type=size_gb, required=True, metavar="GB", help="size in GB, or with a letter: 512M"),
                _VG,
            ),
            ("lv create --name vm1_rootvg --size 20 -p name=vios1",),
        ),
        listing.verb("lv list", "lv list -w LogicalVolume.name=vm1_rootvg -d name capacity --hide-label"),
        changes.update_verb("lv update -i name=vm1_rootvg -s LogicalVolume.capacity=30", options=(_VG,)),
        Verb(
            "upload",
            "write a disk image onto a logical volume that is not mapped",
            _upload,
            "ip",
            (image.DISK, _VG),
            ("lv upload -i name=vm1_rootvg --data debian.raw -p name=vios1",),
        ),
        changes.delete_verb("lv delete -i name=vm1_rootvg", run=vios_storage.delete)._replace(options=(_VG,)),
    ),
    parent="the VIOS, for example name=vios1",
)
