"""What partitions are busy with, and what was measured."""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass, field

from openlpar.ports.records.core import Record
from openlpar.uom.metering import Survey


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadRule(Record):
    """What simulated partitions are busy with; uuid is the pattern of their names. kind, settings: see ``ports.metrics``."""

    kind: str
    settings: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed(Record):
    """What there was to measure when readings were taken; uuid is what they call it."""

    survey: Survey


def packed(numbers: array[int] | array[float]) -> bytes:
    """A row as it is kept: a third of its size, for a millisecond."""
    return zlib.compress(numbers.tobytes(), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Record):
    """What the meters of a system showed at a time (ms since 1970), which is its uuid too. elapsed: ms that were measured since the
    first reading. survey: of ``Surveyed``; numbers: 64 bit integers in its order, deflated."""

    at: int
    elapsed: int
    survey: str
    numbers: bytes

    @property
    def counters(self) -> array[int]:
        """The numbers."""
        counters = array("q")
        counters.frombytes(zlib.decompress(self.numbers))
        return counters


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup(Record):
    """Readings of ``seconds`` up to ``at`` (ms since 1970) drawn together. samples: how many; rates: per second, 32 bit floats in
    the survey's order, first all averages, then all minima, then all maxima, deflated."""

    at: int
    seconds: int
    samples: int
    survey: str
    rates: bytes
