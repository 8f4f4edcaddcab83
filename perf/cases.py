"""What is measured of OpenLPAR, each with its budget."""

from __future__ import annotations

import multiprocessing
import re
import shutil
import statistics
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perf.target import BIN, Client, Running, best, generate, serving

_FEED = "/rest/api/uom/LogicalPartition?group=None"

Result = tuple[str, float, str, float]
"""(case, value, unit, budget)"""


def sizes(work: Path, partitions: int) -> list[Result]:
    """Start, restart, listing and memory with many partitions."""
    data = work / f"data-{partitions}"
    shutil.rmtree(data, ignore_errors=True)
    system = generate(work / f"system-{partitions}.yaml", partitions)
    label = f"{partitions:,}"
    small = partitions <= 1000
    results: list[Result] = []
    with serving(data, system) as running:
        results.append((f"ready with {label} partitions", running.ready_s, "s", 1 if small else 6))
        env = {"OPENLPAR_URL": running.http}
        listing = [str(BIN / "pvmctl"), "lpar", "list"]
        rows = subprocess.run(listing, check=True, capture_output=True, text=True, env={**_environ(), **env}).stdout
        assert len(rows.splitlines()) >= partitions, rows[-500:]
        results.append((f"pvmctl lpar list, {label}", best(5, listing, env), "s", 0.25 if small else 1.2))
        client = Client(running.http)
        begin = time.perf_counter()
        feed = client.request("GET", _FEED)
        results.append((f"first LogicalPartition feed, {label}", time.perf_counter() - begin, "s", 0))
        again = min(_timed(client) for _ in range(5))
        results.append((f"LogicalPartition feed again, {label}", again, "s", 0.06 if small else 0))
        results.append((f"size of that feed, {label}", len(feed) / 1e6, "MB", 0))
        results.append((f"memory of the service, {label}", running.rss_mib(), "MiB", 0 if small else 300))
    with serving(data) as running:
        results.append((f"restart with {label}", running.ready_s, "s", 2))
        results.append((f"memory after the restart, {label}", running.rss_mib(), "MiB", 0 if small else 300))
    return results


def _timed(client: Client) -> float:
    begin = time.perf_counter()
    client.request("GET", _FEED)
    return time.perf_counter() - begin


def _environ() -> dict[str, str]:
    import os

    return dict(os.environ)


def commands() -> list[Result]:
    return [
        ("pvmctl --version", best(7, [str(BIN / "pvmctl"), "--version"]), "s", 0.08),
        ("pvmctl --help", best(7, [str(BIN / "pvmctl"), "--help"]), "s", 0.08),
    ]


def reads(running: Running) -> list[Result]:
    """One partition read over and over by 16 keep-alive connections (``hey``)."""
    client = Client(running.http)
    uuid = client.create_partition("perf-read")
    url = f"{running.http}/rest/api/uom/LogicalPartition/{uuid}?group=None"
    command = ["hey", "-n", "8000", "-c", "16", "-H", f"X-API-Session: {client.token}", "-disable-compression", url]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])  # type: ignore[index]
    p99 = float(re.search(r"99% in ([\d.]+) secs", text)[1]) * 1000  # type: ignore[index]
    assert "[200]\t8000" in text, text
    return [("GET of one partition, 16 connections", rate, "/s", 2000), ("its 99th percentile", p99, "ms", 20)]


def _together(work: Callable[[Client, list[str]], None], url: str, shares: list[list[str]]) -> float:
    """Seconds in which processes, one per share, do their work; all are logged on before the clock starts."""
    context = multiprocessing.get_context("fork")
    barrier = context.Barrier(len(shares) + 1)

    def run(share: list[str]) -> None:
        client = Client(url)
        barrier.wait()
        work(client, share)

    processes = [context.Process(target=run, args=(share,)) for share in shares]
    for process in processes:
        process.start()
    barrier.wait()
    begin = time.perf_counter()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    return time.perf_counter() - begin


def _create(client: Client, names: list[str]) -> None:
    for name in names:
        client.create_partition(name)


def changes(running: Running) -> list[Result]:
    """Durable creates by 8 clients, then a boot storm of what they made."""
    per_client, clients = 75, 8
    lists = [[f"perf-{c}-{n}" for n in range(per_client)] for c in range(clients)]
    created = per_client * clients / _together(_create, running.http, lists)
    client = Client(running.http)
    feed = client.request("GET", "/rest/api/uom/LogicalPartition/quick/All").decode()
    uuids = re.findall(r'"UUID":"([^"]+)","PartitionName":"perf-\d', feed)[:400]
    powered = len(uuids) / _together(_power_on, running.http, [uuids[i::4] for i in range(4)])
    return [
        ("durable creates, 8 clients", created, "/s", 300),
        ("power-on jobs to completion, 4 clients", powered, "/s", 500),
    ]


def _power_on(client: Client, uuids: list[str]) -> None:
    jobs = [client.power_on(uuid) for uuid in uuids]
    for job in jobs:
        while client.job_status(job) in ("NOT_STARTED", "RUNNING"):
            time.sleep(0.002)
        assert client.job_status(job) == "COMPLETED_OK"


def events(running: Running) -> list[Result]:
    """From the answer to a change until a waiting client has its event."""
    waiting, changing = Client(running.http), Client(running.http)
    path = "/rest/api/uom/Event?QUEUE_CLIENTKEY_METHOD=USE_APPLICATIONID&QUEUE_APPLICATIONID=cafe"
    waiting.request("GET", path)
    delays = []
    for number in range(20):
        seen: list[float] = []

        def wait(seen: list[float] = seen) -> None:
            waiting.request("GET", path)
            seen.append(time.perf_counter())

        thread = threading.Thread(target=wait)
        thread.start()
        time.sleep(0.05)
        changing.create_partition(f"perf-event-{number}")
        answered = time.perf_counter()
        thread.join()
        delays.append((seen[0] - answered) * 1000)
    return [("event seen after the answer, median", max(0.0, statistics.median(delays)), "ms", 10)]


LIVE: tuple[Callable[[Any], list[Result]], ...] = (reads, changes, events)
