"""Who answers in the network of a Virtual I/O Server: for ``ping`` and ``traceroute``.

No packet is sent. A host of this system answers when it runs and the model of its networks leads it outside, where the server's own
interfaces are. Of what is outside only the hosts are known that the server was told of: its gateways and its name servers; they
answer.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import PartitionState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.interfaces import DEFAULT_ROUTE, Interface, interfaces
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

LOOPBACK = ipaddress.ip_network("127.0.0.0/8")


@dataclass(frozen=True, slots=True)
class Route:
    """How packets leave for a host. source: the address they come from; gateway: "" for a host in the same network."""

    source: str
    gateway: str = ""


def resolved(server: Server, name: str, command: str) -> str:
    """Address of a host: as it is, from the server's own list of hosts, or of another Virtual I/O Server. Raises Refusal."""
    try:
        return str(ipaddress.ip_address(name))
    except ValueError:
        pass
    for address, names in {"127.0.0.1": "loopback localhost", **server.settings.hosts}.items():
        if name in names.split():
            return address
    for other in _servers(server):
        if name in (other.host, other.host.partition(".")[0]):
            for interface in interfaces(other):
                if interface.address:
                    return interface.address
    raise Refusal(Status.SYNTAX, f"0821-062 {command}: host name {name} NOT FOUND")


def route_to(server: Server, address: str, command: str, source: str = "") -> Route:
    """source: the own address to send from, "" for any. Raises Refusal when there is none."""
    target = ipaddress.ip_address(address)
    up = [interface for interface in interfaces(server) if interface.is_up and interface.address]
    if source:
        up = [interface for interface in up if interface.address == source]
        if not up:
            raise Refusal(
                Status.SYNTAX, f'"{source}" is not an address of this server. lstcpip -interfaces lists them.'
            )
    if target in LOOPBACK or any(interface.address == address for interface in up):
        return Route(address)
    for interface in up:
        if target in _network(interface):
            return Route(interface.address)
    gateway = server.settings.routes.get(DEFAULT_ROUTE, "")
    for interface in up if gateway else ():
        if ipaddress.ip_address(gateway) in _network(interface):
            return Route(interface.address, gateway)
    raise Refusal(Status.SYNTAX, f"0821-069 {command}: sendto: A route to the remote host is not available.")


def answers(server: Server, address: str, route: Route) -> bool:
    """Whether the host with this address sends something back."""
    settings = server.settings
    if route.source == address or address in (*settings.routes.values(), *settings.name_servers):
        return True
    for other in _servers(server):
        for interface in interfaces(other):
            if interface.address == address:
                return interface.is_up and other.vios.state == PartitionState.RUNNING
    partition = _partition(server, address)
    return (
        partition is not None
        and partition.state == PartitionState.RUNNING
        and server.operator.reaches_outside(partition.uuid)
    )


def _network(interface: Interface) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(f"{interface.network}/{interface.prefix_length}")


def _servers(server: Server) -> list[Server]:
    """All of the system's, as seen from this one."""
    return [server.beside(vios) for vios in server.change.all(VirtualIOServer)]


def _partition(server: Server, address: str) -> LogicalPartition | None:
    for partition in server.change.all(LogicalPartition):
        adapters = server.change.all(ClientNetworkAdapter, partition.uuid)
        if partition.rmc_ip == address or any(adapter.ip_address == address for adapter in adapters):
            return partition
    return None
