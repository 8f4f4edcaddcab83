"""startsvc: starts an agent by name."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.services import AGENTS, switch


class Startsvc(Command, name="startsvc", group="Agent"):
    """Starts an agent. What is kept is whether it is to run: the agents' own software is not there."""

    agent = Operand("AgentName", "the agent; lssvc lists them")

    @form(agent)
    def change(self) -> Iterator[str]:
        return switch(self.server, self.agent, AGENTS, active=True)
