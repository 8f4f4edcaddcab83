"""What simulated partitions use: their workloads, and how the hypervisor shares processors out between them.

What a partition wants is a function of the seed, its uuid and the time alone, the same all through each ``SLOT_MS``. What it gets
follows from what all of them want: entitlement first, then what is left of the pool by weight. Cycles therefore add up:

    used (capped + uncapped) <= virtual processors        capped <= entitled
    shared by a pool         <= what the pool may use     all that is used <= the configurable processors
    dedicated: capped + donated = entitled, idle is part of capped
"""

from __future__ import annotations

import math
import zlib
from array import array
from collections import Counter
from collections.abc import Sequence
from operator import add

from openlpar.ports.metrics import Workload, workload_of
from openlpar.ports.records import WorkloadRule
from openlpar.ports.state import World
from openlpar.uom.metering import (
    COUNTERS,
    CYCLES_PER_SECOND,
    TRAFFIC,
    AdapterKind,
    MeteredAdapter,
    MeteredPartition,
    Survey,
)

SLOT_MS = 30_000
"""How long a partition wants the same."""
_HOUR_MS = 3_600_000
_MASK = (1 << 64) - 1
_SERVICE_S = 1e-9
"""Processor seconds that a Virtual I/O Server takes for a byte."""
_INSTRUCTIONS, _EXECUTING = 0.6, 0.75
"""Instructions, and cycles in which they are executed, for each cycle used: about those of the recordings."""
_FRAME, _BLOCK, _READS = 1000, 8192, 0.7
"""Bytes of a packet and of a disk operation; the share of what is read, or received."""
_DONATING = ("share_idle_procs_active", "share_idle_procs_always")
_KEPT = 0.1
"""The share of an idle dedicated processor that is not given away."""
_FIRMWARE = 0.002
"""Cycles of the hypervisor for each one that partitions use."""


def chance(seed: int, number: int) -> float:
    """A number from 0 to 1 that is always the same for the same arguments (the finisher of SplitMix64)."""
    x = (seed + number * 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return (x ^ (x >> 31)) / _MASK


def wanted(workload: Workload, seed: int, slot: int) -> float:
    """What a workload wants in a slot, as a share of the entitlement."""
    settings = workload.settings
    level = settings["level"]
    if workload.kind == "bursty":
        burst = slot * SLOT_MS // int(settings["minutes"] * 60_000)
        if chance(seed ^ 0xB0, burst) < settings["share"]:
            level = settings["peak"]
    elif workload.kind == "diurnal":
        hour = slot * SLOT_MS / _HOUR_MS % 24
        day = max(0.0, math.cos((hour - settings["hour"]) / 24 * 2 * math.pi))
        level += (settings["peak"] - level) * day * day
    return level * (0.95 + 0.1 * chance(seed, slot))


def shared_out(wishes: Sequence[float], weights: Sequence[int], amount: float) -> list[float]:
    """What each gets of an amount: its wish, or when that is too much its part by weight; what one does not need the others get."""
    if sum(wishes) <= amount:
        return list(wishes)
    given = [0.0] * len(wishes)
    open_ones = [n for n, wish in enumerate(wishes) if wish > 0 and weights[n] > 0]
    while open_ones and amount > 1e-9:
        part = amount / sum(weights[n] for n in open_ones)
        sated = [n for n in open_ones if wishes[n] - given[n] <= part * weights[n]]
        if not sated:
            for n in open_ones:
                given[n] += part * weights[n]
            break
        for n in sated:
            amount -= wishes[n] - given[n]
            given[n] = wishes[n]
        open_ones = [n for n in open_ones if given[n] < wishes[n]]
    return given


class WorkloadMeter:
    """See ``ports.metrics.Meter``."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._plans: dict[str, tuple[str, Workload, int]] = {}
        self._rules: list[WorkloadRule] = []
        self._ways: tuple[Survey, list[_Ways]] | None = None

    def used(self, world: World, survey: Survey, begin: int, end: int) -> array[int]:
        if len(self._plans) > 2 * len(survey.partitions):
            self._plans = {}
        self._learn(world)
        plans = [self._plan(one) for one in survey.partitions]
        if self._ways is None or self._ways[0] is not survey:
            self._ways = survey, _ways(survey)
        total = array("q", bytes(8 * survey.width))
        while begin < end:
            number = begin // SLOT_MS
            until = min(end, (number + 1) * SLOT_MS)
            row = _Slot(survey, self._ways[1], plans, number).used((until - begin) / 1000)
            total = array("q", map(add, total, row))
            begin = until
        return total

    def fresh(self, world: World, partition: MeteredPartition, begin: int, end: int) -> int:
        """See ``ports.metrics.Writer``."""
        self._learn(world)
        workload, seed = self._plan(partition)
        most, amount = partition.virtual * 100 / max(1, partition.units), 0.0
        while begin < end:
            number = begin // SLOT_MS
            until = min(end, (number + 1) * SLOT_MS)
            amount += min(wanted(workload, seed, number), most) * (until - begin)
            begin = until
        settings = workload.settings
        return int(amount * 1000 * settings["disk"] * (1 - _READS) * settings["fresh"])

    def _learn(self, world: World) -> None:
        rules = list(world.all(WorkloadRule))
        if rules != self._rules:
            self._rules, self._plans = rules, {}

    def _plan(self, partition: MeteredPartition) -> tuple[Workload, int]:
        known = self._plans.get(partition.uuid)
        if known is None or known[0] != partition.name:
            workload = workload_of(self._rules, partition.name, partition.vios)
            seed = zlib.crc32(partition.uuid.encode(), self._seed & 0xFFFFFFFF) * 0x1_0000_0001
            known = self._plans[partition.uuid] = (partition.name, workload, seed)
        return known[1], known[2]


_Ways = tuple[list[MeteredAdapter], list[MeteredAdapter]]
"""The adapters over which a partition is served: its network's, its disks'."""


def _ways(survey: Survey) -> list[_Ways]:
    """Of each partition."""
    lent, meeting = survey.lent(), _meeting(survey)
    return [
        (
            [one for one in partition.adapters if _has_partners(one, meeting)],
            [adapter for server, adapter in lent.get(partition.uuid, ()) if server.active],
        )
        for partition in survey.partitions
    ]


class _Slot:
    """One slot: who wants what, and who gets it. All in processors (cores)."""

    def __init__(
        self, survey: Survey, ways: Sequence[_Ways], plans: Sequence[tuple[Workload, int]], number: int
    ) -> None:
        self._survey = survey
        self._ways = ways
        self._plans = plans
        self._busy = [
            wanted(workload, seed, number) if partition.active else 0.0
            for partition, (workload, seed) in zip(survey.partitions, plans, strict=True)
        ]
        self._flows, self._served = self._exchanged()
        self._wants = self._wishes()
        self._used = self._given()

    def _exchanged(self) -> tuple[list[tuple[MeteredAdapter, float, float]], dict[str, float]]:
        """What comes in and goes out over the adapters that serve partitions, in bytes per second; and all that passes each other
        adapter on the way."""
        flows, passing = list[tuple[MeteredAdapter, float, float]](), dict[str, float]()
        partitions = self._survey.partitions
        for partition, (wires, paths), (workload, _), busy in zip(
            partitions, self._ways, self._plans, self._busy, strict=True
        ):
            if not busy or partition.vios:
                continue
            level = min(busy, partition.virtual * 100 / max(1, partition.units)) * 1e6
            for what, adapters in (("network", wires), ("disk", paths)):
                for adapter in adapters:
                    rate = level * workload.settings[what] / len(adapters)
                    share = (
                        _READS if adapter.client or adapter.carried_by else 0.5
                    )  # among themselves all is sent and received
                    flows.append((adapter, rate * share, rate * (1 - share)))
                    for key in (adapter.key, *adapter.carried_by):
                        passing[key] = passing.get(key, 0.0) + rate
        return flows, passing

    def _wishes(self) -> list[float]:
        """A Virtual I/O Server wants time for all that it serves."""
        wishes = []
        for partition, busy in zip(self._survey.partitions, self._busy, strict=True):
            wish = busy * partition.units / 100
            if partition.vios and partition.active:
                serving = (one for one in partition.adapters if one.client or one.kind == AdapterKind.TRUNK)
                wish += _SERVICE_S * sum(self._served.get(adapter.key, 0.0) for adapter in serving)
            wishes.append(min(wish, float(partition.virtual)))
        return wishes

    def _given(self) -> list[float]:
        """Entitlement first; beyond it what the pool may use, and what the server has left."""
        partitions = self._survey.partitions
        used = [min(wish, partition.units / 100) for wish, partition in zip(self._wants, partitions, strict=True)]
        beyond = [
            n for n, one in enumerate(partitions) if one.mode == "uncap" and self._wants[n] > used[n] and one.weight
        ]
        more = {n: self._wants[n] - used[n] for n in beyond}
        for pool in self._survey.pools:
            if pool.max_units:
                members = [n for n in beyond if partitions[n].pool == pool.id]
                taken = sum(used[n] for n, one in enumerate(partitions) if one.pool == pool.id)
                granted = shared_out(
                    [more[n] for n in members],
                    [partitions[n].weight for n in members],
                    max(0.0, pool.max_units / 100 - taken),
                )
                more.update(zip(members, granted, strict=True))
        kept = sum(
            one.units / 100 - used[n] - _donated(one, used[n])
            for n, one in enumerate(partitions)
            if one.is_dedicated and one.active
        )
        spare = max(0.0, self._survey.configurable_units / 100 / (1 + _FIRMWARE) - sum(used) - kept)
        granted = shared_out([more[n] for n in beyond], [partitions[n].weight for n in beyond], spare)
        for n, amount in zip(beyond, granted, strict=True):
            used[n] += amount
        return used

    def used(self, seconds: float) -> array[int]:
        """The row of numbers for a part of the slot."""
        survey, cycles = self._survey, seconds * CYCLES_PER_SECOND
        row = array("q", [0] * (1 + len(survey.pools)))
        places = {pool.id: 1 + n for n, pool in enumerate(survey.pools)}
        passed = self._passed(seconds)
        for partition, (workload, _), want, core in zip(
            survey.partitions, self._plans, self._wants, self._used, strict=True
        ):
            if not partition.active:
                row.extend(_NOTHING)
            else:
                counters = _counters(partition, want, core, cycles)
                memory = partition.memory_mib * workload.settings["memory"]
                row.extend((*counters, int(memory * seconds * 1000)))
                if partition.pool in places:
                    row[places[partition.pool]] += counters[1] + counters[2]
            for adapter in partition.adapters:
                row.extend(passed.get(adapter.key, _NO_TRAFFIC))
        allowed = int(survey.configurable_units / 100 * cycles) - sum(int(core * cycles) + 1 for core in self._used)
        row[0] = max(0, min(int(sum(self._used) * _FIRMWARE * cycles), allowed))
        return row

    def _passed(self, seconds: float) -> dict[str, tuple[int, ...]]:
        """In the order of ``TRAFFIC``. What carries others has counted exactly what they have."""
        passed: dict[str, tuple[int, ...]] = {}
        for adapter, incoming, outgoing in self._flows:
            size = _FRAME if adapter.kind == AdapterKind.VETH else _BLOCK
            came, went = int(incoming * seconds), int(outgoing * seconds)
            numbers = (came // size, went // size, came, went)
            passed[adapter.key] = numbers
            for key in adapter.carried_by:
                toward = numbers
                if adapter.kind == AdapterKind.VETH and key == adapter.carried_by[0]:
                    toward = (
                        numbers[1],
                        numbers[0],
                        numbers[3],
                        numbers[2],
                    )  # what a partition sends, its trunk receives
                before = passed.get(key)
                passed[key] = toward if before is None else tuple(map(add, before, toward))
        return passed


def _meeting(survey: Survey) -> Counter[tuple[int, int]]:
    """How many running partitions meet on each (switch, VLAN)."""
    return Counter(
        (adapter.switch, adapter.vlan)
        for partition in survey.partitions
        for adapter in (partition.adapters if partition.active and not partition.vios else ())
        if adapter.kind == AdapterKind.VETH
    )


def _has_partners(adapter: MeteredAdapter, meeting: Counter[tuple[int, int]]) -> bool:
    """Outside, or among the partitions of its own network."""
    return adapter.kind == AdapterKind.VETH and bool(adapter.carried_by or meeting[adapter.switch, adapter.vlan] > 1)


_NOTHING = (0,) * len(COUNTERS)
_NO_TRAFFIC = (0,) * len(TRAFFIC)


def _donated(partition: MeteredPartition, used: float) -> float:
    """What a partition with dedicated processors gives away of them."""
    return (partition.units / 100 - used) * (1 - _KEPT) if partition.mode in _DONATING else 0.0


def _counters(partition: MeteredPartition, want: float, core: float, cycles: float) -> tuple[int, ...]:
    """In the order of ``COUNTERS``, without memory."""
    entitled, used = int(partition.units * cycles / 100), int(core * cycles)
    if partition.is_dedicated:
        donated = int(_donated(partition, core) * cycles)
        capped, uncapped = entitled - donated, 0
        idle = max(0, capped - used)
    else:
        donated = idle = 0
        capped = min(used, entitled)
        uncapped = used - capped
    waiting = int(max(0.0, want - core) * cycles)
    return (
        entitled,
        capped,
        uncapped,
        idle,
        donated,
        waiting,
        int(used * _INSTRUCTIONS),
        int(used * _EXECUTING),
    )
