"""lssvc: the agents and services that can be started."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.services import AGENTS, is_active


class Lssvc(Command, name="lssvc", group="Agent"):
    """Displays the agents, or the state of one."""

    agent = Operand("AgentName", "the agent")

    @form()
    def list_all(self) -> Iterator[str]:
        yield from AGENTS

    @form(agent)
    def show(self) -> Iterator[str]:
        if self.agent not in AGENTS:
            raise no_such("Agent", self.agent, "lssvc lists the agents.")
        yield f"{self.agent} {'active' if is_active(self.server, self.agent) else 'inactive'}"
