"""cfgsvc: what an agent is configured with."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.options import Flag, Operand, Values, form
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.services import AGENTS, ATTRIBUTES, REQUIRED


class Cfgsvc(Command, name="cfgsvc", group="Agent"):
    """Configures an agent. What is kept is its configuration: the agents' own software is not there."""

    attr = Values("-attr", "Attribute=Value", "the attributes with their values; others are forgotten")
    listed = Flag("-ls", "the attributes that can be given")
    key = Flag("-key", "the ssh key that the agent made")
    agent = Operand("AgentName", "the agent; lssvc lists them")

    @form(agent, attr)
    def configure(self) -> Iterator[str]:
        known, wanted = self._attributes(), assignments(self.attr)
        for name in wanted:
            if name not in known:
                which = f"The attributes are: {', '.join(known)}." if known else "It has none."
                raise Refusal(Status.SYNTAX, f'Attribute "{name}" of {self.agent} is not valid. {which}')
        for name in REQUIRED.get(self.agent, ()):
            if name not in wanted:
                raise Refusal(Status.SYNTAX, f"{self.agent} requires the attribute {name}.")
        self.server.keep_text(f"agent {self.agent}", " ".join(f"{name}={value}" for name, value in wanted.items()))
        yield f"{self.agent} is configured."

    @form(listed, agent)
    def show(self) -> Iterator[str]:
        yield from self._attributes()

    @form(agent)
    def ask(self) -> Iterator[str]:
        self._attributes()
        raise Refusal(Status.SYNTAX, f"Use cfgsvc -ls {self.agent} to list attributes, and -attr to give them.")

    @form(key, agent)
    def refuse(self) -> Iterator[str]:
        self._attributes()
        raise Refusal(Status.INCOMPLETE, f"{self.agent} has made no ssh key: its software is not there.")

    def _attributes(self) -> tuple[str, ...]:
        if self.agent not in AGENTS:
            raise no_such("Agent", self.agent, "lssvc lists the agents.")
        return ATTRIBUTES.get(self.agent, ())
