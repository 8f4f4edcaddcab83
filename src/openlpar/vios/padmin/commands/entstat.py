"""entstat: statistics of an Ethernet adapter."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import ethernet_report
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import find_ethernet
from openlpar.vios.padmin.options import Flag, Operand, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.statistics import clear


class Entstat(Command, name="entstat", group="TCP/IP"):
    """Displays the statistics of an Ethernet adapter."""

    every = Flag("-all", "with what is special about the adapter, and of a shared one the adapters below it")
    reset = Flag("-reset", "sets the counters to zero afterwards")
    name_ = Operand("Name", "the adapter, for example ent0")

    @form(may(every), may(reset), name_)
    def show(self) -> Iterator[str]:
        device = find_ethernet(self.server, self.name_)
        if not device.name.startswith("ent"):
            raise Refusal(Status.SYNTAX, f'"{device.name}" is not an Ethernet adapter. lsdev -type adapter lists them.')
        lines = list(ethernet_report.report(self.server, device.name, everything=self.every))
        while lines and not lines[-1]:
            lines.pop()
        if self.reset:
            clear(self.server, device.name)
        yield from lines
