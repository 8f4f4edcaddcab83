"""loadopt: puts a medium into a virtual optical drive."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chrep import NO_LIBRARY
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server, Target


class Loadopt(Command, name="loadopt", group="Virtual Media"):
    """Loads a medium into a virtual optical device."""

    disk = Value("-disk", "FileName", "the medium")
    vtd = Value("-vtd", "VirtualTargetDevice", "the virtual optical device")
    force = Flag("-f", "even when another medium is loaded: it is unloaded first")
    release = Flag("-release", "even when the client has locked the device")

    @form(may(force), may(release), disk, vtd)
    def load(self) -> Iterator[str]:
        library = self.server.library()
        if library is None:
            raise Refusal(Status.NOT_FOUND, f"{NO_LIBRARY} mkrep creates it.")
        medium, target = library.medium(self.disk), drive(self.server, self.vtd)
        if target.backing and not self.force:
            raise Refusal(
                Status.INCOMPLETE,
                f'"{target.name}" holds {target.backing} already. Unload it with unloadopt, or use -f.',
            )
        changes.set_medium(self.server, target, medium)
        yield from ()


def drive(server: Server, name: str) -> Target:
    """A file-backed optical drive. Raises Refusal."""
    target = server.target(name)
    if target.kind != "file_opt":
        raise Refusal(Status.SYNTAX, f'"{name}" is not a virtual optical device. lsvopt lists them.')
    return target
