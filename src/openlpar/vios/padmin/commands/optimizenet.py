"""optimizenet: tunables of the network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, ValueOrAll, form, may, one
from openlpar.vios.padmin.refusal import Refusal, Status, no_such


@dataclass(frozen=True, slots=True)
class _Tunable:
    usual: int
    least: int
    most: int
    unit: str


_TUNABLES = {
    "arpqsize": _Tunable(1024, 1, 32767, "numeric"),
    "clean_partial_conns": _Tunable(0, 0, 1, "boolean"),
    "ipforwarding": _Tunable(0, 0, 1, "boolean"),
    "ipsendredirects": _Tunable(1, 0, 1, "boolean"),
    "ipsrcrouterecv": _Tunable(0, 0, 1, "boolean"),
    "rfc1323": _Tunable(1, 0, 1, "boolean"),
    "route_expire": _Tunable(1, 0, 1, "boolean"),
    "sb_max": _Tunable(1048576, 4096, 2147483647, "byte"),
    "tcp_pmtu_discover": _Tunable(1, 0, 1, "boolean"),
    "tcp_recvspace": _Tunable(16384, 4096, 2147483647, "byte"),
    "tcp_sendspace": _Tunable(16384, 4096, 2147483647, "byte"),
    "udp_pmtu_discover": _Tunable(1, 0, 1, "boolean"),
    "udp_recvspace": _Tunable(42080, 4096, 2147483647, "byte"),
    "udp_sendspace": _Tunable(9216, 4096, 2147483647, "byte"),
}
_COLUMNS = (
    Column("name", "NAME", 26),
    Column("cur", "CUR", 12),
    Column("def", "DEF", 12),
    Column("min", "MIN", 8),
    Column("max", "MAX", 12),
    Column("unit", "UNIT", 8),
)
_KEPT = "net."
"""Before the names among the texts of the settings."""


class Optimizenet(Command, name="optimizenet", group="TCP/IP"):
    """Displays and sets tunables of the network. They are kept and shown; there are no packets for them to act on."""

    listed = ValueOrAll("-list", "Tunable", "all tunables, or one")
    set_ = Value("-set", "Tunable=Value", "sets one")
    default = ValueOrAll("-default", "Tunable", "sets all, or one, to the usual value")
    reboot = Flag("-reboot", "from the next start; here it is at once")
    perm = Flag("-perm", "also after the next start; here it always is")

    @form(listed)
    def show(self) -> Iterator[str]:
        rows = [
            {
                "name": name,
                "cur": self.server.text(_KEPT + name, str(_TUNABLES[name].usual)),
                "def": str(_TUNABLES[name].usual),
                "min": str(_TUNABLES[name].least),
                "max": str(_TUNABLES[name].most),
                "unit": _TUNABLES[name].unit,
            }
            for name in self._chosen(self.listed)
        ]
        return listing(_COLUMNS, rows)

    @form(set_, may(one(reboot, perm)))
    def change(self) -> Iterator[str]:
        for name, value in assignments((self.set_,)).items():
            (chosen,) = self._chosen(name)
            tunable = _TUNABLES[chosen]
            if not (value.isascii() and value.isdigit()) or not tunable.least <= int(value) <= tunable.most:
                raise Refusal(
                    Status.SYNTAX,
                    f'"{value}" is not valid for {name}. Use a number from {tunable.least} to {tunable.most}.',
                )
            self.server.keep_text(_KEPT + name, str(int(value)))
            yield f"Setting {name} to {int(value)}"

    @form(default, may(one(reboot, perm)))
    def reset(self) -> Iterator[str]:
        gone = {_KEPT + name for name in self._chosen(self.default)}
        texts = {name: text for name, text in self.server.settings.texts.items() if name not in gone}
        self.server.keep(texts=texts)
        yield from ()

    def _chosen(self, name: str) -> list[str]:
        if name == "*":
            return list(_TUNABLES)
        if name not in _TUNABLES:
            raise no_such("Tunable", name, "optimizenet -list lists the tunables.")
        return [name]
