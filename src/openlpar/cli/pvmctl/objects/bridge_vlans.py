"""VLANs added to and removed from a network bridge: which trunk adapter gets one.

As pypowervm and PowerVC do it: the primary trunk is left alone; a VLAN goes to the additional trunk with the fewest that has room,
else to a new one, whose port VLAN is arbitrary, the highest that nobody uses. A trunk that has lost its last VLAN goes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
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
        _remove(_Bridge(tree), vlan)
    for vlan in added:
        bridge = _Bridge(tree)
        if vlan not in bridge.used:
            _add(bridge, {*taken, *added}, origin, vlan)


class _Trunk:
    """A trunk adapter, with its port VLAN and additional VLANs."""

    def __init__(self, member: edit.Member) -> None:
        self.member = member
        self.pvid = int(edit.get_text(member.tree, member.kind, ("pvid",)) or 0)
        self.tags = [int(vlan) for vlan in (edit.get_text(member.tree, member.kind, ("tagged_vlans",)) or "").split()]

    def set_tags(self, tags: Sequence[int]) -> None:
        edit.set_text(self.member.tree, self.member.kind, ("tagged_vlans",), " ".join(map(str, tags)))
        edit.set_text(self.member.tree, self.member.kind, ("has_tag_support",), "true")


class _Bridge:
    """A received bridge as it is now. used: the VLANs that it leads outside."""

    def __init__(self, tree: Any) -> None:
        self.tree = tree
        self.primary = int(edit.get_text(tree, NetworkBridge, ("pvid",)) or 0)
        self.trunks = [_Trunk(member) for member in edit.members(tree, NetworkBridge, _TRUNKS)]
        self.used = {self.primary, *(vlan for trunk in self.trunks for vlan in trunk.tags)}

    def with_room(self) -> Iterator[_Trunk]:
        return (trunk for trunk in self.trunks if trunk.pvid != self.primary and len(trunk.tags) < MOST_TAGS)


def _add(bridge: _Bridge, taken: Collection[int], origin: str, vlan: int) -> None:
    room = {trunk.pvid: len(trunk.tags) for trunk in bridge.with_room()}
    if room:
        chosen = min(room, key=lambda pvid: (room[pvid], -pvid))
        for trunk in bridge.trunks:
            if trunk.pvid == chosen:
                trunk.set_tags([*trunk.tags, vlan])
        return
    taken = {*taken, *(trunk.pvid for trunk in bridge.trunks)}
    arbitrary = next(free for free in range(LAST_VLAN, 0, -1) if free not in taken)
    for sea in edit.members(bridge.tree, NetworkBridge, _SEAS):
        made = TrunkAdapter(
            use_next_high_slot=True,
            pvid=arbitrary,
            tagged_vlans=str(vlan),
            has_tag_support=True,
            trunk_pri=sea.value.trunk_adapters[0].trunk_pri,
        )
        edit.add(sea.tree, sea.kind, ("trunk_adapters",), made, origin)


def _remove(bridge: _Bridge, vlan: int) -> None:
    if vlan not in bridge.used:
        raise general.NOT_FOUND.error(kind="VLAN", name=f"{vlan} on network bridge {bridge.primary}")
    if vlan == bridge.primary:
        raise general.BAD_VALUE.error(
            field="VLAN",
            object=f"network bridge {bridge.primary}",
            value=vlan,
            cause="it is the port VLAN, which a bridge cannot lose",
            wanted="one of its tagged VLANs",
        )
    for trunk in bridge.trunks:
        if vlan in trunk.tags:
            left = [other for other in trunk.tags if other != vlan]
            if left or trunk.pvid == bridge.primary:
                trunk.set_tags(left)
            else:
                trunk.member.remove()
