"""hostname: the name of this Virtual I/O Server in the network."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import not_yet


class Hostname(Command, name="hostname", group="TCP/IP"):
    """Displays the host name."""

    new = Operand("HostName", "the new host name")

    @form()
    def show(self) -> Iterator[str]:
        yield self.server.host

    @form(new)
    def change(self) -> Iterator[str]:
        raise not_yet("Changing the host name", "It is shown as the inventory gives it.")
