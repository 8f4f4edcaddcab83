"""Who is the master of a co-managed system, and what follows from it (comanagement-rmc 1 to 3).

Whether the NovaLink is master is said by the managed system's own field; which HMC is, and who waits for the role, by the
record ``CoManagement``. Both change together, in ``give``.
"""

from __future__ import annotations

from dataclasses import replace

from openlpar.messages import system as say
from openlpar.ports.records import CoManagement
from openlpar.ports.state import Change, World
from openlpar.uom.managed_system import ManagedSystem

NOVALINK = CoManagement.NOVALINK
MODES = {
    "norm": "until somebody else asks for it",
    "temp": "the one before gets it back at once when it is released",
    "keep": "until it is released; who asks for it meanwhile is refused",
}
_UNNAMED = "HMC"


def co_management(world: World, system: ManagedSystem) -> CoManagement | None:
    """None while the NovaLink manages the system alone. A described or recorded system of which an HMC is master has one HMC."""
    found = world.find(CoManagement, system.uuid)
    if found is None and system.is_hmc_master:
        return CoManagement(uuid=system.uuid, consoles=(_UNNAMED,), holder=_UNNAMED)
    return found


def holder_of(world: World, system: ManagedSystem) -> str:
    """The name of the HMC that is master, or NOVALINK."""
    joint = co_management(world, system)
    return joint.holder if joint is not None else NOVALINK


def check_master(world: World, operation: str, about: str) -> None:
    """Refuses a change while the NovaLink is not master, or is about to give the role away: then no new one may begin."""
    for system in world.all(ManagedSystem):
        joint = co_management(world, system)
        if joint is None:
            continue
        name, what = system.system_name, about or system.system_name
        if joint.holder != NOVALINK:
            raise say.NOT_MASTER.error(operation=operation, object=what, system=name, holder=joint.holder)
        if joint.requested:
            raise say.PASSING_ON.error(operation=operation, object=what, system=name, taker=joint.requested)


def requested(joint: CoManagement, side: str, mode: str, *, force: bool, system: str) -> CoManagement:
    """With the wish of a side for the role noted. Raises Failure when it may not have it, or somebody else is to get it.
    The holder asks too: for another mode, or (by force) to keep what it was about to give away."""
    if not force:
        _check_free(joint, side, system)
    if joint.holder == side:
        former = joint.former if mode == "temp" else ""
        return replace(joint, mode=mode, former=former, requested="", requested_mode="", job="")
    return replace(joint, requested=side, requested_mode=mode, job="")


def _check_free(joint: CoManagement, side: str, system: str) -> None:
    if joint.requested not in ("", side):
        raise say.ROLE_PROMISED.error(system=system, holder=joint.holder, taker=joint.requested)
    if joint.mode == "keep" and joint.holder != side:
        raise say.ROLE_KEPT.error(system=system, holder=joint.holder)


def released(joint: CoManagement, side: str, system: str) -> CoManagement:
    """A side gives the role back, or no longer wants it. Raises Failure NOT_HOLDER when it has nothing to give."""
    if joint.requested == side:
        return replace(joint, requested="", requested_mode="", job="")
    if joint.holder != side:
        raise say.NOT_HOLDER.error(system=system, side=side, holder=joint.holder)
    usual = NOVALINK if side != NOVALINK else joint.consoles[0]
    return replace(joint, requested=joint.former or usual, requested_mode="norm", job="")


def passed_on(joint: CoManagement) -> CoManagement:
    """The one who waits has the role now. A temporary master is remembered with the lasting one before him."""
    lasting = joint.former if joint.mode == "temp" and joint.former else joint.holder
    taker, mode = joint.requested, joint.requested_mode
    former = lasting if mode == "temp" and lasting != taker else ""
    busy = tuple(console for console in joint.busy if console != joint.holder)  # by force: what it did is broken off
    return replace(joint, holder=taker, mode=mode, former=former, busy=busy, requested="", requested_mode="", job="")


def without(joint: CoManagement, console: str) -> CoManagement | None:
    """An HMC is disconnected: what it held goes to who waits for it, to the one before, or to the NovaLink. None when it was
    the last."""
    if joint.holder == console and joint.requested:
        joint = passed_on(joint)
    elif joint.holder == console:
        joint = passed_on(replace(joint, requested=joint.former or NOVALINK, requested_mode="norm"))
    consoles, busy = (tuple(one for one in names if one != console) for names in (joint.consoles, joint.busy))
    former = "" if joint.former == console else joint.former
    joint = replace(joint, consoles=consoles, busy=busy, former=former)
    if joint.requested == console:
        joint = replace(joint, requested="", requested_mode="", job="")
    return joint if consoles else None


def give(change: Change, system: ManagedSystem, joint: CoManagement | None) -> None:
    """Puts what is so now: the record, and the fields that clients read."""
    before = change.find(CoManagement, system.uuid)
    if joint is not None:
        change.put(joint)
    elif before is not None:
        change.remove(before)
    ours = joint is None or joint.holder == NOVALINK
    if bool(system.is_hmc_master) == ours:
        roles = {"session_is_master": ours, "is_mgmt_partition_master": ours, "is_hmc_master": not ours}
        change.put(system.evolve(**roles))
