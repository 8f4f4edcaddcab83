"""rmtcpip: takes the TCP/IP configuration away."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.hostname import set_host_name
from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, configure, find_interface, interfaces
from openlpar.vios.padmin.options import Flag, Value, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status


class Rmtcpip(Command, name="rmtcpip", group="TCP/IP"):
    """Removes the TCP/IP configuration of an interface, or all of it."""

    force = Flag("-f", "without asking")
    nextboot = Flag("-nextboot", "at the next start")
    every = Flag("-all", "all of it")
    hostname = Flag("-hostname", "the host name")
    routing = Flag("-routing", "the default gateway")
    namesrv = Flag("-namesrv", "the name servers")
    interface = Value("-interface", "Interface", "this interface")

    @form(may(force), one(every, namesrv, hostname, routing, interface))
    def remove(self) -> Iterator[str]:
        if not self.force:
            question = "Removing the TCP/IP configuration may cut connections. Continue"
            self.server.sitting.agree(question, "repeat the command with -f.")
        if self.interface:
            configure(self.server, find_interface(self.server, self.interface), "", "", up=False)
        for interface in interfaces(self.server) if self.every else ():
            configure(self.server, interface, "", "", up=False)
        if self.every or self.hostname:
            set_host_name(self.server, self.server.vios.name)
        if self.every or self.namesrv:
            self.server.keep(name_servers=(), domains=())
        if self.every or self.routing:
            routes = self.server.settings.routes
            self.server.keep(routes={name: way for name, way in routes.items() if name != DEFAULT_ROUTE})
        yield from ()

    @form(nextboot, one(every, namesrv, hostname, routing, interface))
    def remove_later(self) -> Iterator[str]:
        raise Refusal(
            Status.INCOMPLETE, "rmtcpip -nextboot is not supported: leave it out to remove the configuration now."
        )
