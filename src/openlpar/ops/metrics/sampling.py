"""Taking readings: every 30 seconds while the long term monitor is on, every 5 while the short term monitor is.

There is one ``Due`` for all of it, and none while no monitor is on. With an immediate clock nothing is ever waited for: readings
are then taken when somebody looks, for the time that has passed. All that is kept is bounded: see ``KEPT_MS``.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from operator import add

from openlpar.ops.capacity import managed_system
from openlpar.ops.metrics import rates
from openlpar.ops.metrics.rates import Gathering, carried_over
from openlpar.ops.metrics.survey import Surveyor
from openlpar.ports.metrics import Meter
from openlpar.ports.records import Due, Reading, Rollup, Surveyed
from openlpar.ports.records.metering import packed
from openlpar.ports.state import Change, World
from openlpar.uom.metering import Rates, Survey
from openlpar.uom.pcm import ManagedSystemPcmPreference

DUE = "metrics.read"
LONG_MS, SHORT_MS = 30_000, 5_000
"""Between two readings of the long and of the short term monitor."""
RAW_MS = 30 * 60_000
"""How long raw metrics of the long term monitor are shown (documented)."""
SHORT_KEPT_MS = 5 * 60_000
"""How long those of the short term monitor are (assumed)."""
KEPT_MS = 2 * 3_600_000
"""How long the readings of the long term monitor are kept, from which processed metrics are made (documented)."""
TIERS: dict[int, int] = {300: KEPT_MS, 7_200: 7 * 86_400_000, 86_400: 366 * 86_400_000}
"""Seconds that are drawn together -> how long that is kept, in ms: the first two documented, the last HMC's longest choice."""
_LATE = 60
"""How many readings are made up for, at most, when nobody could take them."""


def preference(world: World) -> ManagedSystemPcmPreference:
    """Which monitors are on; all are off until somebody switches one on."""
    found = next(world.all(ManagedSystemPcmPreference), None)
    return found if found is not None else ManagedSystemPcmPreference(uuid=managed_system(world).uuid)


def interval_ms(world: World) -> int:
    """Between two readings now; 0 when none are taken."""
    wish = preference(world)
    if wish.stm_enabled:
        return SHORT_MS
    return LONG_MS if wish.is_on else 0


def readings(world: World) -> list[Reading]:
    """All that are kept, oldest first."""
    return list(world.all(Reading))


class Sampler:
    """Takes the readings of one managed system."""

    def __init__(self, meter: Meter | None, waits: bool) -> None:
        """meter: None when the hypervisor measures nothing. waits: the clock lets scheduled things wait."""
        self.meter = meter
        self._waits = waits
        self._surveyor = Surveyor()
        self._gathered: dict[int, Gathering] = {}

    def resume(self, change: Change) -> None:
        """The service has started: monitors that an inventory switched on, or that were on under another clock, go on."""
        if self.meter is not None and interval_ms(change) and not any(change.where(Due, subject=DUE)):
            change.schedule(0, DUE, DUE)

    def due(self, change: Change, due: Due) -> None:
        """Takes the reading that is due, and has the next one taken at its time. Comes too when a monitor was switched."""
        step = interval_ms(change)
        if not step:
            self._forget(change)
            return
        self.catch_up(change)
        if self._waits:
            change.schedule(step - change.clock.now() % step, DUE, DUE)

    def is_late(self, world: World, now: int) -> bool:
        """Whether a reading is to be taken that is due already."""
        step, last = interval_ms(world), _last(world)
        return bool(step and self.meter) and (last is None or last.at + step <= now)

    def catch_up(self, change: Change) -> None:
        """Takes every reading that is due. The first one is of the last full interval's end: the meters begin there, at 0."""
        step = interval_ms(change)
        if self.meter is None or not step:
            return
        now = change.clock.now() // step * step
        survey, name = self._survey(change)
        last = _last(change)
        if last is None:
            empty = array("q", bytes(8 * survey.width))
            last = Reading(uuid=str(now), at=now, elapsed=0, survey=name, numbers=packed(empty))
            change.put(last)
        at = max(last.at, now - _LATE * step)
        while at + step <= now:
            until = (at // step + 1) * step
            last = self._read(change, last, survey, name, at, until)
            at = until
        self._drop(change, now)

    def _survey(self, change: Change) -> tuple[Survey, str]:
        survey, name = self._surveyor.survey(change)
        if change.find(Surveyed, name) is None:
            change.put(Surveyed(uuid=name, survey=survey))
        return survey, name

    def _read(self, change: Change, last: Reading, survey: Survey, name: str, begin: int, end: int) -> Reading:
        assert self.meter is not None
        before = last.counters
        if last.survey != name:
            before = carried_over(before, change.get(Surveyed, last.survey).survey, survey)
        more = self.meter.used(change, survey, begin, end)
        numbers = packed(array("q", map(add, before, more)))
        reading = Reading(uuid=str(end), at=end, elapsed=last.elapsed + end - begin, survey=name, numbers=numbers)
        change.put(reading)
        if preference(change).aggregation_enabled:
            self._aggregate(change, last, reading, survey, more)
        return reading

    def _aggregate(self, change: Change, last: Reading, reading: Reading, survey: Survey, more: Sequence[int]) -> None:
        """Draws together what is complete now. Each tier gathers the samples of the one before it, the first the readings."""
        seconds = (reading.elapsed - last.elapsed) / 1000
        since, sample = last.at, None
        if last.at % LONG_MS == reading.at % LONG_MS == 0:
            sample = Rates(survey, reading.at, ([amount / seconds for amount in more],))
        for tier in TIERS:
            if sample is not None:
                self._gather(tier, since, sample, reading.survey)
            if reading.at % (tier * 1000):
                return
            drawn = self._complete(change, tier, reading, survey)
            rollup = rates.stored(change, drawn, tier, reading.survey) if drawn is not None else None
            sample = rates.read_back(change, rollup) if rollup is not None else None
            since = reading.at - tier * 1000

    def _gather(self, tier: int, since: int, sample: Rates, survey: str) -> None:
        """What does not follow what was gathered before it ends that: then all is drawn together from what is kept."""
        known = self._gathered.pop(tier, None)
        if since % (tier * 1000) == 0:
            self._gathered[tier] = Gathering.begun(since, sample, survey)
        elif known is not None and (known.latest, known.survey) == (since, survey):
            known.add(sample)
            self._gathered[tier] = known

    def _complete(self, change: Change, tier: int, reading: Reading, survey: Survey) -> Rates | None:
        known = self._gathered.pop(tier, None)
        whole = reading.at - tier * 1000, reading.at, reading.survey
        if known is not None and (known.since, known.latest, known.survey) == whole:
            return known.drawn_together(survey)
        return _drawn_together(change, reading, survey, tier)

    def _drop(self, change: Change, now: int) -> None:
        """What has been kept long enough."""
        oldest = now // LONG_MS * LONG_MS - KEPT_MS
        for reading in readings(change):
            if reading.at < (oldest if reading.at % LONG_MS == 0 else now - SHORT_KEPT_MS):
                change.remove(reading)
        for rollup in change.all(Rollup):
            if rollup.at < now - TIERS[rollup.seconds]:
                change.remove(rollup)
        _drop_surveys(change)

    def _forget(self, change: Change) -> None:
        """No monitor is on: counters begin anew with the next one. What was drawn together stays for its time."""
        for reading in readings(change):
            change.remove(reading)
        _drop_surveys(change)


def _drop_surveys(change: Change) -> None:
    told = {one.survey for one in change.all(Reading)} | {one.survey for one in change.all(Rollup)}
    for surveyed in change.all(Surveyed):
        if surveyed.uuid not in told:
            change.remove(surveyed)


def _last(world: World) -> Reading | None:
    found = readings(world)
    return found[-1] if found else None


def _drawn_together(change: Change, reading: Reading, survey: Survey, seconds: int) -> Rates | None:
    """The time up to a reading: the first tier from readings, each other from the tier before it. None: there is nothing of it."""
    begin, finer = reading.at - seconds * 1000, max((tier for tier in TIERS if tier < seconds), default=0)
    if finer:
        parts = [rates.read_back(change, one) for one in rollups(change, finer) if begin < one.at <= reading.at]
    else:
        grid = [one for one in readings(change) if begin <= one.at and one.at % LONG_MS == 0]
        parts = [one.rates(change) for one in rates.kept(grid)]
    return rates.drawn_together(parts, survey, reading.at) if parts else None


def rollups(world: World, seconds: int) -> list[Rollup]:
    """Those of a tier, oldest first."""
    return [one for one in world.all(Rollup) if one.seconds == seconds]
