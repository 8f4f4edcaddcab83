"""From counters to rates: what was used per second between two readings, and what came of many such times together."""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from operator import add, sub
from typing import Self

from openlpar.ports.records import Reading, Rollup, Surveyed
from openlpar.ports.records.metering import packed
from openlpar.ports.state import Change, World
from openlpar.uom.metering import Rates, Survey


def carried_over(numbers: Sequence[int], before: Survey, after: Survey) -> array[int]:
    """Counters in the order of another survey. What is new begins at 0."""
    known = {key: numbers[start : start + count] for key, start, count in before.places()}
    row = array("q")
    for key, _, count in after.places():
        row.extend(known.get(key, (0,) * count))
    return row


def survey_of(world: World, one: Reading | Rollup) -> Survey:
    return world.get(Surveyed, one.survey).survey


def rates(world: World, earlier: Reading, later: Reading) -> list[float]:
    """Per second, in the order of the later reading's survey. What the earlier one did not know counts from 0."""
    before: Sequence[int] = earlier.counters
    if earlier.survey != later.survey:
        before = carried_over(before, survey_of(world, earlier), survey_of(world, later))
    seconds = (later.elapsed - earlier.elapsed) / 1000
    return [delta / seconds for delta in map(sub, later.counters, before)]


@dataclass(frozen=True, slots=True)
class Kept:
    """What rates can be made of: a rollup, or a reading and the one before it."""

    latest: Reading | Rollup
    before: Reading | None = None

    @property
    def at(self) -> int:
        return self.latest.at

    def rates(self, world: World) -> Rates:
        if isinstance(self.latest, Rollup):
            return read_back(world, self.latest)
        assert self.before is not None
        row = rates(world, self.before, self.latest)
        return Rates(survey_of(world, self.latest), self.at, (row,))


def kept(readings: Iterable[Reading]) -> list[Kept]:
    """One for each two readings that follow each other."""
    return [Kept(later, earlier) for earlier, later in pairwise(readings) if later.elapsed > earlier.elapsed]


def drawn_together(found: Sequence[Rates], survey: Survey, at: int) -> Rates:
    """The average, the least and the most of several samples, in the order of a survey. found: at least one."""
    aligned = [_aligned(sample, survey) for sample in found]
    counts = [sample.count for sample in found]
    total = sum(counts)
    averages_of = [rows[0] for rows in aligned]
    if total != len(found):
        averages_of = [[value * count for value in row] for row, count in zip(averages_of, counts, strict=True)]
    averages = [amount / total for amount in map(sum, zip(*averages_of, strict=True))]
    least = list(map(min, zip(*(rows[min(1, len(rows) - 1)] for rows in aligned), strict=True)))
    most = list(map(max, zip(*(rows[-1] for rows in aligned), strict=True)))
    return Rates(survey, at, (averages, least, most), total)


@dataclass(slots=True)
class Gathering:
    """What ``drawn_together`` gives of samples that follow each other, gathered as they come: so no moment has to do all the work.

    since, latest: ms, the beginning of the first sample and the end of the last one. survey: its name.
    """

    since: int
    latest: int
    survey: str
    count: int
    totals: Sequence[float]
    least: Sequence[float]
    most: Sequence[float]

    @classmethod
    def begun(cls, since: int, sample: Rates, survey: str) -> Self:
        least, most = sample.rows[min(1, len(sample.rows) - 1)], sample.rows[-1]
        return cls(since, sample.at, survey, sample.count, _weighted(sample), least, most)

    def add(self, sample: Rates) -> None:
        self.totals = list(map(add, self.totals, _weighted(sample)))
        least, most = sample.rows[min(1, len(sample.rows) - 1)], sample.rows[-1]
        # Not min() and max(): there are many thousands of numbers, and this takes a third of the time.
        self.least = [old if old <= new else new for old, new in zip(self.least, least, strict=True)]
        self.most = [old if old >= new else new for old, new in zip(self.most, most, strict=True)]
        self.count += sample.count
        self.latest = sample.at

    def drawn_together(self, survey: Survey) -> Rates:
        averages = [amount / self.count for amount in self.totals]
        return Rates(survey, self.latest, (averages, self.least, self.most), self.count)


def _weighted(sample: Rates) -> Sequence[float]:
    return sample.rows[0] if sample.count == 1 else [value * sample.count for value in sample.rows[0]]


def _aligned(sample: Rates, survey: Survey) -> tuple[Sequence[float], ...]:
    if sample.survey is survey or sample.survey == survey:
        return sample.rows
    rows = []
    for values in sample.rows:
        known = {key: values[start : start + count] for key, start, count in sample.survey.places()}
        row: list[float] = []
        for key, _, count in survey.places():
            row.extend(known.get(key, (0.0,) * count))
        rows.append(row)
    return tuple(rows)


def stored(change: Change, sample: Rates, seconds: int, survey: str) -> Rollup:
    """Keeps a sample that was drawn together."""
    values = array("f")
    for row in sample.rows:
        values.extend(row)
    rollup = Rollup(
        uuid=f"{seconds}/{sample.at}",
        at=sample.at,
        seconds=seconds,
        samples=sample.count,
        survey=survey,
        rates=packed(values),
    )
    change.put(rollup)
    return rollup


def read_back(world: World, rollup: Rollup) -> Rates:
    """A sample as it was kept."""
    values = array("f")
    values.frombytes(zlib.decompress(rollup.rates))
    survey = survey_of(world, rollup)
    width = survey.width
    rows = tuple(values[start : start + width] for start in range(0, 3 * width, width))
    return Rates(survey, rollup.at, rows, rollup.samples)
