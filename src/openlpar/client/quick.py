"""Listing partitions from quick properties: small JSON objects instead of whole Atom entries (contract 6.1).

Part of the REST API since long, but not every NovaLink answers ``quick/All``; ours says so at logon (feature
``quick-all``). Keys are matched to the declarations here, once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from openlpar.uom.core import Bool, Child, Element, Number

E = TypeVar("E", bound=Element)

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

# field -> key, or field -> the same for a nested element
_Plan = list[tuple[int, Any, Any]]


def covers(paths: Collection[tuple[str, ...]]) -> bool:
    """Whether quick objects hold all these fields."""
    return all(path in PARTITION_KEYS for path in paths)


def elements(found: Collection[Mapping[str, Any]], kind: type[E], paths: Collection[tuple[str, ...]]) -> list[E]:
    """Elements with just these fields, one for each quick object."""
    plan = _plan(kind, [(path, PARTITION_KEYS[path]) for path in paths if path != ("uuid",)])
    return [_build(kind, plan, one, str(one.get("UUID", ""))) for one in found]


def _plan(kind: type[Element], wanted: Collection[tuple[tuple[str, ...], str]]) -> _Plan:
    plan: _Plan = []
    nested: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for path, key in wanted:
        if len(path) > 1:
            nested.setdefault(path[0], []).append((path[1:], key))
            continue
        field = kind.by_name[path[0]]
        plan.append((field.position, key, _truth if isinstance(field, Bool) else _number(field)))
    for name, below in nested.items():
        field = kind.by_name[name]
        assert isinstance(field, Child)
        plan.append((field.position, field.target, _plan(field.target, below)))
    return plan


def _build(kind: type[E], plan: _Plan, one: Mapping[str, Any], uuid: str = "") -> E:
    values: list[Any] = [None] * len(kind.fields)
    for position, key, then in plan:
        if isinstance(key, str):
            value = one.get(key)
            values[position] = then(value) if then and value is not None else value
        else:
            values[position] = _build(key, then, one)
    return kind.from_values(values, uuid)


def _truth(value: Any) -> bool:
    return value is True or value == "true"


def _number(field: Any) -> Any:
    return (lambda value: Decimal(str(value))) if isinstance(field, Number) else None
