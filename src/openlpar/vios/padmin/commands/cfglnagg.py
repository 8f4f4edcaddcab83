"""cfglnagg: the ports and attributes of a link aggregation."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.devices import find_device
from openlpar.vios.padmin.options import Flag, Operand, Value, Values, all_of, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status


class Cfglnagg(Command, name="cfglnagg", group="TCP/IP"):
    """Adds ports to a link aggregation, removes them, and changes its attributes, while it is in use."""

    add = Flag("-add", "adds a free port")
    rm = Flag("-rm", "gives a port back; the last one stays")
    backup = Flag("-backup", "as the port that is used when all others fail: there are none here")
    failover = Flag("-failover", "uses the backup port: there are none here")
    force = Flag("-f", "without asking")
    parent = Value("-parent", "ParentName", "the shared Ethernet adapter above it; without effect")
    attr = Values("-attr", "Attribute=NewValue", "the attributes with their new values")
    device = Operand("LinkAggregation", "the link aggregation")
    port = Operand("Adapter", "the port")

    @form(one(add, rm), may(backup), may(parent), device, port)
    def change_ports(self) -> Iterator[str]:
        if self.backup:
            raise self._no_backup()
        changes.change_aggregation(self.server, self.device, self.port, joins=self.add)
        yield f"{self.device} changed"

    @form(may(force), may(parent), attr, device)
    def change_attributes(self) -> Iterator[str]:
        found, wanted = find_device(self.server, self.device), assignments(self.attr)
        if all(attribute.name != "adapter_names" for attribute in found.attributes):
            raise Refusal(Status.SYNTAX, f'"{self.device}" is not a link aggregation.')
        for name, value in wanted.items():
            found.attribute(name).check(found.name, value)
        if "use_jumbo_frame" in wanted and not self.force:
            question = f"{found.name} is detached while use_jumbo_frame changes. Continue"
            self.server.sitting.agree(question, "repeat the command with -f.")
        kept = self.server.settings.attributes
        self.server.keep(attributes={**kept, found.name: {**kept.get(found.name, {}), **wanted}})
        yield f"{found.name} changed"

    @form(all_of(failover, may(parent)), device)
    def fail_over(self) -> Iterator[str]:
        raise self._no_backup()

    @staticmethod
    def _no_backup() -> Refusal:
        return Refusal(Status.INCOMPLETE, "Link aggregations have no backup port here. Nothing was done.")
