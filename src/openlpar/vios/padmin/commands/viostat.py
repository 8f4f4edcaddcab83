"""viostat: processors and adapters since the meters began, in the layout of AIX's iostat."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import fibre_ports
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Flag, Operand, form, may
from openlpar.vios.padmin.paths import paths
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.statistics import elapsed_s, load, one_report, processors, traffic

_RATES = (
    Column("Kbps", "Kbps", 12, right=True),
    Column("tps", "tps", 9, right=True),
    Column("Kb_read", "Kb_read", 13, right=True),
    Column("Kb_wrtn", "Kb_wrtn", 13, right=True),
)


class Viostat(Command, name="viostat", group="Performance"):
    """Displays what the processors and adapters did. Nothing is counted while no monitor of the performance metrics is on."""

    sys = Flag("-sys", "of all adapters together")
    adapter = Flag("-adapter", "with each adapter")
    tty = Flag("-tty", "only processors")
    disk = Flag("-disk", "of each disk")
    interval = Operand("Interval", "seconds between reports")
    count = Operand("Count", "how many reports; only 1 can be had")

    @form(may(sys), may(adapter), may(tty))
    @form(may(sys), may(adapter), may(tty), interval)
    @form(may(sys), may(adapter), may(tty), interval, count)
    def report(self) -> Iterator[str]:
        one_report(self.interval, self.count)
        yield ""
        yield f"System configuration: {self._configuration()}"
        yield from self._processors()
        if self.tty and not (self.sys or self.adapter):
            return
        rows = self._rows()
        if self.sys:
            yield ""
            yield from self._table("System:", [_sum(self.server.vios.name, rows)])
        if self.adapter or not self.sys:
            yield ""
            yield from self._table("Adapter:", rows)

    @form(disk)
    def refuse(self) -> Iterator[str]:
        raise Refusal(
            Status.INCOMPLETE,
            "viostat -disk: only adapters are measured, not the disks behind them. 'viostat -adapter' shows them.",
        )

    def _configuration(self) -> str:
        own = processors(self.server)
        targets = len(self.server.targets())
        drives = len(self.server.disks())
        return f"lcpu={own.virtual} drives={drives} ent={own.entitled} paths={len(paths(self.server))} vdisks={targets}"

    def _processors(self) -> Iterator[str]:
        now = load(self.server)
        yield ""
        yield "tty:      tin         tout    avg-cpu: % user % sys % idle % iowait physc % entc"
        shares = f"{0:19.1f}{now.busy:6.1f}{now.idle:7.1f}{0:9.1f}"  # what a server does is its kernel's: no share is a user's
        yield f"{0:13.1f}{0:13.1f}{shares}{now.used:6.1f}{now.entitled:7.1f}"

    def _rows(self) -> list[Row]:
        names = [port.name for port in fibre_ports(self.server.vios)]
        names += [vhost.name for vhost in self.server.vhosts()]
        names += [channel.server_adapter.name for channel in self.server.channels() if channel.server_adapter.name]
        seconds = {name: max(elapsed_s(self.server, name), 1) for name in names}
        rows: list[Row] = []
        for name in names:
            reads, writes, read, written = traffic(self.server, name)
            rows.append(
                {
                    "name": name,
                    "Kbps": f"{(read + written) / 1024 / seconds[name]:.1f}",
                    "tps": f"{(reads + writes) / seconds[name]:.1f}",
                    "Kb_read": str(read // 1024),
                    "Kb_wrtn": str(written // 1024),
                }
            )
        return rows

    def _table(self, title: str, rows: list[Row]) -> Iterator[str]:
        return listing((Column("name", title, 22), *_RATES), rows)


def _sum(name: str, rows: list[Row]) -> Row:
    """Of the ports alone: what passes a virtual adapter passes a port too."""
    ports = [row for row in rows if row["name"].startswith("fcs")]
    summed = {column.name: sum(float(row[column.name]) for row in ports) for column in _RATES}
    texts = {key: f"{value:.1f}" if key in ("Kbps", "tps") else f"{value:.0f}" for key, value in summed.items()}
    return {"name": name, **texts}
