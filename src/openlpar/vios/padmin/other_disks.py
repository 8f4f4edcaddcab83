"""The system on other disks: what ``alt_root_vg`` and ``viosupgrade`` have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.ports.records import ExportedGroup, RootImage
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

COPY = "altinst_rootvg"


def put_system(server: Server, names: Sequence[str], **parameters: str) -> Iterator[str]:
    """A system in a new volume group on these disks, from which the server starts next time. parameters: of the operation.
    Yields what is said about the boot list. Raises Refusal or Failure."""
    if any(group.name == COPY for group in server.groups()):
        raise Refusal(Status.INCOMPLETE, f"There is a volume group {COPY} already. Forget it with 'exportvg {COPY}'.")
    disks = [server.disk(name) for name in names]
    copies = {udid for image in server.change.all(RootImage) for udid in _exported(server, image.uuid)}
    is_old_copy = all(disk.udid in copies for disk in disks)
    group = changes.create_group(server, COPY, disks, force=is_old_copy)
    server.operator.perform("vios.copy_system", server.uuid, group=group.uuid, **parameters)
    server.keep(bootlists={**server.settings.bootlists, "normal": tuple(names)})
    yield from (f"Bootlist is set to the boot disk: {name} blv=hd5" for name in names[:1])


def _exported(server: Server, group: str) -> tuple[str, ...]:
    """Disks of a volume group that no server knows any more."""
    exported = server.change.find(ExportedGroup, group)
    return exported.disks if exported is not None else ()
