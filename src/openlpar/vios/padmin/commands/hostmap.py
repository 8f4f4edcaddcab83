"""hostmap: addresses and names of hosts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.interfaces import check_address
from openlpar.vios.padmin.options import Flag, Value, Values, form
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

_LOOPBACK = {"127.0.0.1": "loopback localhost"}


class Hostmap(Command, name="hostmap", group="TCP/IP"):
    """Manages the entries that map addresses to host names."""

    addr = Value("-addr", "IPAddress", "the address to add")
    host = Values("-host", "HostName", "its names")
    rm = Value("-rm", "IPAddress", "the address to remove")
    show_ = Flag("-ls", "all entries")

    @form(addr, host)
    def add(self) -> Iterator[str]:
        check_address(self.addr)
        for name in self.host:
            if not re.fullmatch(r"(?=.*[A-Za-z])[A-Za-z0-9._-]{1,255}", name):
                raise Refusal(Status.SYNTAX, f'"{name}" is not a host name. Use letters, digits, ".", "-" and "_".')
        hosts = self.server.settings.hosts
        if self.addr in hosts or self.addr in _LOOPBACK:
            raise Refusal(Status.INCOMPLETE, f"{self.addr} has an entry already. hostmap -rm removes it.")
        self.server.keep(hosts={**hosts, self.addr: " ".join(self.host)})
        yield from ()

    @form(rm)
    def remove(self) -> Iterator[str]:
        hosts = self.server.settings.hosts
        if self.rm not in hosts:
            raise no_such("Entry", self.rm, "hostmap -ls lists the entries.")
        self.server.keep(hosts={address: names for address, names in hosts.items() if address != self.rm})
        yield from ()

    @form(show_)
    def show(self) -> Iterator[str]:
        for address, names in {**_LOOPBACK, **self.server.settings.hosts}.items():
            yield f"{address:<18}{names}"
