"""viostat: processors and adapters since the meters began, in the layout of AIX's iostat."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, listing
from openlpar.vios.padmin.options import Flag, Operand, form, may
from openlpar.vios.padmin.paths import paths
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.statistics import load, one_report, processors
from openlpar.vios.padmin.transfers import RATES, rates, total


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
        rows = rates(self.server)
        if self.sys:
            yield ""
            yield from self._table("System:", [total(self.server.vios.name, rows)])
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

    def _table(self, title: str, rows: list[Row]) -> Iterator[str]:
        return listing((Column("name", title, 22), *RATES), rows)
