"""viosecure: the security level and the firewall."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.interfaces import find_interface
from openlpar.vios.padmin.layout import Column, listing
from openlpar.vios.padmin.options import Flag, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

_LEVELS = ("high", "medium", "low", "default", "undo")
_STATES = ("on", "off", "allow", "deny", "view")
_RULES = (
    Column("interface", "Interface", 11),
    Column("port", "Port", 7),
    Column("way", "Direction", 11),
    Column("address", "Address", 20),
    Column("timeout", "Expiration Time(seconds)", 24),
)
_USUAL = ("all 22 local all 0", "all 657 local all 0")
"""What is let through at first: ssh, and RMC, by which the management reaches the server."""


class Viosecure(Command, name="viosecure", group="Security"):
    """Manages the security level and the firewall. Both are kept and shown; there are no packets to be held up."""

    level = Value("-level", "Level", f"one of {', '.join(_LEVELS)}")
    apply = Flag("-apply", "applies the level")
    view = Flag("-view", "the level that was applied")
    firewall = Value("-firewall", "State", f"one of {', '.join(_STATES)}")
    port = Value("-port", "Port", "a port, or 0 for all")
    interface = Value("-interface", "Interface", "only on this interface")
    address = Value("-address", "IPAddress", "only from this address")
    timeout = Value("-timeout", "Seconds", "for so long")
    remote = Flag("-remote", "a port of the other end")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(level, apply)
    def apply_level(self) -> Iterator[str]:
        if self.level not in _LEVELS:
            raise Refusal(Status.SYNTAX, f'Level "{self.level}" is not valid. The levels are: {", ".join(_LEVELS)}.')
        self.server.keep_text("security", "" if self.level == "undo" else self.level)
        yield from ()

    @form(view)
    def view_level(self) -> Iterator[str]:
        yield f"Security level: {self.server.text('security', 'default') or 'default'}"

    @form(firewall, may(port), may(interface), may(address), may(timeout), may(remote), may(fmt))
    def configure(self) -> Iterator[str]:
        if self.firewall not in _STATES:
            raise Refusal(Status.SYNTAX, f'"{self.firewall}" is not valid. Use {", ".join(_STATES)}.')
        rules = self.server.settings.firewall or _USUAL
        if self.firewall == "view":
            yield from self._shown(rules)
        elif self.firewall in ("on", "off"):
            self.server.keep_text("firewall", self.firewall)
        elif self.firewall == "allow":
            rule = self._rule()
            self.server.keep(firewall=(*(each for each in rules if each != rule), rule))
        else:
            rule = self._rule().rpartition(" ")[0]
            left = tuple(each for each in rules if each.rpartition(" ")[0] != rule)
            if len(left) == len(rules):
                raise no_such("Rule", rule, "viosecure -firewall view lists the rules.")
            self.server.keep(firewall=left or ("none",))

    def _rule(self) -> str:
        """As it is kept: interface, port, whose port, address, seconds."""
        if not self.port.isdecimal() or int(self.port) > 65535:
            raise Refusal(Status.SYNTAX, f'Port "{self.port}" is not valid. Use -port with a number from 0 to 65535.')
        if self.timeout and not self.timeout.isdecimal():
            raise Refusal(Status.SYNTAX, f'"{self.timeout}" is not a number of seconds.')
        if self.interface:
            find_interface(self.server, self.interface)
        try:
            address = str(ipaddress.ip_network(self.address)) if self.address else "all"
        except ValueError:
            raise Refusal(Status.SYNTAX, f'"{self.address}" is not an IP address.') from None
        way = "remote" if self.remote else "local"
        return f"{self.interface or 'all'} {self.port} {way} {address.removesuffix('/32')} {self.timeout or 0}"

    def _shown(self, rules: tuple[str, ...]) -> Iterator[str]:
        fields = [column.name for column in _RULES]
        rows = [dict(zip(fields, rule.split(), strict=True)) for rule in rules if rule != "none"]
        if not self.fmt:
            yield f"Firewall {self.server.text('firewall', 'off').upper()}"
            yield ""
            yield "ALLOWED PORTS"
        yield from listing(_RULES, rows, delimiter=self.fmt)
