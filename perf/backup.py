"""Backups: what one costs on a large system, and a day of them."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from pathlib import Path

from perf.cases import Result
from perf.target import BIN, Running, generate, serving

_DAY_S = 86_400


def backups(work: Path) -> list[Result]:
    """CPU of the service for one backup of everything; a day of hourly ones, and what is left of it on the disk."""
    return [*_one(work), *_day(work)]


def _one(work: Path) -> list[Result]:
    data = _fresh(work, "backup")
    with serving(data, generate(work / "system-backup.yaml", 1000)) as running:
        _openlpar(running, "backup", "run")
        before = _cpu_s(running)
        _openlpar(running, "backup", "run")
        return [("backup of 1,000 partitions and 2 VIOSes, CPU of the service", _cpu_s(running) - before, "s", 1)]


def _day(work: Path) -> list[Result]:
    data = _fresh(work, "day")
    with serving(data, generate(work / "system-day.yaml", 200), clock="stepped") as running:
        begin = time.perf_counter()
        _openlpar(running, "step", str(_DAY_S))
        day_s = time.perf_counter() - begin
        sizes = []
        for _ in range(2):  # all names are there after the second day but for the daily ones
            _openlpar(running, "step", str(_DAY_S))
            sizes.append(_state_mb(data))
    return [
        ("24 simulated hours of 200 partitions, hourly backups", day_s, "s", 60),
        ("database after 3 such days", sizes[-1], "MB", 0),
        ("what the third of them added to it", sizes[-1] - sizes[0], "MB", 0.1),
    ]


def _fresh(work: Path, name: str) -> Path:
    data = work / f"data-{name}"
    shutil.rmtree(data, ignore_errors=True)
    return data


def _openlpar(running: Running, *words: str) -> None:
    environment = {**os.environ, "OPENLPAR_URL": running.http}
    subprocess.run([str(BIN / "openlpar"), *words], check=True, stdout=subprocess.DEVNULL, env=environment)


def _cpu_s(running: Running) -> float:
    """What the service has used so far."""
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _state_mb(data: Path) -> float:
    """The database with its log."""
    return sum(path.stat().st_size for path in data.glob("state.db*")) / 1e6
