"""VLANs added to and removed from a network bridge: which trunk adapter gets one.

As pypowervm and PowerVC do it: the primary trunk is left alone; a VLAN goes to the additional trunk with the fewest that has room,
else to a new one, whose port VLAN is arbitrary, the highest that nobody uses. A trunk that has lost its last VLAN goes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from openlpar.client import edit
from openlpar.messages import general
from openlpar.uom.network_bridge import NetworkBridge, TrunkAdapter

MOST_TAGS = 20
LAST_VLAN = 4094
_SEAS = ("seas",)
_TRUNKS = ("seas", "trunk_adapters")


def change_vlans(tree: Any, taken: Collection[int], origin: str, added: Sequence[int], removed: Sequence[int]) -> None:
    """taken: VLANs in use on the virtual switch. origin: of the service. Raises Failure for a VLAN that cannot go."""
    for vlan in removed:
        _remove(tree, vlan)
    for vlan in added:
        if vlan not in _used(tree):
            _add(tree, {*taken, *added}, origin, vlan)


def _trunks(tree: Any) -> list[edit.Member]:
    return edit.members(tree, NetworkBridge, _TRUNKS)


def _primary(tree: Any) -> int:
    return int(edit.get_text(tree, NetworkBridge, ("pvid",)) or 0)


def _pvid(trunk: edit.Member) -> int:
    return int(edit.get_text(trunk.tree, trunk.kind, ("pvid",)) or 0)


def _tags(trunk: edit.Member) -> list[int]:
    return [int(vlan) for vlan in (edit.get_text(trunk.tree, trunk.kind, ("tagged_vlans",)) or "").split()]


def _used(tree: Any) -> set[int]:
    """The VLANs that the bridge leads outside."""
    return {_primary(tree), *(vlan for member in _trunks(tree) for vlan in _tags(member))}


def _set_tags(member: edit.Member, tags: Sequence[int]) -> None:
    edit.set_text(member.tree, member.kind, ("tagged_vlans",), " ".join(map(str, tags)))
    edit.set_text(member.tree, member.kind, ("has_tag_support",), "true")


def _add(tree: Any, taken: Collection[int], origin: str, vlan: int) -> None:
    primary = _primary(tree)
    room = {
        _pvid(trunk): len(_tags(trunk))
        for trunk in _trunks(tree)
        if _pvid(trunk) != primary and len(_tags(trunk)) < MOST_TAGS
    }
    if room:
        chosen = min(room, key=lambda pvid: (room[pvid], -pvid))
        for member in _trunks(tree):
            if _pvid(member) == chosen:
                _set_tags(member, [*_tags(member), vlan])
        return
    taken = {*taken, *map(_pvid, _trunks(tree))}
    arbitrary = next(free for free in range(LAST_VLAN, 0, -1) if free not in taken)
    for sea in edit.members(tree, NetworkBridge, _SEAS):
        trunk = TrunkAdapter(
            use_next_high_slot=True,
            pvid=arbitrary,
            tagged_vlans=str(vlan),
            has_tag_support=True,
            trunk_pri=sea.value.trunk_adapters[0].trunk_pri,
        )
        edit.add(sea.tree, sea.kind, ("trunk_adapters",), trunk, origin)


def _remove(tree: Any, vlan: int) -> None:
    primary = _primary(tree)
    if vlan not in _used(tree):
        raise general.NOT_FOUND.error(kind="VLAN", name=f"{vlan} on network bridge {primary}")
    if vlan == primary:
        raise general.BAD_VALUE.error(
            field="VLAN",
            object=f"network bridge {primary}",
            value=vlan,
            cause="it is the port VLAN, which a bridge cannot lose",
            wanted="one of its tagged VLANs",
        )
    for member in _trunks(tree):
        tags = _tags(member)
        if vlan in tags:
            tags.remove(vlan)
            if tags or _pvid(member) == primary:
                _set_tags(member, tags)
            else:
                member.remove()
