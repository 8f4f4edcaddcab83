"""startnetsvc: starts a network service."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.services import NETWORK, switch


class Startnetsvc(Command, name="startnetsvc", group="TCP/IP"):
    """Starts a network service. What is kept is whether it is to run: nobody can log on over a simulated network."""

    service = Operand("NetworkService", f"one of {', '.join(NETWORK)}, or ALL")

    @form(service)
    def change(self) -> Iterator[str]:
        return switch(self.server, self.service, NETWORK, active=True)
