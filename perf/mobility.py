"""Partition mobility: many partitions that move at the same time from one server to another, over TLS."""

from __future__ import annotations

import hashlib
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

from perf.cases import Result
from perf.network import _cpu_s
from perf.target import BIN, Client, Running, serving

COUNT = 100
_SYSTEMS = ("gannet", "212E3CA", COUNT), ("osprey", "212F4DB", 0)


def _inventory(name: str, serial: str, partitions: int) -> Iterator[str]:
    """Half of the partitions run. Each has a network adapter and is lent a disk of the SAN."""
    limits = f"max_active_migrations: {COUNT}, max_inactive_migrations: {COUNT}"
    yield "openlpar: 1"
    yield "ManagedSystem:"
    yield f"- {{system_name: {name}, mtms: {{machine_type: 8247, model: 21L, serial: {serial}}},"
    yield f"   memory_config: {{memory_total: 524288}}, proc_config: {{proc_units: 40}}, migration_info: {{{limits}}}}}"
    yield "VirtualSwitch: [{switch_id: 0, name: ETHERNET0}]"
    yield "LogicalPartition:"
    yield "- {id: 1, name: novalink, state: running, is_mgmt_partition: true, mem_config: {desired: 2048}}"
    for number in range(partitions):
        state = "running" if number % 2 else "not activated"
        yield f"- {{id: {10 + number}, name: vm{number}, state: {state}, mem_config: {{desired: 1024}}}}"
    yield "VirtualIOServer:"
    yield "- {id: 2, name: vios1, state: running, is_mover_service_partition: true, io_config: {max_virtual_slots: 2000}}"
    yield "PhysicalVolume:"
    for disk in range(COUNT):
        yield f"- {{parent: vios1, name: hdisk{disk}, udid: 01SAN-{disk}, capacity: 20480, is_fc_backed: true}}"
    yield "ClientNetworkAdapter:"
    yield "- {parent: vios1, slot: 3, pvid: 1, trunk_pri: 1, vswitch_uri: [ETHERNET0]}"
    for number in range(partitions):
        yield f"- {{parent: vm{number}, slot: 4, pvid: 1, vswitch_uri: [ETHERNET0]}}"
    yield "VirtualSCSIMapping:" + ("" if partitions else " []")
    for number in range(partitions):
        yield (
            f"- {{parent: vios1, client_lpar_href: vm{number}, client_adapter: {{lpar_slot_num: 5}}, "
            f"server_adapter: {{vios_slot_num: {100 + number}}}, "
            f"backing_storage: {{physical_volume: {{name: hdisk{number}}}}}}}"
        )


def _started(work: Path, name: str, serial: str, partitions: int) -> AbstractContextManager[Running]:
    system, data = work / f"{name}.yaml", work / f"data-{name}"
    system.write_text("\n".join(_inventory(name, serial, partitions)) + "\n")
    shutil.rmtree(data, ignore_errors=True)
    return serving(data, system)


def _trust(here: Running, there: Running) -> None:
    certificate = ssl.PEM_cert_to_DER_cert((there.data / "tls" / "cert.pem").read_text())
    command = [str(BIN / "openlpar"), "trust", there.https, "--url", here.http, "--own-url", here.https]
    command += ["--fingerprint", hashlib.sha256(certificate).hexdigest()]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _partitions(client: Client) -> list[str]:
    feed = client.request("GET", "/rest/api/uom/LogicalPartition/quick/All").decode()
    return re.findall(r'"UUID":"([^"]+)","PartitionName":"vm\d', feed)


def migrations(work: Path) -> list[Result]:
    """All partitions of one server move to the other at the same time."""
    with ExitStack() as stack:
        here, there = (
            stack.enter_context(_started(work, name, serial, partitions)) for name, serial, partitions in _SYSTEMS
        )
        _trust(here, there)
        client = Client(here.http)
        uuids = _partitions(client)
        cpu = [_cpu_s(side.process.pid) for side in (here, there)]
        begin = time.perf_counter()
        jobs = [client.job(uuid, "Migrate", {"TargetManagedSystemName": _SYSTEMS[1][0]}) for uuid in uuids]
        for job in reversed(jobs):  # the last one is done last, about
            while (status := client.job_status(job)) in ("NOT_STARTED", "RUNNING"):
                time.sleep(0.02)
            assert status == "COMPLETED_OK", client.request("GET", f"/rest/api/uom/jobs/{job}").decode()
        wall = time.perf_counter() - begin
        used = [_cpu_s(side.process.pid) - before for side, before in zip((here, there), cpu, strict=True)]
        assert len(_partitions(Client(there.http))) == COUNT
    return [
        (f"{COUNT} simultaneous migrations, half of them active", wall, "s", 1),
        ("… processor time where they leave", used[0], "s", 0),
        ("… processor time where they arrive", used[1], "s", 0),
    ]
