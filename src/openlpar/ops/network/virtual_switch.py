"""Virtual switches: creating, changing, deleting, and how they are shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from openlpar.messages import general
from openlpar.messages import network as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import (
    DeleteOperation,
    Evidence,
    Level,
    ResourceOperation,
    ResourceRequest,
    Step,
    UpdateOperation,
)
from openlpar.ops.merge import merged
from openlpar.ops.network.usage import adapters_on
from openlpar.ops.network.virtual_network import drop_unused_networks, network_name, path_of
from openlpar.ops.views import view
from openlpar.ports.state import Change, World
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_switch import SwitchMode, VirtualSwitch

# Ids are 0 to 15 (pypowervm, CNA.vswitch_id).
MAXIMUM = 16
# It is there from the first start of a server and cannot go.
DEFAULT_ID = 0
# Separators of the profile attribute virtual_eth_adapters, which names the switch.
_FORBIDDEN = frozenset("/,\"'\\")


@view(VirtualSwitch, depends="world")
def shown_switch(world: World, switch: VirtualSwitch) -> VirtualSwitch:
    """Adds the references to its networks."""
    return switch.evolve(
        vnet_uri_list=tuple(
            path_of(network) for network in world.all(VirtualNetwork) if network.vswitch_id == switch.switch_id
        )
    )


def _about(name: str) -> str:
    return f"virtual switch {name}"


def _check_name(world: World, name: str, own_uuid: str) -> None:
    cause = ""
    if not 1 <= len(name) <= 64:
        cause = f"it has {len(name)} characters"
    elif not name.isascii() or not name.isprintable() or name != name.strip():
        cause = "it has blanks at an end or characters that are not printable ASCII"
    elif _FORBIDDEN & set(name):
        cause = f"it contains {' '.join(sorted(_FORBIDDEN & set(name)))}"
    if cause:
        raise general.BAD_VALUE.error(
            field="SwitchName",
            object="a virtual switch",
            value=repr(name),
            cause=cause,
            wanted="1 to 64 printable ASCII characters without / , \\ and quotes",
        )
    if any(other.name == name and other.uuid != own_uuid for other in world.all(VirtualSwitch)):
        raise general.NAME_TAKEN.error(kind="Virtual switch", name=name)


def _check_mode(switch: VirtualSwitch) -> None:
    if switch.has("mode") and switch.mode not in set(SwitchMode):
        raise general.BAD_VALUE.error(
            field="SwitchMode",
            object=_about(switch.name),
            value=repr(switch.mode),
            cause="there is no such value",
            wanted=f"one of {', '.join(SwitchMode)}",
        )


@dataclass
class CreateVirtualSwitch(ResourceOperation, name="virtual_switch.create", verb="create", on=(VirtualSwitch,)):
    """Adds a switch with the lowest free id; without a mode it is a Veb."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.cna")

    requested: VirtualSwitch

    @classmethod
    def from_request(cls, request: ResourceRequest) -> Self:
        assert isinstance(request.element, VirtualSwitch)
        return cls(request.element)

    def locks(self) -> Iterable[str]:
        return ("networks",)

    def about(self, world: World) -> str:
        return self.requested.name

    def check(self, world: World) -> None:
        if not self.requested.has("name"):
            raise general.MISSING_VALUE.error(object="The virtual switch", field="SwitchName")
        _check_name(world, self.requested.name, "")
        _check_mode(self.requested)
        if world.count(VirtualSwitch) >= MAXIMUM:
            raise say.SWITCH_LIMIT.error(switch=self.requested.name, maximum=MAXIMUM)

    def steps(self) -> Iterable[Step]:
        yield Step("create the switch", self._create)

    def _create(self, change: Change) -> None:
        taken = {switch.switch_id for switch in change.all(VirtualSwitch)}
        made = VirtualSwitch(
            uuid=change.entropy.uuid(),
            parent=managed_system(change).uuid,
            switch_id=min(set(range(MAXIMUM)) - taken),
            mode=self.requested.mode or SwitchMode.VEB.value,
            name=self.requested.name,
        )
        change.put(made)
        self.subject = (VirtualSwitch, made.uuid)


@dataclass
class UpdateVirtualSwitch(UpdateOperation, name="virtual_switch.update", verb="update", on=(VirtualSwitch,)):
    """Renames a switch (its networks are called after it) or changes its mode."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.network")

    requested: VirtualSwitch

    def locks(self) -> Iterable[str]:
        return ("networks",)

    def check(self, world: World) -> None:
        before = world.get(VirtualSwitch, self.uuid)
        self.subject = (VirtualSwitch, self.uuid)
        self._before = before
        self._after = merged(
            before,
            shown_switch(world, before),
            self.requested,
            leave=frozenset({"vnet_uri_list"}),
            about=_about(before.name),
            strict=self.strict,
        )
        if self._after.name != before.name:
            _check_name(world, self._after.name, before.uuid)

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the switch", self._change)
        if self._after.name != self._before.name:
            yield Step("rename its networks", self._rename_networks)

    def _change(self, change: Change) -> None:
        change.put(self._after)

    def _rename_networks(self, change: Change) -> None:
        for network in change.all(VirtualNetwork):
            # One with a name of its own (made by an HMC, in a recording) keeps it.
            if network.vswitch_id == self._before.switch_id and network.name == network_name(
                network.vlan, self._before
            ):
                change.put(network.evolve(name=network_name(network.vlan, self._after)))


class DeleteVirtualSwitch(DeleteOperation, name="virtual_switch.delete", verb="delete", on=(VirtualSwitch,)):
    """Removes a switch that no adapter is on."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.network")

    def locks(self) -> Iterable[str]:
        return ("networks",)

    def check(self, world: World) -> None:
        switch = world.get(VirtualSwitch, self.uuid)
        if switch.switch_id == DEFAULT_ID:
            raise say.DEFAULT_SWITCH.error(switch=switch.name)
        count = adapters_on(world, switch.switch_id)
        if count:
            raise say.SWITCH_IN_USE.error(switch=switch.name, count=count)

    def steps(self) -> Iterable[Step]:
        yield Step("delete its networks", drop_unused_networks)
        yield Step("delete the switch", self._remove)
