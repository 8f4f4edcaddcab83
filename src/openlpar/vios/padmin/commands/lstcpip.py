"""lstcpip: IP interfaces."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.io_adapter import InterfaceState, IPInterface
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, Values, form, may

_COLUMNS = (
    Column("name", "Name", 8),
    Column("address", "Address", 41),
    Column("mask", "Netmask", 17),
    Column("state", "State", 8),
)


class Lstcpip(Command, name="lstcpip", group="TCP/IP"):
    """Displays the TCP/IP configuration."""

    interfaces = Flag("-interfaces", "the IP interfaces")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(interfaces, may(field), may(fmt))
    def list_interfaces(self) -> Iterator[str]:
        vios = self.server.vios
        found: dict[str, IPInterface] = {}
        for adapter in vios.seas:
            found.setdefault(adapter.ip_interface.name, adapter.ip_interface)
        for choice in vios.free_eth_devs_for_sea:
            interface = choice.ethernet_device.ip_interface
            found.setdefault(interface.name, interface)
        rows = (
            {
                "name": name,
                "address": interface.ip_address,
                "mask": interface.subnet_mask,
                "state": "up" if interface.state == InterfaceState.ACTIVE else "down",
            }
            for name, interface in sorted(found.items())
            if name
        )
        return listing(_COLUMNS, rows, fields=self.field, delimiter=self.fmt)
