"""cfgnamesrv: the name servers."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.interfaces import check_address
from openlpar.vios.padmin.options import Flag, Value, all_of, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

_MOST = 3


class Cfgnamesrv(Command, name="cfgnamesrv", group="TCP/IP"):
    """Manages the name servers and the domain."""

    add = Flag("-add", "adds a name server, or sets the domain")
    ip = Value("-ipaddr", "IPAddress", "address of the name server")
    dname = Value("-dname", "DomainName", "the domain")
    slist = Value("-slist", "DomainName", "domains to search, with blanks between them")
    rm = Value("-rm", "IPAddress", "removes a name server")
    show_ = Flag("-ls", "the name servers and the domain")
    on = Flag("-enable", "names are looked up")
    off = Flag("-disable", "names are not looked up")

    @form(add, ip)
    def add_server(self) -> Iterator[str]:
        check_address(self.ip)
        servers = self.server.settings.name_servers
        if self.ip in servers:
            raise Refusal(Status.INCOMPLETE, f"{self.ip} is a name server already.")
        if len(servers) >= _MOST:
            raise Refusal(Status.INCOMPLETE, f"There are {_MOST} name servers already. Remove one with -rm first.")
        self.server.keep(name_servers=(*servers, self.ip))
        yield from ()

    @form(add, dname)
    @form(add, all_of(slist, may(dname)))
    def set_domains(self) -> Iterator[str]:
        self.server.keep(domains=tuple(dict.fromkeys((*self.dname.split(), *self.slist.split()))))
        yield from ()

    @form(rm)
    def remove(self) -> Iterator[str]:
        servers = self.server.settings.name_servers
        if self.rm not in servers:
            raise no_such("Name server", self.rm, "cfgnamesrv -ls lists the name servers.")
        self.server.keep(name_servers=tuple(address for address in servers if address != self.rm))
        yield from ()

    @form(show_)
    def show(self) -> Iterator[str]:
        settings = self.server.settings
        yield from (f"nameserver {address}" for address in settings.name_servers)
        if settings.domains:
            yield f"domain {settings.domains[0]}"
        if len(settings.domains) > 1:
            yield f"search {' '.join(settings.domains)}"

    @form(on)
    @form(off)
    def switch(self) -> Iterator[str]:
        self.server.keep_text("names", "on" if self.on else "off")
        yield from ()
