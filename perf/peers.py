"""The peers, run the way ``docs/reference/performance.md`` tells, each in an environment of its own below ``.perf``."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from openlpar.client.http import Transport
from perf.target import best

Peer = dict[str, float]
"""Case to value, in the units of ``cases``."""


def _venv(work: Path, name: str, *packages: str) -> Path:
    """The Python of an environment with these packages, made when it is missing."""
    home = work / f"venv-{name}"
    python = home / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "-q", *packages], check=True)
    return python


def virsh(work: Path, count: int) -> Peer:
    """libvirt's test driver, loaded from a file at each call."""
    if shutil.which("virsh") is None:
        return {}
    file = work / f"test-{count}.xml"
    domains = "".join(
        f"<domain type='test'><name>vm{i:05d}</name><uuid>00000000-0000-4000-8000-{i:012x}</uuid>"
        "<memory>1048576</memory><vcpu>1</vcpu><os><type>hvm</type></os></domain>"
        for i in range(count)
    )
    file.write_text(f"<node>{domains}</node>")
    return {"list": best(3, ["virsh", "-c", f"test://{file}", "list", "--all"])}


_ZHMC = """
import sys, time, zhmcclient
from zhmcclient.mock import FakedSession
n = int(sys.argv[1])
d = {"hmc_definition": {"host": "h", "api_version": "4.10",
     "consoles": [{"properties": {"name": "HMC1", "version": "2.16.0"}}],
     "cpcs": [{"properties": {"object-id": "c1", "name": "C1", "dpm-enabled": True, "status": "active"},
               "partitions": [{"properties": {"object-id": f"p{i}", "name": f"P{i:05d}", "status": "stopped",
                "type": "linux", "ifl-processors": 1, "initial-memory": 4096, "maximum-memory": 4096}} for i in range(n)]}]}}
a = time.perf_counter(); s = FakedSession.from_hmc_dict(d, userid="u", password="p"); load = time.perf_counter() - a
cpc = zhmcclient.Client(s).cpcs.find(name="C1")
a = time.perf_counter(); cpc.partitions.list(); listed = time.perf_counter() - a
print(load, listed)
"""


def zhmcclient(work: Path, count: int) -> Peer:
    """zhmcclient's mock: in process, no HTTP, nothing kept."""
    python = _venv(work, "zhmc", "zhmcclient==1.26.0")
    out = subprocess.run([str(python), "-c", _ZHMC, str(count)], check=True, capture_output=True, text=True).stdout
    load, listed = map(float, out.split())
    return {"ready": load, "list": listed}


def sushy(work: Path, count: int) -> Peer:
    """sushy-tools' fake driver behind its own HTTP server."""
    python = _venv(work, "sushy", "sushy-tools==2.2.0", "setuptools<80")
    home = work / f"sushy-{count}"
    shutil.rmtree(home, ignore_errors=True)
    (home / "state").mkdir(parents=True)
    systems = "".join(
        f"{{'uuid':'00000000-0000-0000-0000-{i + 1:012x}','name':'n{i:05d}','power_state':'Off',"
        "'external_notifier':False,'nics':[]},"
        for i in range(count)
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = home / "sushy.conf"
    config.write_text(
        f"SUSHY_EMULATOR_LISTEN_IP='127.0.0.1'\nSUSHY_EMULATOR_LISTEN_PORT={port}\nSUSHY_EMULATOR_STATE_DIR='state'\n"
        f"SUSHY_EMULATOR_FAKE_SYSTEMS=[{systems}]\n"
    )
    begin = time.perf_counter()
    command = [str(python.parent / "sushy-emulator"), "--config", str(config), "--fake"]
    process = subprocess.Popen(command, cwd=home, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}/redfish/v1/Systems"
    try:
        _wait_for(url, 120)
        ready = time.perf_counter() - begin
        one = f"{url}/00000000-0000-0000-0000-000000000001"
        rate = 0.0
        if shutil.which("hey"):
            text = subprocess.run(
                ["hey", "-n", "500", "-c", "8", one], check=True, capture_output=True, text=True
            ).stdout
            rate = float(text.split("Requests/sec:")[1].split()[0])
        transport = Transport(f"http://127.0.0.1:{port}")
        begin = time.perf_counter()
        for number in range(50):
            reset = f"/redfish/v1/Systems/00000000-0000-0000-0000-{number + 1:012x}/Actions/ComputerSystem.Reset"
            given = {"Content-Type": "application/json"}
            answer = transport.request("POST", reset, given, b'{"ResetType":"On"}')
            assert answer.status < 300, answer
        return {"ready": ready, "get": rate, "power": 50 / (time.perf_counter() - begin)}
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, limit_s: float) -> None:
    end = time.perf_counter() + limit_s
    while time.perf_counter() < end:
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(url)


_PYPOWERVM = """
import os, sys, time
os.environ["NO_PROXY"] = "*"
from urllib.parse import urlsplit
import pypowervm.adapter as adp, pypowervm.wrappers.logical_partition as lp
url = urlsplit(sys.argv[1])
adapter = adp.Adapter(adp.Session(url.hostname, protocol="http", port=url.port, conn_tries=1))
for lpar in lp.LPAR.get(adapter):
    print(lpar.name, lpar.id, lpar.state, lpar.env, lpar.ref_code, lpar.mem_config.current)
"""


def pypowervm_script(url: str, python: Path) -> float:
    """The same listing by a pypowervm script, as a whole command (seconds)."""
    return best(3, [str(python), "-c", _PYPOWERVM, url])
