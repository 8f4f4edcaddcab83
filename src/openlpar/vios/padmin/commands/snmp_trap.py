"""snmp_trap: sends a trap. Options are those of AIX's snmptrap (IBM documentation).

Nobody says that a trap was received: the command is silent when it was sent. An agent sends it on to whoever its configuration
names; that it has one receiver at first, the server itself, is recalled.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.hosts import resolved, route_to
from openlpar.vios.padmin.options import Flag, Value, Values, form, may, one
from openlpar.vios.padmin.snmp import with_agent


class SnmpTrap(Command, name="snmp_trap", group="TCP/IP"):
    """Sends a message as an SNMP trap. On a simulated network nobody receives it; the agent that sends it counts it."""

    agent = Value("-a", "Host", "whose agent sends it; without it this server's own")
    target = Value("-h", "TargetHost", "to this host, past the agents: none of them counts it")
    community = Value("-c", "Community", "accepted: everybody may send")
    event = Value("-o", "OID", "accepted: nobody reads it")
    debug = Flag("-d", "accepted: there is nothing to follow")
    message = Values("-m", "Message", "what the trap says; the last option")

    @form(may(one(agent, target)), may(community), may(event), may(debug), message)
    def send(self) -> Iterator[str]:
        if self.target:
            route_to(self.server, resolved(self.server, self.target, self.name), self.name)
        else:
            sender = with_agent(self.server, self.agent or "localhost", self.name)
            sender.note(traps=sender.history.traps + 1)
        yield from ()
