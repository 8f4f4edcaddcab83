"""What it costs to measure partitions, as CPU time of the server."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

from openlpar.client.admin import Administration
from perf.cases import Result
from perf.target import Running, generate, serving

_TICKS = os.sysconf("SC_CLK_TCK")


def metrics(work: Path) -> list[Result]:
    """Readings of 1,000 partitions, a scrape of them, and a day of 200."""
    with serving(
        _fresh(work / "data-metrics"), generate(work / "system-metrics.yaml", 1000), clock="stepped"
    ) as running:
        service = Administration(running.http)
        service.send("PUT", "/monitors", {"ltm_enabled": True, "aggregation_enabled": True})
        # A minute into the next hour: backups come a quarter past.
        service.send("POST", "/clock/step", {"seconds": 3660 - int(time.time()) % 3600})
        dearest = max(_ran_s(running, service) for _ in range(20))
        read = _cpu(running, service, "POST", "/clock/step", {"seconds": 2700})
        scrape = _cpu(running, service, "GET", "/metrics")
    results: list[Result] = [
        ("reading of 1,000 partitions, CPU, average of 45 minutes", read / 90 * 1000, "ms", 50),
        ("… the dearest of 20, two with five-minute averages", dearest * 1000, "ms", 50),
        ("scrape of 1,000 partitions, CPU", scrape * 1000, "ms", 0),
    ]
    data = _fresh(work / "data-day")
    with serving(data, _diurnal(work / "system-day.yaml", 200), clock="stepped") as running:
        service = Administration(running.http)
        service.send("PUT", "/monitors", {"ltm_enabled": True, "aggregation_enabled": True})
        service.send("POST", "/clock/step", {"seconds": 12 * 3600})
        half = _size(data)
        day = 2 * _cpu(running, service, "POST", "/clock/step", {"seconds": 12 * 3600})
        whole = _size(data)
    results.append(("24 hours of 200 partitions, diurnal load, CPU", day, "s", 60))
    results.append(("state after them", whole / 1e6, "MB", 0))
    results.append(("state after 24 hours, by that after 12", whole / half, "x", 1.25))
    return results


def _fresh(data: Path) -> Path:
    shutil.rmtree(data, ignore_errors=True)
    return data


def _diurnal(path: Path, partitions: int) -> Path:
    generate(path, partitions)
    path.write_text(path.read_text() + "workload: [{partition: 'vm*', kind: diurnal}]\n")
    return path


def _size(data: Path) -> int:
    return (data / "state.db").stat().st_size


def _cpu(running: Running, service: Administration, method: str, path: str, content: Any = None) -> float:
    """Seconds of CPU that the server takes for a request."""
    before = _used(running)
    if method == "GET":
        service.text(path)
    else:
        service.send(method, path, content)
    return _used(running) - before


def _ran_s(running: Running, service: Administration) -> float:
    """Seconds of CPU for the next reading alone, which is too short for the clock ticks of ``_cpu``."""

    def ran() -> float:
        tasks = Path(f"/proc/{running.process.pid}/task").glob("*/schedstat")
        return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9

    before = ran()
    service.send("POST", "/clock/step", {"seconds": 30})
    return ran() - before


def _used(running: Running) -> float:
    fields = Path(f"/proc/{running.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS
