"""chtcpip: changes the TCP/IP configuration."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, check_address, configure, find_interface
from openlpar.vios.padmin.options import Flag, Value, all_of, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


class Chtcpip(Command, name="chtcpip", group="TCP/IP"):
    """Changes the address of an interface, or the default gateway."""

    interface = Value("-interface", "Interface", "the interface")
    inetaddr = Value("-inetaddr", "Address", "its IP address")
    netmask = Value("-netmask", "SubnetMask", "its subnet mask")
    gateway = Flag("-gateway", "the default gateway")
    add = Value("-add", "NewGateway", "the new one")
    remove = Value("-remove", "OldGateway", "the old one")

    @form(interface, inetaddr, netmask)
    def change_interface(self) -> Iterator[str]:
        interface = find_interface(self.server, self.interface)
        if not interface.address:
            raise Refusal(Status.INCOMPLETE, f"{interface.name} has no address yet. mktcpip gives it one.")
        configure(self.server, interface, self.inetaddr, self.netmask, up=interface.is_up)
        yield f"{interface.name} changed"

    @form(interface, gateway, all_of(add, may(remove)))
    @form(interface, gateway, remove)
    def change_gateway(self) -> Iterator[str]:
        find_interface(self.server, self.interface)
        routes = dict(self.server.settings.routes)
        if self.remove and routes.get(DEFAULT_ROUTE) != self.remove:
            raise no_such("Default gateway", self.remove, "lstcpip -routtable lists the routes.")
        routes.pop(DEFAULT_ROUTE, None)
        if self.add:
            check_address(self.add)
            routes[DEFAULT_ROUTE] = self.add
        self.server.keep(routes=routes)
        yield f"{self.interface} changed"
