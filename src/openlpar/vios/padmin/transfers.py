"""What the adapters for storage transferred since the meters began, in the columns of AIX's iostat."""

from __future__ import annotations

from openlpar.vios.padmin.devices import fibre_ports
from openlpar.vios.padmin.layout import Column, Row
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.statistics import elapsed_s, traffic

RATES = (
    Column("Kbps", "Kbps", 12, right=True),
    Column("tps", "tps", 9, right=True),
    Column("Kb_read", "Kb_read", 13, right=True),
    Column("Kb_wrtn", "Kb_wrtn", 13, right=True),
)


def rates(server: Server) -> list[Row]:
    """Of each adapter; ``name`` is its name."""
    names = [port.name for port in fibre_ports(server.vios)]
    names += [vhost.name for vhost in server.vhosts()]
    names += [channel.server_adapter.name for channel in server.channels() if channel.server_adapter.name]
    rows: list[Row] = []
    for name in names:
        seconds = max(elapsed_s(server, name), 1)
        reads, writes, read, written = traffic(server, name)
        rows.append(
            {
                "name": name,
                "Kbps": f"{(read + written) / 1024 / seconds:.1f}",
                "tps": f"{(reads + writes) / seconds:.1f}",
                "Kb_read": str(read // 1024),
                "Kb_wrtn": str(written // 1024),
            }
        )
    return rows


def total(name: str, rows: list[Row]) -> Row:
    """Of the ports alone: what passes a virtual adapter passes a port too."""
    ports = [row for row in rows if row["name"].startswith("fcs")]
    summed = {column.name: sum(float(row[column.name]) for row in ports) for column in RATES}
    texts = {key: f"{value:.1f}" if key in ("Kbps", "tps") else f"{value:.0f}" for key, value in summed.items()}
    return {"name": name, **texts}
