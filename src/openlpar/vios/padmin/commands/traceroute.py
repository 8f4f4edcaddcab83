"""traceroute: by which hosts packets go."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.hosts import answers, resolved, route_to
from openlpar.vios.padmin.options import Flag, Operand, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status

_MOST_HOPS = 255


class Traceroute(Command, name="traceroute", group="TCP/IP"):
    """Prints the way that packets take to a host. Behind the gateway nobody is known."""

    hops = Value("-hops", "Hops", "how many hosts at most; 30 without it")
    numeric = Flag("-num", "addresses in digits; they always are")
    port = Value("-port", "Port", "the port to begin with; without effect")
    src = Value("-src", "Address", "the own address to send from")
    host = Operand("Host", "name or address")

    @form(may(hops), may(numeric), may(port), may(src), host)
    def trace(self) -> Iterator[str]:
        address = resolved(self.server, self.host, self.name)
        route = route_to(self.server, address, self.name, self.src)
        most = self.hops or "30"
        if not (most.isascii() and most.isdigit()) or not 1 <= int(most) <= _MOST_HOPS:
            raise Refusal(Status.SYNTAX, f'"{self.hops}" is not valid. Use a number from 1 to {_MOST_HOPS}.')
        yield f"trying to get source for {self.host}"
        yield f"source should be {route.source}"
        yield f"traceroute to {self.host} ({address}) from {route.source} ({route.source}), {most} hops max"
        yield "outgoing MTU = 1500"
        way = [route.gateway] if route.gateway and route.gateway != address else []
        reached = answers(self.server, address, route)
        way += [address] if reached else []
        for number in range(1, (len(way) if reached else int(most)) + 1):
            if number <= len(way):
                yield f"{number:>2}  {way[number - 1]} ({way[number - 1]})  0 ms  0 ms  0 ms"
            else:
                yield f"{number:>2}  * * *"
