"""license: the licence of the Virtual I/O Server."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form
from openlpar.vios.padmin.refusal import not_yet


class License(Command, name="license", group="System", before_licence=True):
    """Displays and accepts the licence."""

    accept = Flag("-accept", "accepts it")
    view = Flag("-view", "its text")

    @form()
    def show(self) -> Iterator[str]:
        accepted = self._accepted()
        yield "The license has been accepted" if accepted else "The license has not been accepted"

    @form(accept)
    def agree(self) -> Iterator[str]:
        if not self._accepted():
            self.server.operator.update(self.server.vios.evolve(is_license_accepted=True))
        yield from ()

    @form(view)
    def read(self) -> Iterator[str]:
        raise not_yet("license -view", "OpenLPAR is under the Apache License, Version 2.0; see its file LICENSE.")

    def _accepted(self) -> bool:
        """A server whose object does not tell has been in use: it was accepted."""
        vios = self.server.vios
        return vios.is_license_accepted or not vios.has("is_license_accepted")
