"""Extended attribute groups: which of them a request asks for."""

from __future__ import annotations

from openlpar.messages import rest as say
from openlpar.uom.core import Child, Children, Element
from openlpar.wire.writer import ALL_GROUPS

_ALWAYS = frozenset({"None", "All", "EnergyManagement", "TierThreshold", "Advanced", "Hypervisor", "SystemNetwork"})
"""Words that any type accepts: ``None``, ``All``, and groups that clients ask of types that have nothing in them."""


_found: dict[type[Element], frozenset[str]] = {}


def groups_of(kind: type[Element]) -> frozenset[str]:
    """The groups that fields of the type, or of what is nested in it, belong to."""
    if kind not in _found:
        _found[kind] = frozenset(_groups(kind, ()))
    return _found[kind]


def _groups(kind: type[Element], above: tuple[type[Element], ...]) -> set[str]:
    if kind in above:
        return set()
    found = {field.group for field in kind.fields if field.group}
    for field in kind.fields:
        if isinstance(field, (Child, Children)):
            found |= _groups(field.target, (*above, kind))
    return found


def requested(kind: type[Element], text: str | None) -> frozenset[str]:
    """The groups named in a query (``ViosNetwork,ViosStorage``); none named = all. Raises Failure for an unknown one."""
    if text is None or not text.strip():
        return ALL_GROUPS
    names = frozenset(name.strip() for name in text.split(",") if name.strip())
    known = groups_of(kind) | _ALWAYS
    for name in sorted(names - known):
        raise say.BAD_GROUP.error(
            group=name, kind=kind.tag, groups=", ".join(sorted(groups_of(kind) | {"None", "All"}))
        )
    if "All" in names:
        return ALL_GROUPS
    real = names & groups_of(kind)
    return real or frozenset({"None"})
