"""netstat: interfaces, routes and connections."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import hardware_address
from openlpar.vios.padmin.interfaces import interfaces
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Flag, form, may
from openlpar.vios.padmin.routes import route_table
from openlpar.vios.padmin.statistics import traffic

_STATE = (
    Column("name", "Name", 6),
    Column("mtu", "Mtu", 6),
    Column("network", "Network", 12),
    Column("address", "Address", 18),
    Column("ipkts", "Ipkts", 9, right=True),
    Column("ierrs", "Ierrs", 6, right=True),
    Column("opkts", "Opkts", 9, right=True),
    Column("oerrs", "Oerrs", 6, right=True),
    Column("coll", "Coll", 6, right=True),
)
_LOOPBACK = "127.0.0.1"


class Netstat(Command, name="netstat", group="TCP/IP"):
    """Displays network status."""

    state = Flag("-state", "the interfaces with their counters")
    routtable = Flag("-routtable", "the routes")
    numeric = Flag("-num", "addresses in digits")

    @form()
    def connections(self) -> Iterator[str]:
        """Nobody is connected to a simulated server over a network."""
        yield "Active Internet connections"
        yield "Proto Recv-Q Send-Q  Local Address          Foreign Address        (state)"

    @form(routtable, may(numeric))
    def list_routes(self) -> Iterator[str]:
        return route_table(self.server)

    @form(state, may(numeric))
    def list_interfaces(self) -> Iterator[str]:
        """Each interface twice, as on AIX: by its link, then by its address."""
        rows: list[Row] = []
        for interface in interfaces(self.server):
            packets_in, packets_out, *_ = traffic(self.server, interface.device)
            row = {
                "name": interface.name,
                "mtu": "1500",
                "ipkts": str(packets_in),
                "ierrs": "0",
                "opkts": str(packets_out),
                "oerrs": "0",
                "coll": "0",
            }
            address = hardware_address(self.server, interface.device).replace(":", ".")
            rows.append({**row, "network": f"link#{len(rows) + 2}", "address": address})
            if interface.address:
                rows.append({**row, "network": interface.network, "address": interface.address})
        nothing = dict.fromkeys(("ipkts", "ierrs", "opkts", "oerrs", "coll"), "0")
        rows.append({**nothing, "name": "lo0", "mtu": "16896", "network": "127", "address": _LOOPBACK})
        return listing(_STATE, rows)
