"""The system on other disks: what ``alt_root_vg`` and ``viosupgrade`` have in common."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.ports.records import ExportedGroup, RootImage
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server


def put_system(server: Server, names: Sequence[str], **parameters: str) -> Iterator[str]:
    """A system in a new volume group on these disks, from which the server starts next time. parameters: of the operation.
    Yields what is said about the boot list. Raises Refusal or Failure."""
    copy = RootImage.COPY
    if any(group.name == copy for group in server.groups()):
        raise Refusal(Status.INCOMPLETE, f"There is a volume group {copy} already. Forget it with 'exportvg {copy}'.")
    disks = [server.disk(name) for name in names]
    given_up = {udid for image in server.change.all(RootImage) for udid in _exported(server, image.uuid)}
    group = changes.create_group(server, copy, disks, force=all(disk.udid in given_up for disk in disks))
    server.operator.perform("vios.copy_system", server.uuid, group=group.uuid, **parameters)
    server.keep(bootlists={**server.settings.bootlists, "normal": tuple(names)})
    yield from (f"Bootlist is set to the boot disk: {name} blv=hd5" for name in names[:1])


def _exported(server: Server, group: str) -> tuple[str, ...]:
    """Disks of a volume group that no server knows any more."""
    exported = server.change.find(ExportedGroup, group)
    return exported.disks if exported is not None else ()
