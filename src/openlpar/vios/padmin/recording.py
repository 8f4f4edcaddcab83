"""A recording of what a server did for some minutes, as a text in the format of nmon: what the performance advisor judges.

Sections are those of nmon (CPU_ALL, MEM, NET, IOADAPT, ZZZZ), with the fields that the metrics know; settings of devices are lines
of section BBBP.
"""

from __future__ import annotations

import csv
import datetime
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from openlpar.vios.padmin.refusal import Refusal, Status

_CPU = ("Entitled%", "Busy%", "PhysicalCPU", "Waiting")
_WAYS = ("read", "write")


@dataclass(frozen=True, slots=True)
class Interval:
    """What was used up to a moment. entitled, busy: percent of the entitlement; processors, waiting: how many; memory_mb: in use;
    network, storage: device to KB/s received (or read) and sent (or written)."""

    end: datetime.datetime
    entitled: float
    busy: float
    processors: float
    waiting: float
    memory_mb: float
    network: dict[str, tuple[float, float]] = field(default_factory=dict)
    storage: dict[str, tuple[float, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """facts: what was set when it was made, by what it is about and its name: ``("sys0", "memory_mb")``."""

    host: str
    facts: dict[tuple[str, str], str]
    intervals: tuple[Interval, ...]

    def fact(self, about: str, name: str) -> str:
        return self.facts.get((about, name), "")

    def number(self, about: str, name: str) -> float:
        try:
            return float(self.fact(about, name) or 0)
        except ValueError:
            return 0.0

    def average(self, name: str) -> float:
        return sum(float(getattr(one, name)) for one in self.intervals) / len(self.intervals)

    def peak(self, name: str) -> float:
        return max(float(getattr(one, name)) for one in self.intervals)

    def rates(self, kind: str) -> dict[str, tuple[float, float]]:
        """Device to KB/s on average and at the peak, both ways together. kind: ``network`` or ``storage``."""
        found: dict[str, list[float]] = {}
        for one in self.intervals:
            for device, ways in getattr(one, kind).items():
                found.setdefault(device, []).append(sum(ways))
        return {device: (sum(rates) / len(rates), max(rates)) for device, rates in sorted(found.items())}


def written(recording: Recording) -> str:
    """The text of a recording."""
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerows(_lines(recording))
    return stream.getvalue()


def _lines(recording: Recording) -> Iterator[Sequence[str]]:
    host, intervals = recording.host, recording.intervals
    yield ("AAA", "progname", "part")
    yield ("AAA", "host", host)
    yield ("AAA", "snapshots", str(len(intervals)))
    for number, ((about, name), value) in enumerate(sorted(recording.facts.items())):
        yield ("BBBP", f"{number:03}", about, name, value)
    yield ("CPU_ALL", f"CPU Total {host}", *_CPU)
    yield ("MEM", f"Memory {host}", "Used MB")
    tables = (("NET", "Network I/O", "network"), ("IOADAPT", "Disk Adapter", "storage"))
    devices = {kind: sorted({name for one in intervals for name in getattr(one, kind)}) for _, _, kind in tables}
    for section, title, kind in tables:
        heads = [f"{name}-{way}-KB/s" for name in devices[kind] for way in _WAYS]
        yield (section, f"{title} {host}", *heads)
    for number, one in enumerate(intervals, 1):
        stamp = f"T{number:04}"
        yield ("ZZZZ", stamp, f"{one.end:%H:%M:%S}", f"{one.end:%d-%b-%Y}")
        yield ("CPU_ALL", stamp, *map(_number, (one.entitled, one.busy, one.processors, one.waiting)))
        yield ("MEM", stamp, _number(one.memory_mb))
        for section, _, kind in tables:
            rates = getattr(one, kind)
            yield (section, stamp, *(_number(rate) for name in devices[kind] for rate in rates.get(name, (0.0, 0.0))))


def _number(value: float) -> str:
    return f"{value:.3f}"


def read(name: str, text: str) -> Recording:
    """A recording that ``part`` made. name: of the file. Raises Refusal."""
    try:
        recording = _read(list(csv.reader(io.StringIO(text))))
    except (ValueError, IndexError, KeyError, csv.Error):
        recording = None
    if recording is None or not recording.intervals:
        raise Refusal(Status.INCOMPLETE, f'"{name}" is no recording that part has made. "part -i 10" makes one.')
    return recording


def _read(rows: Sequence[Sequence[str]]) -> Recording:
    facts: dict[tuple[str, str], str] = {}
    heads: dict[str, Sequence[str]] = {}
    samples: dict[str, dict[str, Sequence[str]]] = {}
    host = ""
    for row in rows:
        if row[:2] == ["AAA", "host"]:
            host = row[2]
        elif row[0] == "BBBP":
            facts[row[2], row[3]] = row[4]
        elif row[0] != "AAA" and row[1].startswith("T") and row[1][1:].isdecimal():
            samples.setdefault(row[1], {})[row[0]] = row[2:]
        else:
            heads[row[0]] = row[2:]
    return Recording(host, facts, tuple(_interval(heads, sections) for _, sections in sorted(samples.items())))


def _interval(heads: dict[str, Sequence[str]], sections: dict[str, Sequence[str]]) -> Interval:
    time, day = sections["ZZZZ"]
    end = datetime.datetime.strptime(f"{day} {time}", "%d-%b-%Y %H:%M:%S").replace(tzinfo=datetime.UTC)
    entitled, busy, processors, waiting = map(float, sections["CPU_ALL"])
    rates = [_rates(heads[section], sections[section]) for section in ("NET", "IOADAPT")]
    return Interval(end, entitled, busy, processors, waiting, float(sections["MEM"][0]), *rates)


def _rates(heads: Sequence[str], values: Sequence[str]) -> dict[str, tuple[float, float]]:
    names = [head.rpartition("-read-")[0] for head in heads[::2]]
    return {name: (float(values[2 * at]), float(values[2 * at + 1])) for at, name in enumerate(names)}
