"""topas: processors, memory and adapters on a screen that is drawn anew. The layout follows AIX's, recalled.

The numbers are those of viostat and lparstat: averages since the performance metrics began.
"""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.terminal import LINES
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.screen import CLEARED
from openlpar.vios.padmin.statistics import (
    elapsed_s,
    ethernet_devices,
    has_meters,
    load,
    memory_in_use_mb,
    processors,
    traffic,
)
from openlpar.vios.padmin.transfers import RATES, rates, total

_PROCESSORS = tuple(
    Column(name, name, 8, right=True) for name in ("User%", "Kern%", "Wait%", "Idle%", "Physc", "Entc%")
)
_NETWORK = (
    Column("name", "Network", 10),
    *(Column(name, name, 11, right=True) for name in ("BPS", "I-Pkts", "O-Pkts", "B-In", "B-Out")),
)


class Topas(Command, name="topas", group="Performance"):
    """Displays the load of the server on a screen that is drawn anew; q ends it. As viostat does, it needs a monitor to be on."""

    instead = "'viostat' and 'lparstat' print the same numbers."
    interval = Value("-i", "Seconds", "between two drawings; 2 unless told otherwise")

    @form(may(interval))
    def watch(self) -> Iterator[str]:
        seconds = self.interval or "2"
        if not (seconds.isascii() and seconds.isdecimal() and 0 < int(seconds[:6]) <= 3600):
            raise Refusal(Status.SYNTAX, f'"{seconds}" is not valid for -i. Use a number of seconds from 1 to 3600.')
        screen = "\n".join([*self._screen(seconds)][: LINES - 1])
        self.server.sitting.watch(CLEARED + screen, "qQ", 1000 * int(seconds))
        yield CLEARED

    def _screen(self, seconds: str) -> Iterator[str]:
        server = self.server
        yield f"Topas Monitor for host:    {server.host}"
        yield f"{server.now:%a %b %e %H:%M:%S %Y}   Interval:{seconds:>3}   q to quit"
        yield "" if has_meters(server) else "Nothing is counted: no monitor of the performance metrics is on."
        now, own = load(server), processors(server)
        yield from listing(
            (Column("name", "CPU", 10), *_PROCESSORS),
            [
                {
                    "name": "Total",
                    "User%": "0.0",
                    "Kern%": f"{now.busy:.1f}",
                    "Wait%": "0.0",
                    "Idle%": f"{now.idle:.1f}",
                    "Physc": f"{now.used:.2f}",
                    "Entc%": f"{now.entitled:.1f}",
                }
            ],
        )
        memory = server.vios.mem_config.current or server.vios.mem_config.desired
        yield f"{own.kind} {own.mode}, {own.virtual} processors, entitled {own.entitled}"
        yield f"Memory    Real,MB {memory:>9}   in use,MB {memory_in_use_mb(server):>9}"
        yield ""
        yield from listing(_NETWORK, [self._network(name) for name in ethernet_devices(server)[:5]])
        yield ""
        rows = rates(server)
        yield from listing((Column("name", "Adapter", 10), *RATES), [total("Total", rows), *rows])

    def _network(self, name: str) -> dict[str, str]:
        packets_in, packets_out, bytes_in, bytes_out = traffic(self.server, name)
        per_second = max(elapsed_s(self.server, name), 1)
        numbers = (bytes_in + bytes_out, packets_in, packets_out, bytes_in, bytes_out)
        names = (column.name for column in _NETWORK[1:])
        return {
            "name": name,
            **{key: f"{number / per_second:.1f}" for key, number in zip(names, numbers, strict=True)},
        }
