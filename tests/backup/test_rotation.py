"""When backups are made, what they are called, and how many there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.ops.backup import rotation
from openlpar.ports.backups import next_regular
from tests.profile_bak.systems import GANNET

HOUR_MS = 3_600_000
TIMES = st.integers(0, 4_000_000_000_000)  # to the year 2096


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_names_are_those_of_the_tutorial() -> None:
    assert rotation.folder_of(GANNET) == "8247-21L*03212E3CA"
    listing = {
        "2016-05-30T00:15": "system_daily_30.bak",
        "2016-05-31T00:15": "system_daily_31.bak",
        "2016-06-01T00:15": "system_daily_01.bak",
        "2016-06-01T01:15": "system_hourly_01.bak",
        "2016-06-01T02:15": "system_hourly_02.bak",
    }
    for moment, name in listing.items():
        assert rotation.system_file(rotation.label_of(at(moment), at(moment))) == name
    assert rotation.vios_file(3, "hourly_02") == "vios_3_hourly_02.viosbr.tar.gz"


@pytest.mark.parametrize(
    "text", ["", "daily_00", "daily_32", "hourly_24", "hourly_1", "hourly_01\n", "../x", "weekly_01"]
)
def test_what_is_no_label(text: str) -> None:
    assert not rotation.is_label(text)


@given(TIMES)
def test_the_next_one_is_within_an_hour_at_a_quarter_past(now: int) -> None:
    following = rotation.next_after(now)
    assert now < following <= now + HOUR_MS
    assert following % HOUR_MS == rotation.MINUTE * 60_000
    assert rotation.is_label(rotation.label_of(following, following))


@given(TIMES, st.lists(st.integers(0, 200) | st.just(0), max_size=120))
def test_any_run_with_any_pauses_keeps_a_bounded_number_and_the_newest(begin: int, pauses: list[int]) -> None:
    """pauses: hours for which nothing runs after each backup. What is due meanwhile is made once, when it runs again."""
    kept: dict[str, int] = {}
    scheduled = rotation.next_after(begin)
    runs: list[int] = []
    for pause in pauses:
        now = max(scheduled, scheduled + pause * HOUR_MS)
        kept[rotation.label_of(now, scheduled)] = now
        runs.append(now)
        scheduled = rotation.next_after(now)
    assert sum(name.startswith("hourly") for name in kept) <= 23
    assert sum(name.startswith("daily") for name in kept) <= 31
    if runs:
        assert max(kept.values()) == runs[-1], "the newest is always there"
    last_day = [run for run in runs if run > (runs[-1] if runs else 0) - 23 * HOUR_MS]
    assert set(last_day) <= set(kept.values()), "and so are all of the last 23 hours"
    days = [datetime.fromtimestamp(run / 1000, UTC).date() for run in runs]
    dailies = {datetime.fromtimestamp(kept[name] / 1000, UTC).date() for name in kept if name.startswith("daily")}
    recent = {day for day in days if days[0] < day > days[-1] - timedelta(days=28)}
    assert recent <= dailies, "each day after the first has its daily one, be it late"


@pytest.mark.parametrize(
    ("frequency", "now", "expected"),
    [
        ("daily", "2016-06-02T21:05:57", "2016-06-03T00:00"),
        ("daily", "2016-06-03T00:00", "2016-06-04T00:00"),
        ("weekly", "2016-06-02T21:05:57", "2016-06-05T00:00"),  # a Sunday
        ("weekly", "2016-06-05T00:00", "2016-06-12T00:00"),
        ("monthly", "2016-06-02T21:05:57", "2016-07-01T00:01"),
        ("monthly", "2016-12-31T23:59", "2017-01-01T00:01"),
    ],
)
def test_regular_backups_of_a_virtual_io_server(frequency: str, now: str, expected: str) -> None:
    assert next_regular(frequency, at(now)) == at(expected)
