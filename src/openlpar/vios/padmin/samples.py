"""What the performance metrics recorded of a Virtual I/O Server in the last minutes: one sample for each reading that is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from openlpar.ports.records import Reading, Surveyed
from openlpar.uom.metering import COUNTERS, CYCLES_PER_SECOND, TRAFFIC, MeteredAdapter, MeteredPartition
from openlpar.vios.padmin.server import Server


@dataclass(frozen=True, slots=True)
class Sample:
    """at: ms since 1970. counters: ``COUNTERS`` of the server; traffic: ``TRAFFIC`` of its adapters, by their keys, when that was
    asked for. All of them only grow."""

    at: int
    server: MeteredPartition
    counters: dict[str, int]
    traffic: dict[str, dict[str, int]]

    def adapters(self) -> dict[str, MeteredAdapter]:
        return {adapter.key: adapter for adapter in self.server.adapters}


@dataclass(frozen=True, slots=True)
class Usage:
    """What a server used between two samples. processors: used on average; entitled: percent of its entitlement; busy: the same
    without what it idled; waiting: processors it waited for; memory_mb: in use on average. rates: by key of the adapter,
    ``TRAFFIC`` per second."""

    begin: int
    end: int
    processors: float
    entitled: float
    busy: float
    waiting: float
    memory_mb: float
    rates: dict[str, dict[str, float]]


def samples(server: Server, minutes: int, *, traffic: bool = False) -> list[Sample]:
    """Those of the last minutes up to the newest one, the oldest first; none from before the meters began anew."""
    readings = sorted(server.change.all(Reading), key=lambda reading: reading.at)
    if not readings:
        return []
    last = readings[-1]
    wanted = [r for r in readings if last.at - r.at <= minutes * 60_000 and last.at - r.at <= last.elapsed]
    found = [made for reading in wanted if (made := _sample(server, reading, traffic)) is not None]
    breaks = [place for place, (one, other) in enumerate(pairwise(found), 1) if not _follows(one, other)]
    begin = breaks[-1] if breaks else 0
    return found[begin:]


def usage(begin: Sample, end: Sample) -> Usage:
    """Raises ZeroDivisionError for one sample and itself."""
    ms = end.at - begin.at
    gone = {name: end.counters[name] - begin.counters[name] for name in COUNTERS}
    used, entitled = gone["capped"] + gone["uncapped"], max(gone["entitled"], 1)
    rates = {
        key: {name: 1000 * (numbers[name] - begin.traffic[key][name]) / ms for name in TRAFFIC}
        for key, numbers in end.traffic.items()
        if key in begin.traffic
    }
    cycles = CYCLES_PER_SECOND * ms / 1000
    return Usage(
        begin.at,
        end.at,
        used / cycles,
        100 * used / entitled,
        100 * (used - gone["idle"]) / entitled,
        gone["waiting"] / cycles,
        gone["memory"] / ms,
        rates,
    )


def between(found: Sequence[Sample]) -> list[Usage]:
    return [usage(one, other) for one, other in pairwise(found)]


def _follows(one: Sample, other: Sample) -> bool:
    return other.at > one.at and all(other.counters[name] >= one.counters[name] for name in COUNTERS)


def _sample(server: Server, reading: Reading, traffic: bool) -> Sample | None:
    surveyed = server.change.find(Surveyed, reading.survey)
    own = next((one for one in surveyed.survey.partitions if one.uuid == server.uuid), None) if surveyed else None
    if surveyed is None or own is None:
        return None
    numbers = reading.counters
    places = {key: (at, count) for key, at, count in surveyed.survey.places()}
    at, count = places[server.uuid]
    counters = dict(zip(COUNTERS, numbers[at : at + count], strict=True))
    flows = {}
    for adapter in own.adapters if traffic else ():
        at, count = places[adapter.key]
        flows[adapter.key] = dict(zip(TRAFFIC, numbers[at : at + count], strict=True))
    return Sample(reading.at, own, counters, flows)
