"""Where a stepped clock begins."""

import time

import pytest

from openlpar.engine.clock import SimulationClock


def test_a_stepped_clock_begins_when_it_is_told_to_unless_it_has_been_later() -> None:
    def now(mode: str, start: int = 0) -> int:
        return SimulationClock(mode, time.time, time.monotonic, start).now()

    assert now("stepped:2040-01-02T08:00:00Z") == 2_209_104_000_000
    assert now("stepped:2000-01-01T00:00:00+00:00") == 946_684_800_000
    assert now("stepped:2000-01-01T00:00:00Z", 946_684_800_001) == 946_684_800_001
    assert SimulationClock("stepped:2040-01-02T08:00:00Z", time.time, time.monotonic).name == "stepped"


@pytest.mark.parametrize("moment", ["soon", "2040-01-02T08:00:00", "1960-01-01T00:00:00Z"])
def test_what_is_no_time(moment: str) -> None:
    with pytest.raises(ValueError, match="is no time such as"):
        SimulationClock(f"stepped:{moment}", time.time, time.monotonic)
