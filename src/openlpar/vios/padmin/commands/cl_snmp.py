"""cl_snmp: asks an SNMP agent by functions. Options and functions are some of those of AIX's clsnmp."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, Operands, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.snmp import Variable, ask, below, dotted, found, identifier_of, next_after

_READING = ("get", "getnext", "walk", "findname")
_OTHERS = ("getbulk", "set", "trap")


class ClSnmp(Command, name="cl_snmp", group="TCP/IP"):
    """Displays variables of the SNMP agent of a Virtual I/O Server of this system, as snmp_info does."""

    host = Value("-h", "TargetHost", "whose agent; without it this server's own")
    community = Value("-c", "Community", "accepted: everybody may read")
    verbose = Flag("-v", "names instead of numbers")
    function = Operand("Function", "get, getnext or walk; findname displays the number of a name")
    variables = Operands("MIBVariable", "such as sysName.0, or 1.3.6.1.2.1.1.5.0")

    @form(may(host), may(community), may(verbose), function, variables)
    def show(self) -> Iterator[str]:
        function = self.function.lower()
        if function in _OTHERS:
            raise Refusal(
                Status.INCOMPLETE, f"cl_snmp {function}: agents are only read here, by get, getnext and walk."
            )
        if function not in _READING:
            raise Refusal(Status.SYNTAX, f'Function "{self.function}" is not valid. Use {", ".join(_READING)}.')
        asked = [identifier_of(text) for text in self.variables]
        if function == "findname":
            yield from (f"{text} = {dotted(number)}" for text, number in zip(self.variables, asked, strict=True))
            return
        variables = ask(self.server, self.host or "localhost", self.name)
        for identifier in asked:
            answer: list[Variable]
            if function == "walk":
                answer = below(variables, identifier)
            else:
                answer = [found(variables, identifier) if function == "get" else next_after(variables, identifier)]
            yield from (variable.line(by_name=self.verbose) for variable in answer)
