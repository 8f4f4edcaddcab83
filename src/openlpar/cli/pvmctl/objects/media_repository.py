"""``pvmctl repo``: virtual media repositories."""

from __future__ import annotations

from openlpar.cli.pvmctl import changes, listing
from openlpar.cli.pvmctl.call import Call
from openlpar.cli.pvmctl.noun import Column, Noun, Row, Verb, option
from openlpar.cli.pvmctl.objects import vios_storage
from openlpar.cli.pvmctl.values import size_gb
from openlpar.client import edit
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualMediaRepository, VolumeGroup


def _free(row: Row) -> float:
    repository = row.elements["VirtualMediaRepository"]
    assert isinstance(repository, VirtualMediaRepository)
    return float(repository.size - sum(medium.size for medium in repository.optical_media))


def _create(call: Call) -> int:
    _, group = vios_storage.the_group(call, call.args.sp.removeprefix("name="), "media repository")
    repository = VirtualMediaRepository(name=call.args.name, size=call.args.size)
    origin = call.connection.origin
    call.connection.update(group, lambda tree: edit.add(tree, VolumeGroup, ("vmedia_repos",), repository, origin))
    return 0


NOUN = Noun(
    name="VirtualMediaRepository",
    title="Virtual Media Repositories",
    kind=VirtualMediaRepository,
    joins={"VolumeGroup": VolumeGroup, "VirtualIOServer": VirtualIOServer},
    columns=(
        Column("VIOS", "VirtualIOServer.name"),
        Column("VG", "VolumeGroup.name"),
        Column("Name", "name"),
        Column("Size (GB)", "size"),
        Column("Free (GB)", _free),
    ),
    load=lambda call, selection: vios_storage.rows(call, selection, "VirtualMediaRepository", ("vmedia_repos",)),
    verbs=(
        Verb(
            "create",
            "create the media repository of a VIOS (it can have one)",
            _create,
            "p",
            (
                option("--name", default="VMLibrary", help="default: VMLibrary"),
                # The VIOS's own mkrep writes these with one dash, and so do users of pvmctl.
                option("--sp", "-sp", "--vg", default="rootvg", metavar="VG", help="volume group (default: rootvg)"),
                option("--size", "-size", type=size_gb, required=True, metavar="GB", help="size in GB, or 20G, 512M"),
            ),
            ("repo create -sp rootvg -size 20G --parent-id name=vios1",),
        ),
        listing.verb("repo list", "repo list -d name size -p name=vios1"),
        changes.update_verb("repo update -i name=VMLibrary -p name=vios1 -s size=40"),
        changes.delete_verb("repo delete -i name=VMLibrary -p name=vios1", run=vios_storage.delete),
    ),
    parent="the VIOS, for example name=vios1",
)
