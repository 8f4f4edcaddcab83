"""The simulated time, made from the real one that is passed in.

Modes: ``real``; ``scaled:N`` (N simulated seconds in one); ``immediate`` (what is scheduled is due at once);
``stepped`` (time stands still until it is stepped), ``stepped:2040-01-02T08:00:00Z`` (it begins then, and not today).
The simulated time never runs backwards, across restarts too: the store keeps its last value.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime


def moment_s(text: str) -> float:
    """Seconds since 1970 of ``2040-01-02T08:00:00Z``. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = datetime.min
    if moment.tzinfo is None or moment.timestamp() < 0:
        raise ValueError(f"{text!r} is no time such as 2040-01-02T08:00:00Z")
    return moment.timestamp()


class SimulationClock:
    """Milliseconds since 1970 of the managed system."""

    def __init__(self, mode: str, wall: Callable[[], float], ticks: Callable[[], float], start: int = 0) -> None:
        """mode as above; wall, ticks: seconds since 1970 and monotonic seconds (``time.time``, ``time.monotonic``);
        start: the earliest time to begin with. Raises ValueError for an unknown mode."""
        self.mode, _, setting = mode.partition(":")
        if self.mode not in ("real", "scaled", "immediate", "stepped"):
            raise ValueError(f"clock mode {mode!r} is not one of real, scaled:N, immediate, stepped")
        try:
            self._factor = float(setting) if self.mode == "scaled" else 1.0
        except ValueError:
            raise ValueError(f"clock mode {mode!r}: write scaled:N with a number N above 0") from None
        if self._factor <= 0:
            raise ValueError(f"clock mode {mode!r}: the factor must be above 0")
        begin_s = moment_s(setting) if self.mode == "stepped" and setting else wall()
        self._ticks = ticks
        self._origin = ticks()
        self._start = max(start, int(begin_s * 1000))
        self._stepped = 0
        self._last = self._start

    @property
    def name(self) -> str:
        return f"scaled:{self._factor:g}" if self.mode == "scaled" else self.mode

    def now(self) -> int:
        if self.mode == "stepped":
            return self._start + self._stepped
        elapsed = (self._ticks() - self._origin) * 1000 * self._factor
        self._last = max(self._last, self._start + int(elapsed) + self._stepped)
        return self._last

    def stretch(self, delay_ms: int) -> int:
        """How long a delay lasts, which is how far ahead it is scheduled."""
        return 0 if self.mode == "immediate" else delay_ms

    def step(self, delay_ms: int) -> None:
        """Moves a stepped clock ahead (others too: they then run ahead of the wall)."""
        self._stepped += max(0, delay_ms)

    def wall_seconds(self, until: int) -> float | None:
        """Real seconds until a simulated time; None when it does not come by itself."""
        if self.mode == "stepped":
            return None if until > self.now() else 0.0
        return max(0.0, (until - self.now()) / 1000 / self._factor)
