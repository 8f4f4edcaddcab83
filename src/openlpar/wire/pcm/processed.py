"""Processed and aggregated metrics: what was used per second, in processors, packets and bytes.

Every value is an array: the average, or for aggregated metrics average, least and most (``metricArrayOrder``). Names and shapes are
those of IBM's published JSON specification of the managed system's and the logical partition's processed and aggregated metrics.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from openlpar.uom.metering import (
    COUNTERS,
    CYCLES_PER_SECOND,
    AdapterKind,
    Lent,
    MeteredAdapter,
    MeteredPartition,
    MeteredPool,
    Rates,
    Values,
)
from openlpar.wire.pcm import names

VERSION = "1.3.0"
_ORDER = ("AVG", "MIN", "MAX")


def system_document(samples: Sequence[Rates], seconds: int) -> dict[str, Any]:
    """The managed system with its Virtual I/O Servers. samples: at least one; seconds: between two of them."""
    return document(samples, seconds, "ManagedSystem", (_system_sample(one) for one in samples))


def partition_document(samples: Sequence[Rates], seconds: int, uuid: str) -> dict[str, Any]:
    """One partition; samples from before it was there are left out."""
    known = [(one, partition) for one in samples for partition in one.survey.partitions if partition.uuid == uuid]
    return document(
        samples, seconds, "LogicalPartition", (_partition_sample(one, partition) for one, partition in known)
    )


def document(
    samples: Sequence[Rates], seconds: int, kind: str, shown: Iterable[dict[str, Any]], version: str = VERSION
) -> dict[str, Any]:
    """What stands around samples. kind: of what they are."""
    first, last = samples[0], samples[-1]
    aggregated = len(last.rows) > 1
    info = {
        "version": version,
        "metricType": "Aggregated" if aggregated else "Processed",
        "frequency": seconds,
        "startTimeStamp": names.stamp(first.at),
        "endTimeStamp": names.stamp(last.at),
        "mtms": last.survey.mtms,
        "name": last.survey.system,
        "uuid": last.survey.uuid,
        "metricArrayOrder": list(_ORDER[: len(last.rows)]),
    }
    return {"systemUtil": {"utilInfo": info, "utilSamples": [{"sampleType": kind, **one} for one in shown]}}


def sample_info(rates: Rates) -> dict[str, Any]:
    info: dict[str, Any] = {"timeStamp": names.stamp(rates.at), "status": 0}
    return info | {"numOfSamplesAggregated": rates.count} if len(rates.rows) > 1 else info


def _cores(values: Values) -> Values:
    return [round(value / CYCLES_PER_SECOND, 3) for value in values]


def _rounded(values: Values) -> Values:
    return [round(value, 3) for value in values]


def _sum(*many: Values) -> Values:
    return [sum(column) for column in zip(*many, strict=True)]


def utilized(rates: Rates) -> Values:
    """Processors at work: of all partitions and of the hypervisor itself."""
    found = rates.found()
    return _cores(_sum(found["firmware"][0], *(_used(found[one.uuid]) for one in rates.survey.partitions)))


def _system_sample(rates: Rates) -> dict[str, Any]:
    survey, found, always = rates.survey, rates.found(), rates.always
    firmware = found["firmware"][0]
    assigned = sum(one.memory_mib for one in survey.partitions if one.active)
    return {
        "sampleInfo": sample_info(rates),
        "systemFirmwareUtil": {"utilizedProcUnits": _cores(firmware), "assignedMem": always(survey.firmware_mib)},
        "serverUtil": {
            "processor": {
                "totalProcUnits": always(survey.units / 100),
                "utilizedProcUnits": utilized(rates),
                "availableProcUnits": always(survey.available_units / 100),
                "configurableProcUnits": always(survey.configurable_units / 100),
            },
            "memory": {
                "totalMem": always(survey.memory_mib),
                "availableMem": always(survey.available_mib),
                "configurableMem": always(survey.configurable_mib),
                "assignedMemToLpars": always(assigned),
            },
            "physicalProcessorPool": _physical_pool(rates, found),
            "sharedProcessorPool": [_pool(rates, pool, found) for pool in survey.pools],
        },
        "viosUtil": [_server(rates, one, found) for one in survey.partitions if one.vios],
    }


def _physical_pool(rates: Rates, found: Mapping[str, list[Values]]) -> dict[str, Any]:
    """The processors that are nobody's own."""
    survey = rates.survey
    own = sum(one.units for one in survey.partitions if one.is_dedicated and one.active)
    assigned = (survey.configurable_units - own) / 100
    used = _sum(rates.always(0), *(found[f"pool {pool.id}"][0] for pool in survey.pools))
    configured = sum(one.units for one in survey.partitions if not one.is_dedicated and one.active) / 100
    return _pool_units(rates, assigned, used, configured)


def _pool(rates: Rates, pool: MeteredPool, found: Mapping[str, list[Values]]) -> dict[str, Any]:
    survey = rates.survey
    entitled = sum(one.units for one in survey.partitions if one.pool == pool.id and one.active) / 100
    assigned = (pool.max_units or survey.configurable_units) / 100
    units = _pool_units(rates, assigned, found[f"pool {pool.id}"][0], entitled)
    return {"id": pool.id, "name": pool.name, **units}


def _pool_units(rates: Rates, assigned: float, used: Values, configured: float) -> dict[str, Any]:
    cores = _cores(used)
    return {
        "assignedProcUnits": rates.always(assigned),
        "utilizedProcUnits": cores,
        "availableProcUnits": [round(max(0.0, assigned - core), 3) for core in cores],
        "configuredProcUnits": rates.always(configured),
        "borrowedProcUnits": rates.always(max(0.0, assigned - configured)),
    }


def _used(counters: list[Values]) -> Values:
    """Cycles that did work: idle ones are no use."""
    by_name = dict(zip(COUNTERS, counters, strict=True))
    return [
        capped + uncapped - idle
        for capped, uncapped, idle in zip(by_name["capped"], by_name["uncapped"], by_name["idle"], strict=True)
    ]


def _processor(rates: Rates, one: MeteredPartition, counters: list[Values]) -> dict[str, Any]:
    by_name = dict(zip(COUNTERS, counters, strict=True))
    document: dict[str, Any] = {} if one.is_dedicated else {"poolId": one.pool}
    return document | {
        "weight": one.weight,
        "mode": one.mode,
        "maxVirtualProcessors": rates.always(one.max_virtual),
        "currentVirtualProcessors": rates.always(one.virtual if one.active else 0),
        "maxProcUnits": rates.always(one.max_units),
        "entitledProcUnits": _cores(by_name["entitled"]),
        "utilizedProcUnits": _cores(_used(counters)),
        "utilizedCappedProcUnits": _cores(by_name["capped"]),
        "utilizedUncappedProcUnits": _cores(by_name["uncapped"]),
        "idleProcUnits": _cores(by_name["idle"]),
        "donatedProcUnits": _cores(by_name["donated"]),
        "timeSpentWaitingForDispatch": _cores(by_name["waiting"]),
        "timePerInstructionExecution": [
            round(cycles / CYCLES_PER_SECOND * 1e9 / count, 3) if count else 0.0
            for cycles, count in zip(by_name["instruction_time"], by_name["instructions"], strict=True)
        ],
    }


def memory_used_mib(counters: list[Values]) -> Values:
    """Of a partition, from its counter in MiB times milliseconds."""
    return [round(value / 1000, 3) for value in counters[COUNTERS.index("memory")]]


# Virtual I/O Servers


def _server(rates: Rates, one: MeteredPartition, found: Mapping[str, list[Values]]) -> dict[str, Any]:
    counters = found[one.uuid]
    document: dict[str, Any] = {
        "id": one.id,
        "uuid": one.uuid,
        "name": one.name,
        "state": names.state(one),
        "affinityScore": 100,
        "memory": {"assignedMem": rates.always(one.memory_mib), "utilizedMem": memory_used_mib(counters)},
        "processor": _processor(rates, one, counters),
    }
    if not one.active:
        return document
    clients = list(dict.fromkeys(adapter.client for adapter in one.adapters if adapter.client))
    return document | {
        "network": _server_network(one, found),
        "storage": {"clientLpars": clients, **_server_storage(one, found)},
    }


def _server_network(one: MeteredPartition, found: Mapping[str, list[Values]]) -> dict[str, Any]:
    devices = [a for a in one.adapters if a.kind in (*names.NETWORK_KINDS, AdapterKind.ETHERNET)]
    called = {adapter.key: names.device(adapter, number) for number, adapter in enumerate(devices)}
    document: dict[str, Any] = {
        "genericAdapters": [
            {
                "id": called[adapter.key],
                "type": "physical" if adapter.kind == AdapterKind.ETHERNET else "virtual",
                "physicalLocation": adapter.location,
                **_network_rates(found[adapter.key]),
            }
            for adapter in devices
        ],
        "virtualEthernetAdapters": [
            _ethernet(adapter, found[adapter.key]) for adapter in devices if adapter.kind in names.NETWORK_KINDS
        ],
    }
    bridges = dict.fromkeys(adapter.bridge for adapter in devices if adapter.bridge)
    if bridges:
        document["sharedAdapters"] = [
            _bridge(name, [a for a in devices if a.bridge == name], called, found) for name in bridges
        ]
    return document


def _bridge(
    name: str, joined: Sequence[MeteredAdapter], called: Mapping[str, str], found: Mapping[str, list[Values]]
) -> dict[str, Any]:
    total = [_sum(*(found[one.key][place] for one in joined)) for place in range(4)]
    return {
        "id": name,
        "type": "sea",
        "physicalLocation": next((one.location for one in joined if one.kind == AdapterKind.TRUNK), ""),
        **_network_rates(total),
        "bridgedAdapters": [called[one.key] for one in joined],
    }


def _network_rates(traffic: list[Values]) -> dict[str, Any]:
    received, sent, received_bytes, sent_bytes = map(_rounded, traffic)
    return {
        "receivedPackets": received,
        "sentPackets": sent,
        "droppedPackets": [0.0] * len(sent),
        "sentBytes": sent_bytes,
        "receivedBytes": received_bytes,
        "transferredBytes": _rounded(_sum(sent_bytes, received_bytes)),
    }


def _ethernet(adapter: MeteredAdapter, traffic: list[Values]) -> dict[str, Any]:
    is_physical = bool(adapter.carried_by) or adapter.kind == AdapterKind.TRUNK
    physical = traffic if is_physical else [[0.0] * len(traffic[0])] * len(traffic)
    received, sent, received_bytes, sent_bytes = map(_rounded, physical)
    return {
        "physicalLocation": adapter.location,
        "vlanId": adapter.vlan,
        "vswitchId": adapter.switch,
        "isPortVlanId": True,
        **_network_rates(traffic),
        "receivedPhysicalPackets": received,
        "sentPhysicalPackets": sent,
        "droppedPhysicalPackets": [0.0] * len(sent),
        "sentPhysicalBytes": sent_bytes,
        "receivedPhysicalBytes": received_bytes,
        "transferredPhysicalBytes": _rounded(_sum(sent_bytes, received_bytes)),
    }


def _storage_rates(traffic: list[Values]) -> dict[str, Any]:
    reads, writes, read_bytes, write_bytes = map(_rounded, traffic)
    return {
        "numOfReads": reads,
        "numOfWrites": writes,
        "readBytes": read_bytes,
        "writeBytes": write_bytes,
        "transmittedBytes": _rounded(_sum(read_bytes, write_bytes)),
    }


def _server_storage(one: MeteredPartition, found: Mapping[str, list[Values]]) -> dict[str, Any]:
    ports = [adapter for adapter in one.adapters if adapter.kind == AdapterKind.FC]
    guests = [adapter for adapter in one.adapters if adapter.kind == AdapterKind.VFC]
    width = len(next(iter(found.values()))[0])
    return {
        "genericPhysicalAdapters": [
            {"id": a.name, "type": "sas", "physicalLocation": a.location, **_storage_rates(found[a.key])}
            for a in one.adapters
            if a.kind == AdapterKind.DISKS
        ],
        "genericVirtualAdapters": [
            {"id": a.name, "type": "virtual", "physicalLocation": a.location, **_storage_rates(found[a.key])}
            for a in one.adapters
            if a.kind == AdapterKind.VSCSI
        ],
        "fiberChannelAdapters": [
            {
                "id": port.name,
                "wwpn": port.wwpns[0] if port.wwpns else "",
                "physicalLocation": port.location,
                "numOfPorts": sum(port.key in guest.carried_by for guest in guests),
                **_storage_rates(found[port.key]),
                "runningSpeed": [8.0] * width,
            }
            for port in ports
        ],
    }


# partitions


def _partition_sample(rates: Rates, one: MeteredPartition) -> dict[str, Any]:
    lent = rates.survey.lent().get(one.uuid, ())
    wanted = {one.uuid, *(adapter.key for adapter in one.adapters), *(adapter.key for _, adapter in lent)}
    return {"sampleInfo": sample_info(rates), "lparsUtil": [_partition(rates, one, lent, rates.found(wanted))]}


def partitions(rates: Rates) -> Iterator[dict[str, Any]]:
    """What each partition used, but for Virtual I/O Servers."""
    lent, found = rates.survey.lent(), rates.found()
    return (_partition(rates, one, lent.get(one.uuid, ()), found) for one in rates.survey.partitions if not one.vios)


def _partition(
    rates: Rates, one: MeteredPartition, lent: Sequence[Lent], found: Mapping[str, list[Values]]
) -> dict[str, Any]:
    util: dict[str, Any] = {
        "id": one.id,
        "uuid": one.uuid,
        "name": one.name,
        "state": names.state(one),
        "type": names.processed_type(one),
        "osType": one.os or "Unknown",
        "affinityScore": 100,
        "memory": {"logicalMem": rates.always(one.memory_mib), "backedPhysicalMem": rates.always(one.memory_mib)},
        "processor": _processor(rates, one, found[one.uuid]),
    }
    if one.active:
        ethernet = [_ethernet(a, found[a.key]) for a in one.adapters if a.kind in names.NETWORK_KINDS]
        if ethernet:
            util["network"] = {"virtualEthernetAdapters": ethernet}
        util |= _lent(lent, found)
    return util


def usage(rates: Rates) -> list[dict[str, Any]]:
    """The averages that a table of partitions shows: processors, MiB, bytes per second."""
    lent, found = rates.survey.lent(), rates.found()
    return [_usage(rates, one, lent.get(one.uuid, ()), found) for one in rates.survey.partitions]


def _usage(
    rates: Rates, one: MeteredPartition, lent: Sequence[Lent], found: Mapping[str, list[Values]]
) -> dict[str, Any]:
    processor = _processor(rates, one, found[one.uuid])
    wires = [found[adapter.key] for adapter in one.adapters if adapter.kind in names.NETWORK_KINDS]
    disks = [found[adapter.key] for _, adapter in lent]
    return {
        "partition": one.name,
        "id": one.id,
        "state": names.state(one),
        "mode": one.mode,
        "entitled": processor["entitledProcUnits"][0],
        "used": processor["utilizedProcUnits"][0],
        "waiting": processor["timeSpentWaitingForDispatch"][0],
        "memory": memory_used_mib(found[one.uuid])[0],
        "assigned_memory": one.memory_mib,
        "network": round(sum(traffic[2][0] + traffic[3][0] for traffic in wires)),
        "storage": round(sum(traffic[2][0] + traffic[3][0] for traffic in disks)),
    }


def _lent(lent: Sequence[tuple[MeteredPartition, MeteredAdapter]], found: Mapping[str, list[Values]]) -> dict[str, Any]:
    scsi, fibre = [], []
    for server, adapter in lent:
        ends = {"viosId": server.id, "physicalLocation": adapter.client_location}
        if adapter.kind == AdapterKind.VSCSI:
            scsi.append({"id": adapter.name, "type": "virtual", **ends, **_storage_rates(found[adapter.key])})
        else:
            fibre.append({**_names_of(server, adapter), **ends, **_storage_rates(found[adapter.key])})
    storage = {"genericVirtualAdapters": scsi, "virtualFiberChannelAdapters": fibre}
    storage = {name: adapters for name, adapters in storage.items() if adapters}
    return {"storage": storage} if storage else {}


def _names_of(server: MeteredPartition, adapter: MeteredAdapter) -> dict[str, Any]:
    """The pair of port names, and that of the physical port under it."""
    pair = (*adapter.wwpns, "", "")[:2]
    under = (port.wwpns[0] for port in server.adapters if port.key in adapter.carried_by and port.wwpns)
    return {"wwpn": pair[0], "wwpn2": pair[1], "physicalPortWWPN": next(under, "")}
