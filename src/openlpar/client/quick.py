"""Listing partitions from quick properties: small JSON objects instead of whole Atom entries (contract 6.1).

Part of the REST API since long, but not every NovaLink answers ``quick/All``; ours says so at logon (feature
``quick-all``). Keys are matched to the declarations here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any

from openlpar.uom.core import Bool, Child, Element, Number

Read = Callable[[Mapping[str, Any]], Any]

FEATURE = "quick-all"

_CURRENT = ("proc_config", "current_shared_proc_cfg")

# Path of a declared field of a partition -> key of the quick object.
PARTITION_KEYS: dict[tuple[str, ...], str] = {
    ("uuid",): "UUID",
    ("name",): "PartitionName",
    ("id",): "PartitionID",
    ("env",): "PartitionType",
    ("state",): "PartitionState",
    ("ref_code",): "ReferenceCode",
    ("rmc_state",): "RMCState",
    ("rmc_ip",): "ResourceMonitoringIPAddress",
    ("operating_system",): "OperatingSystemVersion",
    ("mem_config", "current"): "CurrentMemory",
    ("proc_config", "current_has_dedicated"): "HasDedicatedProcessors",
    ("proc_config", "current_dedicated_proc_cfg", "current"): "CurrentProcessors",
    (*_CURRENT, "current_units"): "CurrentProcessingUnits",
    (*_CURRENT, "allocated_virtual"): "AllocatedVirtualProcessors",
}


def covers(paths: Collection[tuple[str, ...]]) -> bool:
    """Whether quick objects hold all these fields."""
    return all(path in PARTITION_KEYS for path in paths)


def readers(kind: type[Element], paths: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], Read]:
    """By path what takes a declared field's value from a quick object; None when it is absent."""
    return {path: _reader(kind, path, PARTITION_KEYS[path]) for path in paths}


def _reader(kind: type[Element], path: tuple[str, ...], key: str) -> Read:
    if path == ("uuid",):
        return lambda one: str(one.get(key, ""))
    for name in path[:-1]:
        field = kind.by_name[name]
        assert isinstance(field, Child)
        kind = field.target
    field = kind.by_name[path[-1]]
    if isinstance(field, Bool):
        return lambda one: _truth(one.get(key))
    if isinstance(field, Number):
        return lambda one: _number(one.get(key))
    return lambda one: one.get(key)


def _truth(value: Any) -> bool | None:
    return None if value is None else value is True or value == "true"


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))
