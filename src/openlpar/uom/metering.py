"""What is measured on a managed system, and in which order a reading's numbers stand.

A ``Survey`` says what there was to measure at one time; a reading is a row of whole numbers, all of them ever growing:

    cycles of the firmware, cycles given out by each shared processor pool, then for each partition
    the ``COUNTERS`` below, and the ``TRAFFIC`` of each of its adapters.

Cycles are those of the time base, ``CYCLES_PER_SECOND`` of each processor, as in the recordings of pypowervm.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelServerAdapter
from openlpar.uom.virtual_scsi import VirtualSCSIServerAdapter

CYCLES_PER_SECOND = 512_000_000
"""Of the time base of a Power processor, whatever its clock (``procCyclesPerSecond`` of the recordings)."""

COUNTERS = (
    "entitled",
    "capped",
    "uncapped",
    "idle",
    "donated",
    "waiting",
    "instructions",
    "instruction_time",
    "memory",
)
"""Of a partition. Cycles: what it was entitled to; what it used within that and beyond it, of which it idled; what it gave away;
how long it waited for a processor. memory: MiB in use times milliseconds."""

TRAFFIC = ("incoming", "outgoing", "incoming_bytes", "outgoing_bytes")
"""Of an adapter: packets received and sent, or reads and writes of the partition that is served."""


def storage_key(vios: str, end: VirtualSCSIServerAdapter | VirtualFibreChannelServerAdapter) -> str:
    """Of a Virtual I/O Server's end of storage."""
    return f"{vios}/{end.name or end.vios_slot_num}"


class AdapterKind(StrEnum):
    """VETH, TRUNK: virtual Ethernet; ETHERNET: a device under a shared Ethernet adapter; VSCSI, VFC: the Virtual I/O Server's end
    of a partition's storage; FC, DISKS: the port or controller behind it."""

    VETH = "veth"
    TRUNK = "trunk"
    ETHERNET = "ethernet"
    VSCSI = "vscsi"
    VFC = "vfc"
    FC = "fc"
    DISKS = "disks"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredAdapter:
    """key: the same from survey to survey. name: of the device (``vhost0``), "" in partitions. carried_by: keys of the adapters
    that its traffic passes too. client: uuid of the partition that is served; client_location: its end of the connection.
    bridge: the shared Ethernet adapter that it is part of. wwpns: of the port, or the partition's pair."""

    key: str
    kind: str
    name: str = ""
    location: str = ""
    carried_by: tuple[str, ...] = ()
    vlan: int = 0
    switch: int = 0
    slot: int = 0
    client: str = ""
    client_location: str = ""
    bridge: str = ""
    wwpns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredPartition:
    """A partition as it was. type, state: wire texts; os: ``AIX``, ``Linux``, ``IBM i`` or ""; mode: cap, uncap, or how a dedicated
    processor is shared; units: hundredths of processors that it has; pool: -1 with dedicated processors."""

    uuid: str
    id: int
    name: str
    type: str
    state: str
    active: bool
    reachable: bool
    os: str
    vios: bool
    memory_mib: int
    mode: str
    pool: int
    units: int
    virtual: int
    max_units: float
    max_virtual: int
    weight: int
    adapters: tuple[MeteredAdapter, ...] = ()

    @property
    def is_dedicated(self) -> bool:
        return self.pool < 0


Lent = tuple[MeteredPartition, MeteredAdapter]
"""A Virtual I/O Server, and its end of a connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredPool:
    """A shared processor pool. max_units: hundredths of processors; 0 for all there are. reserved: hundredths."""

    id: int
    name: str
    max_units: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredStoragePool:
    """A shared storage pool, in MiB. vioses: ids of the Virtual I/O Servers that see it."""

    name: str
    disks: tuple[str, ...]
    total_mib: int
    used_mib: int
    vioses: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What there was to measure. units: hundredths of processors; memory in MiB."""

    system: str
    mtms: str
    uuid: str
    units: int
    configurable_units: int
    available_units: int
    memory_mib: int
    configurable_mib: int
    available_mib: int
    firmware_mib: int
    pools: tuple[MeteredPool, ...]
    partitions: tuple[MeteredPartition, ...]
    storage_pools: tuple[MeteredStoragePool, ...] = ()

    def places(self) -> Iterator[tuple[str, int, int]]:
        """(key, first number, how many) of everything that is measured, in order."""
        yield "firmware", 0, 1
        at = 1
        for pool in self.pools:
            yield f"pool {pool.id}", at, 1
            at += 1
        for partition in self.partitions:
            yield partition.uuid, at, len(COUNTERS)
            at += len(COUNTERS)
            for adapter in partition.adapters:
                yield adapter.key, at, len(TRAFFIC)
                at += len(TRAFFIC)

    def lent(self) -> Mapping[str, Sequence[Lent]]:
        """What Virtual I/O Servers lend to each partition, by its uuid."""
        found: dict[str, list[Lent]] = {}
        for server in self.partitions:
            for adapter in server.adapters if server.vios else ():
                if adapter.client:
                    found.setdefault(adapter.client, []).append((server, adapter))
        return found

    @property
    def width(self) -> int:
        """How many numbers a reading has."""
        adapters = sum(len(partition.adapters) for partition in self.partitions)
        return 1 + len(self.pools) + len(self.partitions) * len(COUNTERS) + adapters * len(TRAFFIC)


Values = list[float]


@dataclass(frozen=True, slots=True)
class Rates:
    """Used per second, up to the time ``at`` (ms since 1970). rows: one of averages, or averages, minima and maxima, each in the
    survey's order; count: how many samples were drawn together."""

    survey: Survey
    at: int
    rows: tuple[Sequence[float], ...]
    count: int = 1

    def found(self, wanted: Container[str] | None = None) -> Mapping[str, list[Values]]:
        """For each thing that is measured, or that is wanted, its values as arrays."""
        return {
            key: [[row[place] for row in self.rows] for place in range(start, start + count)]
            for key, start, count in self.survey.places()
            if wanted is None or key in wanted
        }

    def always(self, value: float) -> Values:
        """The array of what was the same all the time."""
        return [round(float(value), 3)] * len(self.rows)
