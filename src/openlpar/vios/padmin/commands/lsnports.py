"""lsnports: Fibre Channel ports that can carry virtual ones."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import fibre_ports
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Value, Values, form, may
from openlpar.vios.padmin.refusal import Refusal, Status

# A port carries 64 virtual ports and knows 2048 WWPNs: two for each virtual adapter, more for those that moved away.
_WWPNS_PER_PORT = 32
_COLUMNS = (
    Column("name", "name", 17),
    Column("physloc", "physloc", 30),
    Column("fabric", "fabric", 6, right=True, gap=1),
    Column("tports", "tports", 6, right=True, gap=1),
    Column("aports", "aports", 6, right=True, gap=1),
    Column("swwpns", "swwpns", 6, right=True, gap=1),
    Column("awwpns", "awwpns", 7, right=True, gap=1),
)


class Lsnports(Command, name="lsnports", group="Virtual Fibre Channel"):
    """Displays Fibre Channel ports with NPIV."""

    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        ports = [port for port in fibre_ports(self.server.vios) if port.npiv_total_ports]
        if not ports:
            raise Refusal(
                Status.NO_NPIV_PORTS,
                "There is no Fibre Channel port with NPIV. Assign such an adapter to this partition.",
            )
        rows = []
        for port in ports:
            supported = port.npiv_total_ports * _WWPNS_PER_PORT
            used = port.npiv_total_ports - port.npiv_available_ports
            rows.append(
                {
                    "name": port.name,
                    "physloc": port.loc_code,
                    "fabric": "1",
                    "tports": str(port.npiv_total_ports),
                    "aports": str(port.npiv_available_ports),
                    "swwpns": str(supported),
                    "awwpns": str(supported - 2 * used),
                }
            )
        return listing(_COLUMNS, rows, fields=self.field, delimiter=self.fmt)
