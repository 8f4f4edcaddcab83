"""Who measures what partitions use, and what simulated ones are to be busy with."""

from __future__ import annotations

import fnmatch
import math
from array import array
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from openlpar.ports.records import WorkloadRule
from openlpar.ports.state import Change, World
from openlpar.uom.disk_paths import Paths
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.metering import MeteredPartition, Survey


@runtime_checkable
class Meter(Protocol):
    """A back end that knows what its partitions use.

    by_workload: what they use follows from workload rules.
    """

    by_workload: bool

    def used(self, world: World, survey: Survey, begin: int, end: int) -> array[int]:
        """What was used between two times (ms since 1970), in the order of the survey (see ``uom.metering``)."""
        ...


@runtime_checkable
class Writer(Protocol):
    """A back end whose guests fill thin disks by what their workloads write."""

    def fresh(self, world: World, partition: MeteredPartition, begin: int, end: int) -> int:
        """Bytes that a running partition writes between two times (ms since 1970) to blocks it never wrote before."""
        ...

    def refused(self, change: Change, paths: Paths, partition: LogicalPartition, mappings: Collection[str]) -> None:
        """The disks behind these mappings (uuids) have no space for what the guest writes now; () when they have again."""
        ...


COMMON: Mapping[str, float] = {"network": 1.0, "disk": 2.0, "memory": 0.6, "fresh": 0.0}
"""Of every kind of workload: MB/s of network and disk traffic while the partition uses its entitlement once, the share of its
memory that is in use, and the share of what it writes that goes to blocks it never wrote before: thin disks grow by that."""

KINDS: Mapping[str, Mapping[str, float]] = {
    "idle": {"level": 0.02},
    "steady": {"level": 0.3},
    "bursty": {"level": 0.1, "peak": 1.5, "share": 0.15, "minutes": 5},
    "diurnal": {"level": 0.1, "peak": 0.9, "hour": 14},
}
"""Kinds of workload with their settings and defaults. level, peak: what is wanted, as a share of the partition's entitlement
(1 = all of it, more = uncapped use); share: of the time at the peak; minutes: how long a burst is; hour: of the peak, UTC."""

_LIMITS: Mapping[str, tuple[float, float]] = {
    "level": (0, 100),
    "peak": (0, 100),
    "share": (0, 1),
    "minutes": (0.5, 1440),
    "hour": (0, 24),
    "network": (0, 100_000),
    "disk": (0, 100_000),
    "memory": (0, 1),
    "fresh": (0, 1),
}


@dataclass(frozen=True, slots=True)
class Workload:
    """What a partition is busy with: a kind, and all the settings of that kind."""

    kind: str
    settings: Mapping[str, float]


BY_ITSELF = Workload("steady", {**COMMON, **KINDS["steady"]})
"""What a logical partition does that no rule names."""
SERVING = Workload("idle", {**COMMON, **KINDS["idle"], "network": 0.0, "disk": 0.0})
"""What a Virtual I/O Server does of its own accord; the rest is its clients' traffic."""


def rule(wish: Mapping[str, Any]) -> WorkloadRule:
    """The rule that a client, or an inventory, describes: ``{partition: db*, kind: bursty, peak: 2}``. Raises ValueError that
    says what is wrong."""
    pattern, kind = wish.get("partition"), wish.get("kind")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= 100:
        raise ValueError("partition is missing: a name, or a pattern such as 'db*'")
    if not isinstance(kind, str) or kind not in KINDS:
        raise ValueError(f"kind is {kind!r}, not one of {', '.join(KINDS)}")
    known = {**KINDS[kind], **COMMON}
    settings = {name: value for name, value in wish.items() if name not in ("partition", "kind")}
    return WorkloadRule(
        uuid=pattern, kind=kind, settings={name: _setting(kind, known, name, value) for name, value in settings.items()}
    )


def _setting(kind: str, known: Mapping[str, float], name: str, value: Any) -> float:
    if name not in known:
        raise ValueError(f"a {kind} workload has no {name!r}; it has {', '.join(known)}")
    low, high = _LIMITS[name]
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not low <= number <= high:
        raise ValueError(f"{name} is {value!r}, but has to be a number from {low:g} to {high:g}")
    return number


def plain(one: WorkloadRule) -> dict[str, Any]:
    """A rule as clients write it."""
    return {"partition": one.uuid, "kind": one.kind, **one.settings}


def workload_of(rules: Iterable[WorkloadRule], name: str, vios: bool) -> Workload:
    """What the partition with this name does. The rule that was set last counts."""
    found = SERVING if vios else BY_ITSELF
    for one in rules:
        if fnmatch.fnmatchcase(name, one.uuid):
            found = Workload(one.kind, {**COMMON, **KINDS[one.kind], **one.settings})
    return found
