"""snmp_info: asks an SNMP agent. Options and output are those of AIX's snmpinfo, the output recalled."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.snmp import ask, below, found, identifier_of, next_after

_MODES = ("get", "next", "dump", "set")


class SnmpInfo(Command, name="snmp_info", group="TCP/IP"):
    """Displays variables of the SNMP agent of a Virtual I/O Server of this system."""

    mode = Value("-m", "get | next | dump", "the variables themselves, those behind them, or all below them")
    verbose = Flag("-v", "names instead of numbers")
    community = Value("-c", "Community", "accepted: everybody may read")
    host = Value("-h", "HostName", "whose agent; without it this server's own")
    tries = Value("-t", "Tries", "accepted: an agent answers at once or not at all")
    variables = Operands("Variable.Instance", "such as sysName.0, ifDescr.1 or 1.3.6.1.2.1.1.5.0")

    @form(may(mode), may(verbose), may(community), may(host), may(tries), may(variables))
    def show(self) -> Iterator[str]:
        mode = self.mode or "get"
        if mode not in _MODES:
            raise Refusal(Status.SYNTAX, f'"{mode}" is not valid for -m. Use get, next or dump.')
        if mode == "set":
            raise Refusal(Status.DENIED, "snmp_info: the agent lets nobody change a variable. Nothing was done.")
        if not self.variables and mode != "dump":
            raise Refusal(Status.SYNTAX, f'Command requires option "{type(self).variables.usage}".')
        asked = [identifier_of(text) for text in self.variables]
        variables = ask(self.server, self.host or "localhost", self.name)
        for identifier in asked or [()]:
            if mode == "dump":
                answer = below(variables, identifier)
            else:
                answer = [found(variables, identifier) if mode == "get" else next_after(variables, identifier)]
            yield from (variable.line(by_name=self.verbose) for variable in answer)
