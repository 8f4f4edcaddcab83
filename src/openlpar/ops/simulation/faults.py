"""Fault rules made from what an administrator writes: ready-made ones by name, or written out.

{"name": "vios-busy", "subject": "vios1", "times": 3}
{"effect": "fail", "operation": "lpar.delete", "message": "PVME04000001-0002", "probability": 0.1}
"""

from __future__ import annotations

import difflib
import fnmatch
import math
from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

from openlpar.messages import Message, simulation
from openlpar.ops.core import JobOperation, Operation
from openlpar.ops.lpar.connection import cause_of, keeps_off
from openlpar.ops.lpar.observe import observe
from openlpar.ports import links
from openlpar.ports.hypervisor import Observation
from openlpar.ports.records import LINK_LOST, RMC_LOST, Fault
from openlpar.ports.state import Change, World
from openlpar.uom.catalogue import element_types
from openlpar.uom.partition import BasePartition, PartitionState, RMCState

EFFECTS = ("fail", "delay", "crash", *RMC_LOST, LINK_LOST)
_SPACE = "logical_unit.create logical_unit.update shared_storage_pool.update volume_group.update storage.import_*"


@dataclass(frozen=True, slots=True)
class ReadyMade:
    """A fault by name. fixed: what it sets; required: fields that have to come with it."""

    summary: str
    fixed: Mapping[str, Any]
    required: tuple[str, ...] = ()


READY_MADE: Mapping[str, ReadyMade] = {
    "vios-busy": ReadyMade(
        "changes on the Virtual I/O Server (subject) are refused as busy",
        {"effect": "fail", "message": simulation.VIOS_BUSY.id},
        ("subject",),
    ),
    "vios-rmc-lost": ReadyMade(
        "the Virtual I/O Server (subject) has no RMC connection while the rule is there",
        {"effect": "rmc-lost", "operation": ""},
    ),
    "lpar-rmc-lost": ReadyMade(
        "the logical partition (subject) has no RMC connection while the rule is there",
        {"effect": "lpar-rmc-lost", "operation": ""},
    ),
    "link-lost": ReadyMade(
        "the Ethernet ports whose location code is like the subject have no link while the rule is there: cables are pulled",
        {"effect": LINK_LOST, "operation": ""},
        ("subject",),
    ),
    "error": ReadyMade(
        "an operation fails with a message of the catalogue", {"effect": "fail"}, ("operation", "message")
    ),
    "delay": ReadyMade("an operation starts some simulated seconds late", {"effect": "delay"}, ("seconds",)),
    "pool-full": ReadyMade(
        "nothing more fits into the pool or volume group (subject)",
        {"effect": "fail", "message": simulation.POOL_FULL.id, "operation": _SPACE},
    ),
    "crash": ReadyMade(
        "the service dies like a killed process, after the first step of the operation or before the named one",
        {"effect": "crash"},
        ("operation",),
    ),
}

# Field of a rule that a client may set -> its type.
_SETTABLE: Mapping[str, type] = {
    "effect": str,
    "operation": str,
    "step": str,
    "subject": str,
    "message": str,
    "seconds": float,
    "after": int,
    "times": int,
    "probability": float,
}


def made(wish: Mapping[str, Any], uuid: str) -> Fault:
    """The rule that a client describes. Raises Failure BAD_RULE."""
    wish = dict(wish)
    name = wish.pop("name", "")
    fixed: Mapping[str, Any] = {}
    if name:
        ready = READY_MADE.get(name) if isinstance(name, str) else None
        if ready is None:
            raise _bad(f"there is no fault {name!r}, only {', '.join(READY_MADE)}")
        for required in ready.required:
            if required not in wish:
                raise _bad(f"fault {name} needs {required}")
        for key in ready.fixed:
            if key in wish:
                raise _bad(f"fault {name} sets {key} itself")
        fixed = ready.fixed
    values = {key: _checked(key, value) for key, value in {**wish, **fixed}.items()}
    rule = Fault(uuid=uuid, name=name, **{"effect": "", **values})
    _check_whole(rule)
    return rule


def _checked(key: str, value: Any) -> Any:
    kind = _SETTABLE.get(key)
    if kind is None:
        raise _bad(f"a rule has no {key!r}; it has {', '.join(_SETTABLE)}")
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        value = float(value)
    if not isinstance(value, kind) or isinstance(value, bool):
        raise _bad(f"{key} is {value!r}, which is not {'a text' if kind is str else 'a number'}")
    if isinstance(value, int | float) and not (math.isfinite(value) and value >= 0):
        raise _bad(f"{key} is {value!r}, but has to be 0 or more")
    return value


def _check_whole(rule: Fault) -> None:
    if rule.effect not in EFFECTS:
        raise _bad(f"effect is {rule.effect!r}, not one of {', '.join(EFFECTS)}")
    if rule.message and rule.message not in Message.catalogue:
        raise _bad(f"there is no message {rule.message}; 'openlpar explain' lists them")
    if rule.probability > 1:
        raise _bad(f"probability is {rule.probability}, but has to be between 0 and 1")
    if rule.effect == "delay" and not rule.seconds:
        raise _bad("a delay needs seconds")
    _check_operations(rule.operation.split())


def _check_operations(patterns: list[str]) -> None:
    """A rule for an operation that does not exist would lie in wait for ever."""
    names = {*Operation.registry, *(job for _, job in JobOperation.by_job)}
    for pattern in patterns:
        if not fnmatch.filter(names, pattern):
            near = difflib.get_close_matches(pattern, names, n=3, cutoff=0.5)
            hint = f", but {' and '.join(near)}" if near else ""
            raise _bad(f"there is no operation {pattern!r}{hint}")


def _bad(cause: str) -> Exception:
    return simulation.BAD_RULE.error(cause=cause)


def plain(rule: Fault) -> dict[str, Any]:
    """A rule as clients read it."""
    return {"id": rule.uuid, **{f.name: getattr(rule, f.name) for f in dataclass_fields(rule) if f.name != "uuid"}}


def add(change: Change, wish: Mapping[str, Any]) -> Fault:
    """Puts a rule into force. Raises Failure BAD_RULE."""
    taken = {rule.uuid for rule in change.all(Fault)}
    number = next(n for n in range(1, len(taken) + 2) if f"fault-{n}" not in taken)
    rule = made(wish, f"fault-{number}")
    change.put(rule)
    for partition in _kept_off(change, rule):
        if partition.rmc_state in (RMCState.ACTIVE, RMCState.BUSY):
            observe(change, partition.uuid, Observation(rmc=RMCState.INACTIVE.value, rmc_cause=cause_of(rule)))
    return rule


def waits_for(world: World, rule: Fault) -> str:
    """What a rule waits for, when nothing is called like its subject now; "" for any other. That is no mistake where the thing is
    still to be made."""
    if rule.subject == "*":
        return ""
    only = RMC_LOST.get(rule.effect)
    kinds = element_types.values() if only is None else (only,)
    if rule.effect == LINK_LOST:
        named = links.locations(world)
    else:
        named = {name for kind in kinds for obj in world.all(kind) if (name := _name(obj))}
    if fnmatch.filter(named, rule.subject):
        return ""
    near = difflib.get_close_matches(rule.subject, named, n=3, cutoff=0.6)
    hint = f"; there is {' and '.join(near)}" if near else ""
    what = f"no {only.__name__}" if only is not None else "no Ethernet port" if rule.effect == LINK_LOST else "nothing"
    return f"{what} is called {rule.subject} now, and rule {rule.uuid} waits until one is{hint}"


def _name(obj: Any) -> str:
    """What a rule may know an object by."""
    return str(next((name for field in ("name", "system_name", "loc_code") if (name := getattr(obj, field, ""))), ""))


def remove(change: Change, uuid: str) -> None:
    """Raises Failure NO_RULE."""
    rule = change.find(Fault, uuid)
    if rule is None:
        raise simulation.NO_RULE.error(rule=uuid)
    change.remove(rule)
    for partition in _kept_off(change, rule):
        if partition.state == PartitionState.RUNNING:
            observe(change, partition.uuid, Observation(rmc=RMCState.ACTIVE.value))


def _kept_off(world: World, rule: Fault) -> list[BasePartition]:
    """The partitions that a rule keeps from the management network."""
    kind = RMC_LOST.get(rule.effect)
    return [one for one in world.all(kind) if keeps_off(rule, one)] if kind is not None else []
