"""OpenLPAR under measurement: servers started as users start them, and small clients that cost little themselves."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openlpar.client.http import Transport

BIN = Path(sys.executable).parent
WEB = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"
UOM = "http://www.ibm.com/xmlns/systems/power/firmware/uom/mc/2012_10/"


@dataclass
class Running:
    """A server and how long it took to be ready (seconds)."""

    process: subprocess.Popen[str]
    http: str
    https: str
    data: Path
    ready_s: float

    def rss_mib(self) -> float:
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return int(found[1]) / 1024 if found else 0.0

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)


@contextlib.contextmanager
def serving(data: Path, system: Path | None = None, *, clock: str = "immediate") -> Iterator[Running]:
    """A server, on a clock of its own."""
    command = [str(BIN / "openlpar"), "serve", "--data", str(data), "--http", "127.0.0.1:0", "--https", "127.0.0.1:0"]
    command += ["--clock", clock] + (["--system", str(system)] if system else [])
    begin = time.perf_counter()
    with (data.parent / "serve.log").open("a") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"the server did not start; see {data.parent}/serve.log")
    at = json.loads(line)
    running = Running(process, at["http"], at["https"], data, time.perf_counter() - begin)
    try:
        yield running
    finally:
        running.stop()


class Client:
    """A logged-on keep-alive client without any XML library."""

    def __init__(self, url: str) -> None:
        self._transport = Transport(url)
        body = (
            f'<LogonRequest xmlns="{WEB}"><UserID>perf</UserID>'
            "<GenerateX-API-SessionFile>true</GenerateX-API-SessionFile></LogonRequest>"
        )
        answer = self.request("PUT", "/rest/api/web/Logon", body)
        found = re.search(r"<X-API-SessionFile[^>]*>([^<]*)<", answer.decode())
        assert found, answer
        self.token = Path(found[1]).read_text()

    def request(self, method: str, path: str, body: str | None = None) -> bytes:
        given = {"X-API-Session": getattr(self, "token", "")}
        answer = self._transport.request(method, path, given, body.encode() if body else None)
        if answer.status >= 300:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:400]!r}")
        return answer.body

    def create_partition(self, name: str) -> str:
        body = (
            f'<LogicalPartition xmlns="{UOM}"><PartitionMemoryConfiguration><DesiredMemory>256</DesiredMemory>'
            f"</PartitionMemoryConfiguration><PartitionName>{name}</PartitionName><PartitionProcessorConfiguration>"
            "<SharedProcessorConfiguration><DesiredProcessingUnits>0.05</DesiredProcessingUnits>"
            "<DesiredVirtualProcessors>1</DesiredVirtualProcessors></SharedProcessorConfiguration>"
            "</PartitionProcessorConfiguration><PartitionType>AIX/Linux</PartitionType></LogicalPartition>"
        )
        answer = self.request("PUT", "/rest/api/uom/LogicalPartition", body).decode()
        found = re.search(r"<PartitionUUID[^>]*>([^<]*)<", answer)
        assert found
        return found[1]

    def power_on(self, uuid: str) -> str:
        return self.job(uuid, "PowerOn", {})

    def job(self, uuid: str, operation: str, parameters: dict[str, str]) -> str:
        """Submits a job of a partition; returns its number."""
        given = "".join(
            f"<JobParameter><ParameterName>{name}</ParameterName><ParameterValue>{value}</ParameterValue></JobParameter>"
            for name, value in parameters.items()
        )
        body = (
            f'<JobRequest xmlns="{WEB}"><RequestedOperation><OperationName>{operation}</OperationName>'
            "<GroupName>LogicalPartition</GroupName></RequestedOperation>"
            f"<JobParameters>{given}</JobParameters></JobRequest>"
        )
        answer = self.request("PUT", f"/rest/api/uom/LogicalPartition/{uuid}/do/{operation}", body).decode()
        found = re.search(r"<JobID[^>]*>([^<]*)<", answer)
        assert found
        return found[1]

    def job_status(self, job: str) -> str:
        found = re.search(r"<Status[^>]*>([^<]*)<", self.request("GET", f"/rest/api/uom/jobs/{job}").decode())
        assert found
        return found[1]


def generate(path: Path, partitions: int) -> Path:
    """An inventory file that makes that many partitions."""
    path.write_text(f"openlpar: 1\ngenerate: {{systems: 1, partitions: {partitions}, vioses: 2, seed: 7}}\n")
    return path


def best(runs: int, measured: list[str], env: dict[str, str] | None = None) -> float:
    """Best wall time in seconds of a whole command."""
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        subprocess.run(measured, check=True, stdout=subprocess.DEVNULL, env={**os.environ, **(env or {})})
        times.append(time.perf_counter() - begin)
    return min(times)
