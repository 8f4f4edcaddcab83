"""license: the licence of the Virtual I/O Server, which is a part of OpenLPAR and under its licence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from importlib import metadata

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, form
from openlpar.vios.padmin.refusal import Refusal, Status

_TEXT = "licenses/LICENSE"
"""Where an installation keeps it, beside what it knows of the package (PEP 639)."""


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
        text = _text()
        if not text:
            raise Refusal(
                Status.INCOMPLETE,
                "The text was not installed. OpenLPAR is under the Apache License, Version 2.0; see its file LICENSE.",
            )
        yield from text.splitlines()

    def _accepted(self) -> bool:
        """A server whose object does not tell has been in use: it was accepted."""
        vios = self.server.vios
        return vios.is_license_accepted or not vios.has("is_license_accepted")


def _text() -> str:
    """ "" where OpenLPAR runs without having been installed."""
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.distribution("openlpar").read_text(_TEXT) or ""
    return ""
