"""lstcpip: the TCP/IP configuration."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import devices, hardware_address
from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, interfaces
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, Values, form, may
from openlpar.vios.padmin.routes import route_table

_COLUMNS = (
    Column("name", "Name", 8),
    Column("address", "Address", 41),
    Column("mask", "Netmask", 17),
    Column("state", "State", 8),
    Column("mac", "MAC", 17),
)
_ADAPTERS = (Column("name", "Name", 10), Column("description", "Description", 60))


class Lstcpip(Command, name="lstcpip", group="TCP/IP"):
    """Displays the TCP/IP configuration."""

    stored = Flag("-stored", "the configuration as it is stored")
    adapters = Flag("-adapters", "the Ethernet adapters that can have an interface")
    interfaces = Flag("-interfaces", "the IP interfaces")
    routtable = Flag("-routtable", "the routes")
    numeric = Flag("-num", "addresses in digits")
    namesrv = Flag("-namesrv", "the name servers")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(interfaces, may(field), may(fmt))
    def list_interfaces(self) -> Iterator[str]:
        rows = (
            {
                "name": interface.name,
                "address": interface.address,
                "mask": interface.mask,
                "state": "up" if interface.is_up else "down",
                "mac": hardware_address(self.server, interface.device),
            }
            for interface in interfaces(self.server)
        )
        return listing(_COLUMNS, rows, fields=self.field, delimiter=self.fmt)

    @form(adapters, may(fmt))
    def list_adapters(self) -> Iterator[str]:
        rows = (
            {"name": device.name, "description": device.description}
            for device in devices(self.server)
            if "adapter" in device.kinds and device.name.startswith("ent")
        )
        return listing(_ADAPTERS, rows, delimiter=self.fmt)

    @form(routtable, may(numeric))
    def list_routes(self) -> Iterator[str]:
        return route_table(self.server)

    @form(namesrv)
    def list_name_servers(self) -> Iterator[str]:
        settings = self.server.settings
        yield from (f"nameserver {address}" for address in settings.name_servers)
        if settings.domains:
            yield f"domain {' '.join(settings.domains)}"

    @form(stored)
    def list_stored(self) -> Iterator[str]:
        yield f"hostname = {self.server.host}"
        settings = self.server.settings
        yield f"gateway = {settings.routes.get(DEFAULT_ROUTE, '')}".rstrip()
        for interface in interfaces(self.server):
            yield ""
            yield f"{interface.name}:"
            yield f"    Network Address = {interface.address}".rstrip()
            yield f"    Network Mask = {interface.mask}".rstrip()
            yield f"    State = {'up' if interface.is_up else 'down'}"
        yield ""
        yield from self.list_name_servers()
