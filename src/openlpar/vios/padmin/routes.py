"""The routes of the Virtual I/O Server, as ``netstat -routtable`` and ``lstcpip -routtable`` print them."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, Interface, interfaces
from openlpar.vios.padmin.layout import Column, line
from openlpar.vios.padmin.server import Server

_COLUMNS = (
    Column("destination", "Destination", 19),
    Column("gateway", "Gateway", 18),
    Column("flags", "Flags", 8),
    Column("refs", "Refs", 5),
    Column("use", "Use", 9, right=True),
    Column("if", "If", 6, gap=2),
)


def route_table(server: Server) -> Iterator[str]:
    """The default route is there only when an interface that is up reaches its gateway."""
    yield "Routing tables"
    yield line(_COLUMNS, {column.name: column.heading for column in _COLUMNS})
    yield ""
    yield "Route Tree for Protocol Family 2 (Internet):"
    up = [interface for interface in interfaces(server) if interface.is_up and interface.address]
    for destination, gateway in server.settings.routes.items():
        through = next((interface for interface in up if _reaches(interface, gateway)), None)
        if through is not None:
            yield _row(DEFAULT_ROUTE if destination == DEFAULT_ROUTE else destination, gateway, "UG", through.name)
    for interface in up:
        yield _row(f"{interface.network}/{interface.prefix_length}", interface.address, "U", interface.name)
        yield _row(interface.address, "127.0.0.1", "UGHS", "lo0")
    yield _row("127/8", "127.0.0.1", "U", "lo0")


def _row(destination: str, gateway: str, flags: str, interface: str) -> str:
    values = {"destination": destination, "gateway": gateway, "flags": flags, "refs": "0", "use": "0", "if": interface}
    return line(_COLUMNS, values)


def _reaches(interface: Interface, gateway: str) -> bool:
    network = ipaddress.ip_network(f"{interface.network}/{interface.prefix_length}")
    return ipaddress.ip_address(gateway) in network
