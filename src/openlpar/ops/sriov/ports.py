"""Physical ports of SR-IOV adapters: which there are, and how much of each is taken.

What is taken is counted from the logical ports by running totals, so that used and free always add up.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from openlpar.messages import sriov as say
from openlpar.ops.capacity import TALLIES, managed_system
from openlpar.ports.state import World
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.sriov import (
    SRIOVAdapter,
    SRIOVAdapterMode,
    SRIOVAdapterState,
    SRIOVEthernetLogicalPort,
    SRIOVEthernetPhysicalPort,
)

WHOLE = Decimal(100)
PORT_LISTS = ("converged_ports", "ethernet_ports", "roce_ports")
_HUNDREDTHS = 100


def _count(adapter_id: int, port_id: int) -> str:
    return f"SR-IOV {adapter_id} {port_id} logical ports"


def _capacity(adapter_id: int, port_id: int) -> str:
    return f"SR-IOV {adapter_id} {port_id} capacity"


def shares(port: SRIOVEthernetLogicalPort) -> dict[str, int]:
    """A logical port's part in the running totals; capacity in hundredths of a percent."""
    return {
        _count(port.sriov_adap_id, port.pport_id): 1,
        _capacity(port.sriov_adap_id, port.pport_id): int(port.cfg_capacity * _HUNDREDTHS),
    }


TALLIES[SRIOVEthernetLogicalPort] = shares


def adapters(world: World) -> list[SRIOVAdapter]:
    """As stored: with their ports, whatever their mode."""
    return [choice.sriov_adapter for choice in managed_system(world).asio_config.sriov_adapters]


def ports_of(adapter: SRIOVAdapter) -> Iterator[SRIOVEthernetPhysicalPort]:
    for name in PORT_LISTS:
        yield from getattr(adapter, name)


def logical_ports_on(world: World, adapter: SRIOVAdapter, port: SRIOVEthernetPhysicalPort) -> int:
    return world.tally(_count(adapter.sriov_adap_id, port.port_id))


def taken_of(world: World, adapter: SRIOVAdapter, port: SRIOVEthernetPhysicalPort) -> Decimal:
    """Percent of a port's capacity that its logical ports have."""
    return Decimal(world.tally(_capacity(adapter.sriov_adap_id, port.port_id))) / _HUNDREDTHS


def is_shared(adapter: SRIOVAdapter) -> bool:
    return adapter.mode == SRIOVAdapterMode.SRIOV and adapter.state == SRIOVAdapterState.RUNNING


def find_port(world: World, adapter_id: int, port_id: int) -> tuple[SRIOVAdapter, SRIOVEthernetPhysicalPort] | None:
    for adapter in adapters(world):
        if adapter.sriov_adap_id == adapter_id and is_shared(adapter):
            for port in ports_of(adapter):
                if port.port_id == port_id:
                    return adapter, port
    return None


def usable_port(world: World, adapter_id: int, port_id: int) -> tuple[SRIOVAdapter, SRIOVEthernetPhysicalPort]:
    """Raises Failure when logical ports cannot be made of it."""
    found = find_port(world, adapter_id, port_id)
    if found is not None:
        return found
    cause = "the adapter has no such port"
    if all(adapter.sriov_adap_id != adapter_id for adapter in adapters(world)):
        cause = "there is no such adapter"
    elif not any(adapter.sriov_adap_id == adapter_id and is_shared(adapter) for adapter in adapters(world)):
        cause = "the adapter is not in Sriov mode"
    raise say.NO_PORT.error(port=port_id, adapter=adapter_id, cause=cause)


class Room:
    """Takes room on ports, within one operation: what it took is taken, though nothing is stored yet."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._more: dict[tuple[int, int], tuple[int, Decimal]] = {}

    def take(self, adapter: SRIOVAdapter, port: SRIOVEthernetPhysicalPort, capacity: Decimal, count: int = 1) -> None:
        """capacity, count: how much more than now, negative for what the operation gives back. Raises Failure."""
        key = (adapter.sriov_adap_id, port.port_id)
        ports, taken = self._more.get(key, (0, Decimal(0)))
        ports, taken = ports + count, taken + capacity
        used, most = logical_ports_on(self._world, adapter, port), port.cfg_max_lps
        if count > 0 and used + ports > most:
            raise say.NO_LOGICAL_PORTS.error(port=port.loc_code, count=used + ports - count)
        free = WHOLE - taken_of(self._world, adapter, port) - taken
        if capacity > 0 and free < 0:
            raise say.NO_CAPACITY.error(port=port.loc_code, free=free + capacity, needed=capacity)
        self._more[key] = (ports, taken)


def shown_adapters(world: World, choices: tuple[IOAdapterChoice, ...]) -> tuple[IOAdapterChoice, ...]:
    """The adapters with what is taken of their ports; one that is not shared shows none."""
    return tuple(
        choice.evolve(sriov_adapter=_shown(world, choice.sriov_adapter)) if choice.has("sriov_adapter") else choice
        for choice in choices
    )


def _shown(world: World, adapter: SRIOVAdapter) -> SRIOVAdapter:
    if adapter.mode != SRIOVAdapterMode.SRIOV:
        return adapter.evolve(personality=None, **dict.fromkeys(PORT_LISTS))
    return adapter.evolve(
        **{
            name: tuple(
                port.evolve(
                    allocated_capacity=taken_of(world, adapter, port), cfg_lps=logical_ports_on(world, adapter, port)
                )
                for port in getattr(adapter, name)
            )
            for name in PORT_LISTS
            if adapter.has(name)
        }
    )
