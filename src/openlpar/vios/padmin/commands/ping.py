"""ping: whether a host answers."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.hosts import answers, resolved, route_to
from openlpar.vios.padmin.options import Flag, Operand, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status

_USUAL_SIZE, _USUAL_COUNT = 56, 3
_LARGEST, _MOST = 65_467, 1000


class Ping(Command, name="ping", group="TCP/IP"):
    """Asks a host for an answer. Nobody can end it here by pressing a key: without a count it asks three times."""

    numeric = Flag("-n", "addresses in digits; they always are")
    direct = Flag("-r", "without a gateway")
    packet = Value("-s", "PacketSize", "bytes of data in each packet")
    source = Value("-src", "Address", "the own address to send from")
    times = Value("-c", "Count", "how often")
    host = Operand("Host", "name or address")
    size = Operand("PacketSize", "bytes of data in each packet")
    count = Operand("Count", "how often")

    _may = (may(numeric), may(direct), may(packet), may(source), may(times))

    @form(*_may, host)
    @form(*_may, host, size)
    @form(*_may, host, size, count)
    def ask(self) -> Iterator[str]:
        address = resolved(self.server, self.host, self.name)
        route = route_to(self.server, address, self.name, self.source)
        if self.direct and route.gateway:
            raise Refusal(Status.SYNTAX, "0821-069 ping: sendto: A route to the remote host is not available.")
        size = _number(self.size or self.packet, _USUAL_SIZE, _LARGEST)
        count = _number(self.count or self.times, _USUAL_COUNT, _MOST)
        alive = answers(self.server, address, route)
        yield f"PING {self.host} ({address}): {size} data bytes"
        for number in range(count if alive else 0):
            yield f"{size + 8} bytes from {address}: icmp_seq={number} ttl=255 time=0 ms"
        yield ""
        yield f"--- {self.host} ping statistics ---"
        received, lost = (count, 0) if alive else (0, 100)
        yield f"{count} packets transmitted, {received} packets received, {lost}% packet loss"
        if alive:
            yield "round-trip min/avg/max = 0/0/0 ms"
        else:
            self.exit_status = Status.SYNTAX  # 1, as on AIX


def _number(text: str, otherwise: int, most: int) -> int:
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= most:
        raise Refusal(Status.SYNTAX, f'"{text}" is not valid. Use a number from 1 to {most}.')
    return int(text)
