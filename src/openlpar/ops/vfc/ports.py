"""Fibre Channel ports of Virtual I/O Servers, and how many virtual ports each can still carry (NPIV)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TypeVar

from openlpar.ports.state import World
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.partition_io import VirtualIOServerIOConfiguration
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer

P = TypeVar("P", bound=PhysicalFibreChannelPort)


def ports_of(vios: VirtualIOServer) -> Iterator[PhysicalFibreChannelPort]:
    for entry in vios.io_config.io_slots:
        if entry.slot.related_io_adapter.has("fc_adapter"):
            yield from entry.slot.related_io_adapter.fc_adapter.fc_ports


def carried(world: World, vios_uuid: str) -> Counter[str]:
    """Port name to the number of virtual ports mapped to it."""
    return Counter(
        mapping.backing_port.name
        for mapping in world.all(VirtualFibreChannelMapping, vios_uuid)
        if mapping.has("backing_port")
    )


def with_free(port: P, carries: Counter[str]) -> P:
    """The port with the number of virtual ports it can still carry. One that cannot carry any shows no numbers."""
    if not port.npiv_total_ports:
        return port
    return port.evolve(npiv_available_ports=max(0, port.npiv_total_ports - carries[port.name]))


def shown_io_config(
    configuration: VirtualIOServerIOConfiguration, carries: Counter[str]
) -> VirtualIOServerIOConfiguration:
    """The slots of a Virtual I/O Server with the free virtual ports of its Fibre Channel ports."""
    shown = []
    for entry in configuration.io_slots:
        related = entry.slot.related_io_adapter
        if related.has("fc_adapter"):
            ports = tuple(with_free(port, carries) for port in related.fc_adapter.fc_ports)
            related = related.evolve(fc_adapter=related.fc_adapter.evolve(fc_ports=ports))
            entry = entry.evolve(slot=entry.slot.evolve(related_io_adapter=related))
        shown.append(entry)
    return configuration.evolve(io_slots=tuple(shown)) if configuration.has("io_slots") else configuration


def shown_mapping(mapping: VirtualFibreChannelMapping, carries: Counter[str]) -> VirtualFibreChannelMapping:
    """A mapping with the present numbers of its port, which it shows twice."""
    if not mapping.has("backing_port"):
        return mapping
    server = mapping.server_adapter
    if server.has("physical_port"):
        server = server.evolve(physical_port=with_free(server.physical_port, carries))
    return mapping.evolve(backing_port=with_free(mapping.backing_port, carries), server_adapter=server)
