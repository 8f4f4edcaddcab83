"""VLANs on network bridges: what one costs the server where there are many bridges and trunk adapters."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openlpar.cli.pvmctl.objects.bridge_vlans import change_vlans
from openlpar.client.connection import Connection
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import NetworkBridge
from perf.cases import Result
from perf.target import Running, serving

BRIDGES = 10
TRUNKS = 100
ROUNDS = 5
_TAGS = 18
_PER_SEA = TRUNKS // BRIDGES // 2


def _inventory() -> Iterator[str]:
    """Ten bridges over two servers; each has a primary trunk and further ones with additional VLANs on either."""
    yield "openlpar: 1"
    yield "VirtualSwitch: [{switch_id: 0, name: ETHERNET0}]"
    yield "LogicalPartition:"
    yield "- {id: 1, name: novalink, state: running, is_mgmt_partition: true, mem_config: {desired: 2048}}"
    yield "VirtualIOServer:"
    for number in (1, 2):
        yield f"- name: vios{number}"
        yield "  state: running"
        yield "  io_config: {max_virtual_slots: 2000}"
        yield "  free_eth_devs_for_sea:"
        for port in range(BRIDGES):
            yield f"  - {{ethernet_device: {{dev_name: ent{port}, phys_loc_code: P{number}-C1-T{port + 1}}}}}"
    yield "ClientNetworkAdapter:"
    for number in (1, 2):
        for slot, (_, pvid, tags) in enumerate(_trunks(), 10):
            yield (
                f"- {{parent: vios{number}, slot: {slot}, pvid: {pvid}, tagged_vlans: '{tags}', trunk_pri: {number}, "
                "vswitch_uri: [ETHERNET0]}"
            )
    yield "NetworkBridge:"
    for bridge in range(BRIDGES):
        slots = [slot for slot, (owner, _, _) in enumerate(_trunks(), 10) if owner == bridge]
        listed = ", ".join(f"{{virtual_slot_number: {slot}}}" for slot in slots)
        yield "- seas:"
        for number in (1, 2):
            yield f"  - vio_uri: vios{number}"
            yield f"    backing_device: {{ethernet_device: {{dev_name: ent{bridge}}}}}"
            yield f"    trunk_adapters: [{listed}]"


def _trunks() -> Iterator[tuple[int, int, str]]:
    """(bridge, port VLAN, additional VLANs) of the trunks of one server."""
    vlan, arbitrary = 100, 4094
    for bridge in range(BRIDGES):
        yield bridge, bridge + 1, ""
        for _ in range(_PER_SEA - 1):
            yield bridge, arbitrary, " ".join(map(str, range(vlan, vlan + _TAGS)))
            vlan, arbitrary = vlan + _TAGS, arbitrary - 1


def _cpu_s(pid: int) -> float:
    words = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def vlans(work: Path) -> list[Result]:
    """One VLAN more on each of the bridges, in turn."""
    system, data = work / "bridges.yaml", work / "data-bridges"
    system.write_text("\n".join(_inventory()) + "\n")
    shutil.rmtree(data, ignore_errors=True)
    with serving(data, system) as running:
        seconds, server_s, client_s = _added(running)
    return [
        (f"a VLAN on each of {BRIDGES} bridges, {TRUNKS} trunks", seconds * 1000, "ms", 100),
        ("… processor time of the server", server_s * 1000, "ms", 0),
        ("… processor time of the client", client_s * 1000, "ms", 0),
    ]


def _added(running: Running) -> tuple[float, float, float]:
    """Seconds for one VLAN on each bridge, and of processor time of the server and of the client: the median of some rounds, and
    means. What is left of the first waits for the disk, ten times."""
    took: list[float] = []
    client_s = 0.0
    with Connection(running.http) as connection:
        (system,) = connection.feed("ManagedSystem", ManagedSystem)
        path = f"ManagedSystem/{system.uuid}/NetworkBridge"
        cpu = _cpu_s(running.process.pid)
        for turn in range(ROUNDS):
            entries = connection.feed(path, NetworkBridge)
            assert len(entries) == BRIDGES
            assert sum(len(sea.trunk_adapters) for entry in entries for sea in entry.element.seas) == TRUNKS
            begin, own = time.perf_counter(), time.process_time()
            for place, entry in enumerate(entries):
                vlan = 2000 + turn * BRIDGES + place

                def alter(tree: Any, vlan: int = vlan) -> None:
                    change_vlans(tree, (), connection.origin, (vlan,), ())

                connection.update(entry, alter)
            took.append(time.perf_counter() - begin)
            client_s += time.process_time() - own
        server_s = (_cpu_s(running.process.pid) - cpu) / ROUNDS
    return statistics.median(took), server_s, client_s / ROUNDS
