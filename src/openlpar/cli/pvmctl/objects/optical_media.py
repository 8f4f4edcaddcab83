"""``pvmctl media``: virtual optical media in the repositories of Virtual I/O Servers."""

from __future__ import annotations

from openlpar.cli.pvmctl import changes, listing, messages
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Verb, option
from openlpar.cli.pvmctl.objects import image, vios_storage
from openlpar.client.atom import Entry
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualMediaRepository, VirtualOpticalMedia, VolumeGroup


def _upload(call: Call) -> int:
    """Sends a local file into the media repository of a VIOS, where it becomes a medium of that name."""
    args = call.args
    if not (args.vios or args.parent_id):
        raise messages.NO_SELECTION.error(kind="VirtualIOServer", option="--vios")
    vios: Entry[VirtualIOServer] = call.partition((VirtualIOServer,), "vios" if args.vios else "parent_id")
    return image.send(call, vios.uuid, args.name)


NOUN = Noun(
    name="VirtualOpticalMedia",
    title="Virtual Optical Media",
    kind=VirtualOpticalMedia,
    joins={
        "VirtualMediaRepository": VirtualMediaRepository,
        "VolumeGroup": VolumeGroup,
        "VirtualIOServer": VirtualIOServer,
    },
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("Name", "name"),
        Column("Size (GB)", "size"),
        Column("Mount Type", "mount_type"),
    ),
    load=lambda call, selection: vios_storage.rows(
        call, selection, "VirtualOpticalMedia", ("vmedia_repos", "optical_media")
    ),
    verbs=(
        Verb(
            "upload",
            "send an ISO image into the media repository of a VIOS",
            _upload,
            "p",
            (
                option("--vios", metavar="NAME", help="the VIOS: NAME, name=NAME or id=N"),
                image.DATA,
                option("--name", help="name of the medium, up to 37 characters (default: that of the file)"),
            ),
            ("media upload --vios vios1 --data rhel.iso --name rhel.iso",),
        ),
        listing.verb("media list", "media list -d VirtualOpticalMedia.media_name -w VirtualOpticalMedia.name=rhel.iso"),
        changes.delete_verb("media delete -i name=rhel.iso -p name=vios1", run=vios_storage.delete),
    ),
    renames={"media_name": "name"},
    parent="the VIOS, for example name=vios1",
)
