"""Counters of adapters: what entstat, seastat, fcstat and netstat show.

They are those of the performance and capacity metrics: the same traffic, as of the last reading. While no monitor is on nobody
counts, and all of them are zero.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from openlpar.ports.records import Reading, Surveyed
from openlpar.uom.metering import COUNTERS, CYCLES_PER_SECOND, TRAFFIC, AdapterKind, MeteredAdapter
from openlpar.uom.partition_processors import SharingMode
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.server import Server

Traffic = tuple[int, int, int, int]
"""Packets (or requests) received and sent, bytes received and sent."""
NOTHING: Traffic = (0, 0, 0, 0)


def traffic(server: Server, device: str) -> Traffic:
    """Of an adapter of this server, by its name, since its counters were cleared."""
    now = _counted(server, device)
    begun = server.settings.resets.get(device, (0, *NOTHING))[1:]
    # Meters that were switched off and on begin anew: then they are behind what was cleared.
    return now if any(a < b for a, b in zip(now, begun, strict=True)) else _difference(now, begun)


def ethernet_devices(server: Server) -> list[str]:
    """Names of its Ethernet adapters that are counted, physical ones first."""
    kinds = (AdapterKind.ETHERNET, AdapterKind.VETH)
    found = [adapter for adapter, _ in _metered(server, server.uuid) if adapter.kind in kinds and adapter.name]
    return [adapter.name for kind in kinds for adapter in found if adapter.kind == kind]


def client_traffic(server: Server, partition: str, slot: int) -> Traffic:
    """Of a partition's virtual Ethernet adapter: uuid of the partition, and slot."""
    return next(
        (
            numbers
            for adapter, numbers in _metered(server, partition)
            if adapter.kind == AdapterKind.VETH and adapter.slot == slot
        ),
        NOTHING,
    )


def one_report(interval: str, count: str) -> None:
    """Refuses a series of reports."""
    if interval and count != "1":
        raise Refusal(
            Status.INCOMPLETE,
            "No time passes while a command runs here, so there is one report only. Use a Count of 1, or leave Interval out.",
        )


@dataclass(frozen=True, slots=True)
class Processors:
    """What the server has now. kind: Shared or Dedicated; mode: Capped or Uncapped; virtual: how many it sees; entitled:
    units, with two decimals."""

    kind: str
    mode: str
    virtual: int
    entitled: str


def processors(server: Server) -> Processors:
    found = server.vios.proc_config
    if found.has_dedicated:
        count = found.current_dedicated_proc_cfg.current or found.dedicated_proc_cfg.desired
        return Processors("Dedicated", "Capped", count, f"{count}.00")
    share, desired = found.current_shared_proc_cfg, found.shared_proc_cfg
    mode = "Capped" if found.sharing_mode == SharingMode.CAPPED else "Uncapped"
    units = share.current_units or desired.desired_units
    return Processors("Shared", mode, share.allocated_virtual or desired.desired_virtual, f"{units:.2f}")


@dataclass(frozen=True, slots=True)
class Load:
    """Of the server's processors since the meters began: shares in percent, used: processors on average, entitled: percent of the
    entitlement that was used."""

    busy: float = 0.0
    idle: float = 100.0
    used: float = 0.0
    entitled: float = 0.0


def load(server: Server) -> Load:
    elapsed_ms, counted = _own_counters(server)
    if not elapsed_ms:
        return Load()
    used = counted["capped"] + counted["uncapped"]
    entitled = max(counted["entitled"], 1)
    busy = 100 * (used - counted["idle"]) / max(used, entitled)
    return Load(busy, 100 - busy, used / CYCLES_PER_SECOND / (elapsed_ms / 1000), 100 * used / entitled)


def has_meters(server: Server) -> bool:
    """Whether anybody counts."""
    return _last(server) is not None


def memory_in_use_mb(server: Server) -> int:
    """On average since the meters began; 0 while nobody counts."""
    elapsed_ms, counted = _own_counters(server)
    return counted["memory"] // elapsed_ms if elapsed_ms else 0


def _own_counters(server: Server) -> tuple[int, dict[str, int]]:
    """For how long was counted, in ms, and the server's own ``COUNTERS``; 0 and nothing while nobody counts."""
    last = _last(server)
    surveyed = server.change.find(Surveyed, last.survey) if last is not None else None
    if last is None or surveyed is None:
        return 0, {}
    counters = last.counters
    for key, at, count in surveyed.survey.places():
        if key == server.uuid:
            return last.elapsed, dict(zip(COUNTERS, counters[at : at + count], strict=True))
    return 0, {}


def elapsed_s(server: Server, device: str) -> int:
    """How long the counters of a device have counted, in s: since they were cleared, else since the meters began, else since the
    server was started, as far as that is known."""
    cleared = server.settings.resets.get(device)
    if cleared is not None:
        return max(0, server.change.clock.now() - cleared[0]) // 1000
    last = _last(server)
    return (server.uptime_s or 0) if last is None else last.elapsed // 1000


def clear(server: Server, device: str) -> None:
    begun = (server.change.clock.now(), *_counted(server, device))
    server.keep(resets={**server.settings.resets, device: begun})


def _counted(server: Server, device: str) -> Traffic:
    """A shared Ethernet adapter has passed on what its physical device has."""
    sums = [0, 0, 0, 0]
    for adapter, numbers in _metered(server, server.uuid):
        if adapter.name == device or (adapter.kind == AdapterKind.ETHERNET and adapter.bridge == device):
            sums = [a + b for a, b in zip(sums, numbers, strict=True)]
    return sums[0], sums[1], sums[2], sums[3]


def _metered(server: Server, partition: str) -> Iterator[tuple[MeteredAdapter, Traffic]]:
    """The adapters of a partition, each with its numbers."""
    last = _last(server)
    surveyed = server.change.find(Surveyed, last.survey) if last is not None else None
    if last is None or surveyed is None:
        return
    numbers = last.counters
    places = {key: at for key, at, count in surveyed.survey.places() if count == len(TRAFFIC)}
    for metered in surveyed.survey.partitions:
        for adapter in metered.adapters if metered.uuid == partition else ():
            received, sent, received_bytes, sent_bytes = numbers[places[adapter.key] :][: len(TRAFFIC)]
            yield adapter, (received, sent, received_bytes, sent_bytes)


def _last(server: Server) -> Reading | None:
    return max(server.change.all(Reading), key=lambda reading: reading.at, default=None)


def _difference(now: Traffic, begun: tuple[int, ...]) -> Traffic:
    return now[0] - begun[0], now[1] - begun[1], now[2] - begun[2], now[3] - begun[3]
