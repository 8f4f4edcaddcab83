"""Changing the managed system: its name, how it starts, and its SR-IOV adapters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from openlpar.messages import general
from openlpar.messages import system as say
from openlpar.ops.core import Evidence, Level, RefusedOperation, Step, UpdateOperation
from openlpar.ops.merge import brief, merged
from openlpar.ops.sriov.adapter_changes import changed_adapters
from openlpar.ops.system.view import shown_system
from openlpar.ports.state import Change, World
from openlpar.uom.core import Child, Element
from openlpar.uom.managed_system import AssociatedIPLConfiguration, ManagedSystem

E = TypeVar("E", bound=Element)
Names = Mapping[str, Any]
"""Names of fields; below a nested element the names in it."""

_IPL: Names = {field.name: {} for field in AssociatedIPLConfiguration.fields if field.access.on_update}
_CHANGEABLE: Names = {
    "system_name": {},
    "ipl_config": _IPL,
    "asio_config": {"sriov_adapters": {}},
    "memory_config": {"requested_huge_pages": {}},
}
# Worked out from other objects, or counted by them: a client's copy of these is old news.
_DERIVED: Names = {
    "lpar_links": {},
    "vios_links": {},
    "system_time": {},
    "memory_config": {"memory_free": {}, "pending_memory_free": {}},
    "proc_config": {"proc_units_avail": {}, "pending_proc_units_avail": {}, "shared_proc_pools": {}},
    "asio_config": {"avail_wwpns": {}, "io_slots": {}, "virtual_network": {}},
}
_FORBIDDEN = frozenset("()\\<>*$&?|[]'\"`")


@dataclass
class UpdateSystem(UpdateOperation, name="system.update", verb="update", on=(ManagedSystem,)):
    """Takes over what a client may change of a system; anything else that it changed is refused.

    groups: extended attribute groups that the client's version holds.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.managed_system")

    requested: ManagedSystem

    called = "system_name"

    def check(self, world: World) -> None:
        before = world.get(ManagedSystem, self.uuid)
        self.subject = (ManagedSystem, self.uuid)
        about = f"system {before.system_name}"
        shown = shown_system(world, before)
        wish = self._allowed(shown, self.requested, _CHANGEABLE, _DERIVED, about)
        after = merged(before, shown, wish, about=about, strict=self.strict)
        wished = after.asio_config.sriov_adapters
        if wished != before.asio_config.sriov_adapters:
            changed = changed_adapters(world, before, shown.asio_config.sriov_adapters, wished)
            after = after.evolve(asio_config=after.asio_config.evolve(sriov_adapters=changed))
        if after.system_name != before.system_name:
            _check_name(after.system_name)
        self._before, self._after = before, after

    def _allowed(self, shown: E, requested: E, changeable: Names, derived: Names, about: str) -> E:
        """The client's version without what it must not or did not mean to change."""
        changes: dict[str, Any] = {}
        for field, wish in requested.present():
            name, now = field.name, shown.get(field.name)
            if wish == now or field.volatile:
                continue
            if field.group and not {field.group, "All"} & self.groups:
                changes[name] = None
            elif isinstance(field, Child) and (name not in derived or derived[name]):
                inside = now or field.target.empty()
                changes[name] = self._allowed(inside, wish, changeable.get(name, {}), derived.get(name, {}), about)
            elif name in changeable:
                continue
            elif now is not None and (self.strict or (name not in derived and field.access.on_update)):
                raise general.READ_ONLY.error(field=field.tag, object=about, old=brief(now), new=brief(wish))
            else:
                changes[name] = None
        return requested.evolve(**changes) if changes else requested

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the system", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after)


def _check_name(name: str) -> None:
    cause = ""
    if not 1 <= len(name) <= 31:
        cause = f"it has {len(name)} characters"
    elif not name.isascii() or not name.isprintable() or name != name.strip():
        cause = "it has blanks at an end or characters that are not printable ASCII"
    elif _FORBIDDEN & set(name):
        cause = f"it contains {' '.join(sorted(_FORBIDDEN & set(name)))}"
    if cause:
        raise say.BAD_SYSTEM_NAME.error(name=name, cause=cause)


class CreateSystem(RefusedOperation, name="system.create", verb="create", on=(ManagedSystem,)):
    """Refused: a NovaLink manages the one system it runs on."""

    evidence = Evidence(Level.ASSUMED, "a NovaLink manages the one system it runs on")

    task = "Creating a managed system"


class DeleteSystem(RefusedOperation, name="system.delete", verb="delete", on=(ManagedSystem,)):
    """Refused."""

    evidence = Evidence(Level.ASSUMED, "a NovaLink manages the one system it runs on")

    called = "system_name"
    task = "Deleting managed system {name}"
