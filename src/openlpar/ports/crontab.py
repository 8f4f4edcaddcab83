"""The crontab of a Virtual I/O Server: which command lines it runs by itself, and when.

Each line has five fields and a command: minutes, hours, days of the month, months, and days of the week from 0 for Sunday. A
field is ``*``, or numbers and ranges (``1,5-7``). Where both kinds of days are told, either is enough. Lines that begin with # are
remarks. Times are those of the server's own clock, in its time zone.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from openlpar.ports.records import ViosSettings

CRONTAB = "crontab"
"""Among the texts of ViosSettings; and what a Due is called that runs lines of it."""
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6))
_FARTHEST_DAYS = 8 * 366 + 1  # the next 29 February


@dataclass(frozen=True, slots=True)
class Entry:
    """A line. days, weekdays: those that are told; None for any."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int] | None
    months: frozenset[int]
    weekdays: frozenset[int] | None
    command: str

    def is_on(self, day: datetime) -> bool:
        by_month, by_week = self.days is not None, self.weekdays is not None
        in_month = self.days is None or day.day in self.days
        in_week = self.weekdays is None or day.isoweekday() % 7 in self.weekdays
        fits = in_month or in_week if by_month and by_week else in_month and in_week
        return day.month in self.months and fits

    def is_at(self, moment: datetime) -> bool:
        return moment.minute in self.minutes and moment.hour in self.hours and self.is_on(moment)

    def moments(self, day: datetime) -> Iterator[datetime]:
        """Of a day, in their order."""
        if self.is_on(day):
            for hour in sorted(self.hours):
                for minute in sorted(self.minutes):
                    yield day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def parsed(text: str) -> list[Entry]:
    """Raises ValueError with the line and what is wrong with it."""
    return [_entry(line) for line in map(str.strip, text.splitlines()) if line and not line.startswith("#")]


def local(settings: ViosSettings, now: int) -> datetime:
    """A time of the managed system (ms since 1970) as the server's own clock shows it."""
    zone = zoneinfo.ZoneInfo(settings.texts.get("timezone", "UTC"))
    return datetime.fromtimestamp(now // 1000 + settings.clock_offset_s, zone)


def next_run(settings: ViosSettings, now: int) -> int | None:
    """When the next line is to be run, ms since 1970 of the managed system; None for never."""
    begin = local(settings, now)
    times = [moment for entry in parsed(settings.texts.get(CRONTAB, "")) if (moment := _next(entry, begin)) is not None]
    return int(min(times).timestamp() - settings.clock_offset_s) * 1000 if times else None


def _next(entry: Entry, begin: datetime) -> datetime | None:
    for number in range(_FARTHEST_DAYS):
        for moment in entry.moments(begin + timedelta(days=number)):
            if moment > begin:
                return moment
    return None


def _entry(line: str) -> Entry:
    words = line.split(None, len(_FIELDS))
    if len(words) <= len(_FIELDS):
        raise ValueError(f'"{line}" has {len(words)} words; five fields of times and a command are needed')
    minutes, hours, days, months, weekdays = (
        _numbers(word, *field) for word, field in zip(words, _FIELDS, strict=False)
    )
    told = [None if word == "*" else numbers for word, numbers in ((words[2], days), (words[4], weekdays))]
    return Entry(minutes, hours, told[0], months, told[1], words[-1])


def _numbers(text: str, name: str, lowest: int, highest: int) -> frozenset[int]:
    if text == "*":
        return frozenset(range(lowest, highest + 1))
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not all(number.isascii() and number.isdecimal() and len(number) < 3 for number in (first, last or first)):
            raise ValueError(f'"{text}" is no {name}')
        numbers = range(int(first), int(last or first) + 1)
        if not numbers or numbers[0] < lowest or numbers[-1] > highest:
            raise ValueError(f'"{text}" is no {name}: it goes from {lowest} to {highest}')
        found.update(numbers)
    return frozenset(found)
