"""Virtual SCSI mappings: what an update of a Virtual I/O Server with very many of them costs the server.

Clients send all mappings back to change one. Each round takes one away and brings it again.
"""

from __future__ import annotations

import copy
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from openlpar.client.atom import local
from openlpar.client.connection import Connection
from openlpar.uom.core import Element
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.wire import writer
from perf.cases import Result
from perf.network import _cpu_s
from perf.target import Running, serving

CLIENTS, MAPPINGS = 100, 1000
ROUNDS = 20
_GROUP = "ViosSCSIMapping"


def _inventory() -> Iterator[str]:
    """Every client has ten logical units over one bus."""
    each = MAPPINGS // CLIENTS
    yield "openlpar: 1"
    yield "LogicalPartition:"
    yield "- {id: 1, name: novalink, state: running, is_mgmt_partition: true, mem_config: {desired: 2048}}"
    for client in range(CLIENTS):
        yield f"- {{id: {10 + client}, name: vm{client}, mem_config: {{desired: 1024}}, io_config: {{max_virtual_slots: 64}}}}"
    yield "VirtualIOServer: [{id: 2, name: vios1, state: running, io_config: {max_virtual_slots: 2000}}]"
    yield "PhysicalVolume:"
    for disk in range(2):
        yield f"- {{parent: vios1, name: hdisk{disk}, capacity: 20480000, is_fc_backed: true}}"
    yield "SharedStoragePool: [{name: pool1, physical_volumes: [{name: hdisk1}]}]"
    yield "Tier: [{parent: pool1, name: SYSTEM, is_default: true}]"
    yield "Cluster:"
    yield "- {name: cluster1, ssp_uri: pool1, repository_disk: {repos_pv: {name: hdisk0}}, nodes: [{vios_uri: vios1}]}"
    yield "LogicalUnit:"
    for unit in range(MAPPINGS):
        yield f"- {{parent: SYSTEM, name: lu{unit}, capacity: 1, is_thin: true}}"
    yield "VirtualSCSIMapping:"
    for unit in range(MAPPINGS):
        client = unit // each
        yield (
            f"- {{parent: vios1, client_lpar_href: vm{client}, client_adapter: {{lpar_slot_num: 5}}, "
            f"server_adapter: {{vios_slot_num: {100 + client}}}, backing_storage: {{logical_unit: {{name: lu{unit}}}}}}}"
        )


def mappings(work: Path) -> list[Result]:
    """One of 1000 mappings taken away, or brought again."""
    system, data = work / "mappings.yaml", work / "data-mappings"
    system.write_text("\n".join(_inventory()) + "\n")
    shutil.rmtree(data, ignore_errors=True)
    with serving(data, system) as running:
        seconds, vios = _changed(running)
    size, anew = _serialised(vios)
    return [
        (f"update of a VIOS with {MAPPINGS:,} mappings, processor time", seconds * 1000, "ms", 50),
        ("… size of its answer", size / 1e6, "MB", 0),
        ("… of that serialised anew", anew / 1e6, "MB", 0.1),
    ]


def _serialised(vios: VirtualIOServer) -> tuple[int, int]:
    """Bytes of the entry when one mapping has changed, and of those the bytes that were not kept from before."""
    groups = frozenset({_GROUP})
    writer.render(vios, groups)
    kept = set(writer._written)
    *others, last = vios.scsi_mappings
    whole = len(writer.render(vios.evolve(scsi_mappings=[*others, last.evolve()]), groups).body)
    reused = sum(len(chunk) for key in kept for chunk in writer._written[key][1]) - len(_text(last, kept))
    return whole, whole - reused


def _text(mapping: Element, kept: set[Any]) -> str:
    """What was written of a mapping."""
    return "".join(next(writer._written[key][1] for key in kept if writer._written[key][0] is mapping))


def _changed(running: Running) -> tuple[float, VirtualIOServer]:
    """Seconds of the server's processor time for one update, the mean of some rounds; the server as it was answered."""
    with Connection(running.http) as connection:
        (entry,) = connection.feed("VirtualIOServer", VirtualIOServer, group=_GROUP)
        assert len(entry.element.scsi_mappings) == MAPPINGS
        kept: list[ET.Element] = []

        def alter(tree: ET.Element) -> None:
            holder = next(node for node in tree.iter() if local(node.tag) == "VirtualSCSIMappings")
            if kept:
                holder.append(kept.pop())
            else:
                kept.append(copy.deepcopy(holder[-1]))
                holder.remove(holder[-1])

        begin = _cpu_s(running.process.pid)
        for _ in range(ROUNDS):
            entry = connection.update(entry, alter)
        seconds = (_cpu_s(running.process.pid) - begin) / ROUNDS
        assert len(entry.element.scsi_mappings) == MAPPINGS
    return seconds, entry.element
