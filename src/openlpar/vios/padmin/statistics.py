"""Counters of adapters: what entstat, seastat, fcstat and netstat show.

Nothing is sent in a simulated network or SAN: counters stand at zero until something counts for them.
"""

from __future__ import annotations

from dataclasses import dataclass

from openlpar.vios.padmin.server import Server


@dataclass(frozen=True, slots=True)
class Traffic:
    """Packets (or frames and requests) and bytes that an adapter has received and sent."""

    packets_in: int = 0
    packets_out: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def __add__(self, other: Traffic) -> Traffic:
        return Traffic(
            self.packets_in + other.packets_in,
            self.packets_out + other.packets_out,
            self.bytes_in + other.bytes_in,
            self.bytes_out + other.bytes_out,
        )


def traffic(server: Server, device: str) -> Traffic:
    """Of an adapter of this server, by its name."""
    return Traffic()


def elapsed_s(server: Server, device: str) -> int:
    """How long the counters of a device have counted, in s: since they were cleared, else since the server was started, as far as
    that is known."""
    cleared = server.settings.resets.get(device)
    if cleared is not None:
        return max(0, server.change.clock.now() - cleared) // 1000
    return server.vios.uptime


def clear(server: Server, device: str) -> None:
    server.keep(resets={**server.settings.resets, device: server.change.clock.now()})
