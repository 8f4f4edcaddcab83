"""mktcpip: gives the Virtual I/O Server an IP address."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.hostname import set_host_name
from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, check_address, configure, find_interface
from openlpar.vios.padmin.options import Flag, Value, all_of, form, may


class Mktcpip(Command, name="mktcpip", group="TCP/IP"):
    """Sets up TCP/IP on an interface."""

    hostname = Value("-hostname", "HostName", "the host name")
    inetaddr = Value("-inetaddr", "Address", "the IP address")
    interface = Value("-interface", "Interface", "the interface, for example en0")
    netmask = Value("-netmask", "SubnetMask", "the subnet mask")
    gateway = Value("-gateway", "Gateway", "the default gateway")
    nsrvaddr = Value("-nsrvaddr", "NameServerAddress", "the name server")
    nsrvdomain = Value("-nsrvdomain", "Domain", "the domain")
    start = Flag("-start", "the interface is up at once; it is down without it")
    nogateway = Flag("-nogateway", "without a default gateway")

    @form(
        hostname,
        inetaddr,
        interface,
        may(start),
        may(netmask),
        may(gateway),
        may(nogateway),
        may(all_of(nsrvaddr, nsrvdomain)),
    )
    def set_up(self) -> Iterator[str]:
        interface = find_interface(self.server, self.interface)
        for address in filter(None, (self.gateway, self.nsrvaddr)):
            check_address(address)
        if self.hostname != self.server.host:
            set_host_name(self.server, self.hostname)
        configure(self.server, interface, self.inetaddr, self.netmask or "255.255.255.0", up=self.start)
        settings = self.server.settings
        if self.gateway:
            self.server.keep(routes={**settings.routes, DEFAULT_ROUTE: self.gateway})
        if self.nsrvaddr:
            servers = dict.fromkeys((*settings.name_servers, self.nsrvaddr))
            domains = dict.fromkeys((*settings.domains, self.nsrvdomain))
            self.server.keep(name_servers=tuple(servers), domains=tuple(domains))
        yield self.interface
        yield f"{self.interface} {'available' if self.start else 'defined'}"
