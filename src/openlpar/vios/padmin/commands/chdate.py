"""chdate: sets the Virtual I/O Server's clock and time zone."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from collections.abc import Iterator

from openlpar.vios.padmin import cron
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, Value, form, may
from openlpar.vios.padmin.refusal import Refusal, Status

_STAMP = re.compile(r"(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<year>\d{4}|\d\d)?")


class Chdate(Command, name="chdate", group="System"):
    """Displays or changes the date, time and time zone."""

    stamp = Operand("mmddHHMM[YYyy | yy]", "month, day, hour, minute and year")
    year = Value("-year", "YYyy", "the year")
    month = Value("-month", "mm", "the month")
    day = Value("-day", "dd", "the day of the month")
    hour = Value("-hour", "HH", "the hour, 0 to 23")
    minute = Value("-minute", "MM", "the minute")
    timezone = Value("-timezone", "TZ", "the time zone, for example CST6CDT")

    @form(stamp, may(timezone))
    @form(may(year), may(month), may(day), may(hour), may(minute), may(timezone))
    def change(self) -> Iterator[str]:
        if self.timezone:
            self._set_zone()
        if self.stamp:
            match = _STAMP.fullmatch(self.stamp)
            if match is None:
                raise Refusal(Status.SYNTAX, f'"{self.stamp}" is not a date. Use mmddHHMM, with the year behind it.')
            wanted = {name: int(text) for name, text in match.groupdict().items() if text}
            if wanted.get("year", 1000) < 100:
                wanted["year"] += 1900 if wanted["year"] >= 70 else 2000
        else:
            wanted = {
                name: self._number(name) for name in ("year", "month", "day", "hour", "minute") if self.given.get(name)
            }
        if wanted:
            self._set_clock(wanted)
        if wanted or self.timezone:
            cron.plan(self.server)
        yield f"{self.server.now:%a %b %e %H:%M:%S %Z %Y}"

    def _number(self, name: str) -> int:
        text: str = self.given[name]
        if not text.isdecimal():
            raise Refusal(Status.SYNTAX, f'-{name} "{text}" is not a number.')
        return int(text)

    def _set_zone(self) -> None:
        try:
            zoneinfo.ZoneInfo(self.timezone)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            raise Refusal(
                Status.SYNTAX, f'Time zone "{self.timezone}" is not known. Use one such as CST6CDT or Europe/Berlin.'
            ) from None
        self.server.keep_text("timezone", self.timezone)

    def _set_clock(self, wanted: dict[str, int]) -> None:
        now = self.server.now
        try:
            then = now.replace(second=0, **wanted) if wanted else now  # type: ignore[arg-type]  # tzinfo is not among them
        except ValueError as error:
            raise Refusal(Status.SYNTAX, f"There is no such time: {error}.") from error
        if not 1970 <= then.year <= 2105:
            raise Refusal(Status.SYNTAX, f"The year {then.year} is not valid. Use one from 1970 to 2105.")
        offset = self.server.settings.clock_offset_s + round((then - now) / datetime.timedelta(seconds=1))
        self.server.keep(clock_offset_s=offset)
