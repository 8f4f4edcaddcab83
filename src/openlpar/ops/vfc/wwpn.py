"""World-wide port names: each virtual Fibre Channel adapter has a pair of them, out of the managed system's stock.

The stock is the numbers below the system's prefix, handed out in ascending order and never taken back: a fabric remembers them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Evidence, JobOperation, Level, Step, partition_of
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping

STOCK = 0x10000
"""Port names below one prefix."""
PAIRS_PER_JOB = 8
_PAIR = re.compile("[0-9a-f]{16} [0-9a-f]{16}")


def pair_of(text: str) -> tuple[str, ...]:
    """The port names in a client's text, in lower case; () when it wants new ones (nothing, or ``-1 -1``)."""
    return tuple(text.replace(":", "").lower().split()) if text.strip() not in ("", "-1 -1") else ()


def owners(world: World) -> dict[str, VirtualFibreChannelMapping]:
    """Port name in lower case to the mapping that has it."""
    return {
        wwpn: mapping
        for mapping in world.all(VirtualFibreChannelMapping)
        for wwpn in pair_of(mapping.client_adapter.wwpns)
    }


def check_pair(world: World, pair: tuple[str, ...], about: str, free: Collection[str] = ()) -> None:
    """Refuses what is no pair of port names, or is in use. free: names that are about to be given back."""
    if not _PAIR.fullmatch(" ".join(pair)) or pair[0] == pair[1]:
        raise general.BAD_VALUE.error(
            field="WWPNs",
            object=about,
            value=repr(" ".join(pair)),
            cause="it is no pair of port names",
            wanted="two different names of 16 hexadecimal digits with a blank between them, or none",
        )
    taken = owners(world)
    for wwpn in pair:
        if wwpn in taken and wwpn not in free:
            mapping = taken[wwpn]
            client = partition_of(world, mapping.client_lpar_href.rpartition("/")[2])
            name = client.name if client is not None else f"with id {mapping.server_adapter.lpar_id}"
            raise say.WWPN_TAKEN.error(wwpn=wwpn, partition=name)


def check_stock(world: World, pairs: int) -> None:
    system = managed_system(world)
    if system.asio_config.avail_wwpns < 2 * pairs:
        available = system.asio_config.avail_wwpns
        raise say.NO_WWPNS.error(system=system.system_name, available=available, needed=2 * pairs)


def take_pairs(change: Change, pairs: int) -> list[str]:
    """The next port names of the stock, two for each pair. Raises Failure NO_ROOM."""
    system = managed_system(change)
    configuration = system.asio_config
    prefix = int(configuration.wwpn_prefix or 0) & ~(STOCK - 1)
    taken = owners(change)
    available = configuration.avail_wwpns
    names: list[str] = []
    while len(names) < 2 * pairs:
        if available < 2:
            raise say.NO_WWPNS.error(system=system.system_name, available=configuration.avail_wwpns, needed=2 * pairs)
        number = prefix + STOCK - available
        available -= 2
        pair = [f"{number:016x}", f"{number + 1:016x}"]
        if not any(wwpn in taken for wwpn in pair):
            names += pair
    change.put(system.evolve(asio_config=configuration.evolve(avail_wwpns=available)))
    return names


@dataclass
class GetNextWWPNs(JobOperation, name="vfc.reserve_wwpns", job="GetNextWWPNs", groups=("ManagedSystem",)):
    """Takes pairs of port names out of the stock, for adapters that are made later."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.vfc_mapper")

    target: str
    pairs: int = 1

    parameters: ClassVar[dict[str, str]] = {"numberPairsRequested": f"how many pairs, 1 to {PAIRS_PER_JOB}"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        text = parameters.get("numberPairsRequested", "1")
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text) <= PAIRS_PER_JOB:
            raise general.BAD_VALUE.error(
                field="numberPairsRequested",
                object="job GetNextWWPNs",
                value=repr(text),
                cause="it is out of bounds",
                wanted=f"a number from 1 to {PAIRS_PER_JOB}",
            )
        return cls(target, int(text))

    @property
    def results(self) -> dict[str, str]:
        return {"wwpnList": ",".join(self._names)}

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        system = world.find(ManagedSystem, self.target)
        return system.system_name if system is not None else self.target

    def check(self, world: World) -> None:
        world.get(ManagedSystem, self.target)
        check_stock(world, self.pairs)

    def steps(self) -> Iterable[Step]:
        yield Step("reserve port names", self._reserve)

    def _reserve(self, change: Change) -> None:
        self._names = take_pairs(change, self.pairs)
