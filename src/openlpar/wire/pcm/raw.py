"""Raw metrics: counters as the hypervisor, the Virtual I/O Servers and the partitions' operating systems have them.

Names and shapes are those of the recordings of pypowervm (``phyp_pcm_data.txt``, ``vios_pcm_data.txt``, ``lpar_pcm_data.txt``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openlpar.uom.metering import (
    COUNTERS,
    CYCLES_PER_SECOND,
    AdapterKind,
    Lent,
    MeteredAdapter,
    MeteredPartition,
    Survey,
)
from openlpar.wire.pcm import names

_PAGE = 4096
_NOT_RUNNING = {"errorId": "6001", "message": "Lpar is not in running state on Managed System"}
_NO_RMC = {"errorId": "6003", "message": "RMC is INACTIVE on lpar"}
# Name in the JSON document -> counter.
_PROCESSOR = {
    "entitledProcCycles": "entitled",
    "utilizedCappedProcCycles": "capped",
    "utilizedUnCappedProcCycles": "uncapped",
    "idleProcCycles": "idle",
    "donatedProcCycles": "donated",
    "timeSpentWaitingForDispatch": "waiting",
    "totalInstructions": "instructions",
    "totalInstructionsExecutionTime": "instruction_time",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A reading, to be shown. at: ms since 1970; elapsed: ms that were measured. monitor: LTM or STM; compute_only: without network
    and storage."""

    survey: Survey
    at: int
    elapsed: int
    numbers: Sequence[int]
    monitor: str = "LTM"
    compute_only: bool = False

    def found(self) -> Mapping[str, Sequence[int]]:
        return {key: self.numbers[start : start + count] for key, start, count in self.survey.places()}


def hypervisor_document(shown: Shown) -> dict[str, Any]:
    """What the hypervisor knows (``phyp``)."""
    survey, found = shown.survey, shown.found()
    cycles = shown.elapsed * CYCLES_PER_SECOND // 1000
    lent = survey.lent()
    sample = {
        **_head(shown),
        "timeBasedCycles": cycles,
        "systemFirmware": {"utilizedProcCycles": found["firmware"][0], "assignedMem": survey.firmware_mib},
        "processor": {
            "totalProcUnits": survey.units / 100,
            "configurableProcUnits": survey.configurable_units / 100,
            "availableProcUnits": survey.available_units / 100,
            "procCyclesPerSecond": CYCLES_PER_SECOND,
        },
        "memory": {
            "totalMem": survey.memory_mib,
            "availableMem": survey.available_mib,
            "configurableMem": survey.configurable_mib,
        },
        "sharedProcessorPool": [
            {
                "id": pool.id,
                "name": pool.name,
                "assignedProcCycles": cycles * (pool.max_units or survey.configurable_units) // 100,
                "utilizedPoolCycles": found[f"pool {pool.id}"][0],
                "maxProcUnits": (pool.max_units or survey.configurable_units) / 100,
                "borrowedPoolProcUnits": max(
                    0, (pool.max_units or survey.configurable_units) - _entitled(survey, pool.id)
                )
                / 100,
            }
            for pool in survey.pools
        ],
        "lparsUtil": [
            _partition(one, found, shown.compute_only, lent.get(one.uuid, []))
            for one in survey.partitions
            if not one.vios
        ],
        "viosUtil": [_partition(one, found, shown.compute_only, []) for one in survey.partitions if one.vios],
    }
    info = {**_info(shown, "1.3.0"), "name": survey.system}
    return {"systemUtil": {"utilInfo": info, "utilSample": sample}}


def _head(shown: Shown) -> dict[str, Any]:
    return {"timeStamp": names.stamp(shown.at), "status": 0, "errorInfo": []}


def _info(shown: Shown, version: str) -> dict[str, Any]:
    mtms = shown.survey.mtms
    return {"version": version, "metricType": "Raw", "monitoringType": shown.monitor, "mtms": mtms}


def _entitled(survey: Survey, pool: int) -> int:
    return sum(one.units for one in survey.partitions if one.pool == pool and one.active)


def _partition(
    one: MeteredPartition, found: Mapping[str, Sequence[int]], compute_only: bool, lent: Sequence[Lent]
) -> dict[str, Any]:
    document: dict[str, Any] = {"id": one.id, "uuid": one.uuid}
    if not one.vios:
        document["type"] = names.raw_type(one)
    document |= {"name": one.name, "state": names.state(one), "affinityScore": 100}
    if one.vios:
        document["memory"] = {"assignedMem": one.memory_mib}
    else:
        document["memory"] = {"logicalMem": one.memory_mib, "backedPhysicalMem": one.memory_mib}
    document["processor"] = _processor(one, found[one.uuid])
    ethernet = [adapter for adapter in one.adapters if adapter.kind in names.NETWORK_KINDS]
    if compute_only or not one.active:
        return document
    if ethernet:
        document["network"] = {"virtualEthernetAdapters": [_ethernet(one, found[one.key]) for one in ethernet]}
    if lent:
        document["storage"] = _storage(lent)
    return document


def _processor(one: MeteredPartition, counters: Sequence[int]) -> dict[str, Any]:
    document: dict[str, Any] = {} if one.is_dedicated else {"poolId": one.pool}
    document |= {"mode": one.mode, "maxVirtualProcessors": one.max_virtual, "maxProcUnits": one.max_units}
    if not one.is_dedicated:
        document["weight"] = one.weight
    by_name = dict(zip(COUNTERS, counters, strict=True))
    return document | {name: by_name[counter] for name, counter in _PROCESSOR.items()}


def _ethernet(adapter: MeteredAdapter, traffic: Sequence[int]) -> dict[str, Any]:
    """What a trunk adapter takes outside are physical frames too. None is ever dropped."""
    received, sent, received_bytes, sent_bytes = traffic
    physical = traffic if adapter.carried_by or adapter.kind == AdapterKind.TRUNK else (0, 0, 0, 0)
    return {
        "vlanId": adapter.vlan,
        "vswitchId": adapter.switch,
        "physicalLocation": adapter.location,
        "isPortVLANID": True,
        "receivedPackets": received,
        "sentPackets": sent,
        "droppedPackets": 0,
        "sentBytes": sent_bytes,
        "receivedBytes": received_bytes,
        "receivedPhysicalPackets": physical[0],
        "sentPhysicalPackets": physical[1],
        "droppedPhysicalPackets": 0,
        "sentPhysicalBytes": physical[3],
        "receivedPhysicalBytes": physical[2],
    }


def _storage(lent: Sequence[Lent]) -> dict[str, Any]:
    """Where a partition's disks come from; the Virtual I/O Servers count what passes."""
    document: dict[str, Any] = {}
    scsi = [
        {
            "physicalLocation": adapter.client_location,
            "viosId": server.id,
            "viosAdapterSlotId": adapter.slot,
        }
        for server, adapter in lent
        if adapter.kind == AdapterKind.VSCSI
    ]
    fibre = [
        {
            "physicalLocation": adapter.client_location,
            "viosId": server.id,
            "wwpnPair": [names.wwpn_number(name) for name in adapter.wwpns],
        }
        for server, adapter in lent
        if adapter.kind == AdapterKind.VFC
    ]
    if scsi:
        document["genericVirtualAdapters"] = scsi
    if fibre:
        document["virtualFiberChannelAdapters"] = fibre
    return document


# Virtual I/O Servers


def server_document(shown: Shown, server: MeteredPartition, memory_mib: int) -> dict[str, Any]:
    """What a Virtual I/O Server counts (``vios_N``). memory_mib: what it uses."""
    found = shown.found()
    util: dict[str, Any] = {"id": str(server.id), "name": server.name, "memory": {"utilizedMem": memory_mib}}
    util["network"] = server_network(server, found)
    util["storage"] = server_storage(shown.survey, server, found)
    sample = {**_head(shown), "viosUtil": [util]}
    return {"systemUtil": {"utilInfo": _info(shown, "1.0.0"), "utilSample": sample}}


def server_network(server: MeteredPartition, found: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Its virtual and physical Ethernet devices, and the shared Ethernet adapters that join them."""
    devices = [one for one in server.adapters if one.kind in (*names.NETWORK_KINDS, AdapterKind.ETHERNET)]
    called = {one.key: names.device(one, number) for number, one in enumerate(devices)}
    document: dict[str, Any] = {
        "genericAdapters": [
            {
                "id": called[one.key],
                "type": "physical" if one.kind == AdapterKind.ETHERNET else "virtual",
                "physicalLocation": one.location if one.kind == AdapterKind.ETHERNET else f"{one.location}-T1",
                **_network_counters(found[one.key]),
            }
            for one in devices
        ]
    }
    bridges = dict.fromkeys(one.bridge for one in devices if one.bridge)
    if bridges:
        document["sharedAdapters"] = [
            _bridge(name, [one for one in devices if one.bridge == name], called, found) for name in bridges
        ]
    return document


def _bridge(
    name: str, joined: Sequence[MeteredAdapter], called: Mapping[str, str], found: Mapping[str, Sequence[Any]]
) -> dict[str, Any]:
    """A shared Ethernet adapter counts what all that it joins receive and send."""
    total = [sum(column) for column in zip(*(found[one.key] for one in joined), strict=True)]
    return {
        "id": name,
        "type": "sea",
        "physicalLocation": next((f"{one.location}-T1" for one in joined if one.kind == AdapterKind.TRUNK), ""),
        **_network_counters(total),
        "bridgedAdapters": [called[one.key] for one in joined],
    }


def _network_counters(traffic: Sequence[Any]) -> dict[str, Any]:
    received, sent, received_bytes, sent_bytes = traffic
    return {
        "receivedPackets": received,
        "sentPackets": sent,
        "droppedPackets": 0,
        "receivedBytes": received_bytes,
        "sentBytes": sent_bytes,
    }


def server_storage(survey: Survey, server: MeteredPartition, found: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """Its ports with the clients' ports on them, its controllers, its virtual SCSI adapters, and the pools it sees."""
    by_kind: dict[str, list[MeteredAdapter]] = {kind: [] for kind in AdapterKind}
    for one in server.adapters:
        by_kind[one.kind].append(one)
    guests = by_kind[AdapterKind.VFC]
    document: dict[str, Any] = {
        "fiberChannelAdapters": [
            {
                "id": port.name,
                "wwpn": port.wwpns[0] if port.wwpns else "",
                "physicalLocation": port.location,
                **_storage_counters(found[port.key]),
                "runningSpeed": 8,
                "ports": [_guest_port(one, found[one.key]) for one in guests if port.key in one.carried_by],
            }
            for port in by_kind[AdapterKind.FC]
        ],
        "genericPhysicalAdapters": [
            {
                "id": one.name,
                "type": "sas",
                "physicalLocation": one.location,
                **_storage_counters(found[one.key]),
            }
            for one in by_kind[AdapterKind.DISKS]
        ],
        "genericVirtualAdapters": [
            {
                "id": one.name,
                "type": "virtual",
                "physicalLocation": one.location,
                **_storage_counters(found[one.key]),
            }
            for one in by_kind[AdapterKind.VSCSI]
        ],
    }
    pools = list(_pools(survey, server))
    return document | {"sharedStoragePools": pools} if pools else document


def _guest_port(one: MeteredAdapter, traffic: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": one.name,
        "wwpn": one.wwpns[0] if one.wwpns else "",
        **_storage_counters(traffic),
        "runningSpeed": 8,
        "physicalLocation": one.location,
    }


def _pools(survey: Survey, server: MeteredPartition) -> Iterator[dict[str, Any]]:
    """Space only: what passes to a pool's disks is counted at the ports."""
    for pool in survey.storage_pools:
        if server.id in pool.vioses:
            yield {
                "id": pool.name,
                "poolDisks": list(pool.disks),
                "totalSpace": pool.total_mib,
                "usedSpace": pool.used_mib,
            }


def _storage_counters(traffic: Sequence[Any]) -> dict[str, Any]:
    reads, writes, read_bytes, write_bytes = traffic
    return {"numOfReads": reads, "numOfWrites": writes, "readBytes": read_bytes, "writeBytes": write_bytes}


# what partitions' operating systems say


def systems_document(shown: Shown, used_mib: Mapping[str, float]) -> dict[str, Any]:
    """Memory inside the partitions, as their operating systems report it over RMC (``lpar``). used_mib: by uuid."""
    stamp = names.file_stamp(shown.at)
    partitions = [one for one in shown.survey.partitions if not one.vios]
    return {"lparUtil": [_memory(one, used_mib.get(one.uuid, 0.0), stamp) for one in partitions]}


def _memory(one: MeteredPartition, used_mib: float, stamp: str) -> dict[str, Any]:
    who = {"uuid": one.uuid, "id": str(one.id), "name": one.name}
    if not one.active:
        return {**who, "errorInfo": dict(_NOT_RUNNING), "timeStamp": None}
    if not one.reachable:
        return {**who, "errorInfo": dict(_NO_RMC), "timeStamp": None}
    free = max(0, min(100, round(100 * (1 - used_mib / max(1, one.memory_mib)))))
    swap = one.memory_mib * 1024 * 1024 // 2 // _PAGE
    memory = {
        "pctRealMemAvbl": free,
        "totalPgSpSizeCount": swap,
        "totalPgSpFreeCount": swap,
        "vmActivePgCount": int(used_mib * 1024 * 1024 / _PAGE),
        "realMemSizeBytes": one.memory_mib * 1024 * 1024,
        "pctRealMemFree": free,
        "vmPgInRate": 0,
        "vmPgOutRate": 0,
        "vmPgSpInRate": 0,
        "vmPgSpOutRate": 0,
    }
    return {**who, "memory": memory, "timeStamp": stamp}
