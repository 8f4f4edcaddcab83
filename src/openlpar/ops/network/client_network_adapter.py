"""Virtual Ethernet adapters of logical partitions and Virtual I/O Servers: creating, changing, deleting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openlpar.messages import general
from openlpar.messages import network as say
from openlpar.messages import network_bridge as say_bridge
from openlpar.messages import partition as say_partition
from openlpar.ops.capacity import is_active
from openlpar.ops.core import (
    CreateOperation,
    DeleteOperation,
    Evidence,
    Level,
    Step,
    UpdateOperation,
    partition_name,
)
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.lpar.power_on import existing_partition
from openlpar.ops.merge import brief, merged
from openlpar.ops.mobility.moving import check_stays
from openlpar.ops.network import adapter_rules as rules
from openlpar.ops.network.ethernet_devices import DeviceNames
from openlpar.ops.network.trunks import bridge_of, bridge_of_channel
from openlpar.ops.network.virtual_network import drop_unused_networks, realise_networks, switch_path
from openlpar.ops.scsi.slots import location_code
from openlpar.ops.views import find_unshown
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_switch import VirtualSwitch

_KIND = "virtual Ethernet adapters"
# The adapter's identity and what follows from it; the switch is treated by itself.
_FIXED = (
    "lpar_id",
    "drc_name",
    "loc_code",
    "slot",
    "vnet_uri_list",
    "side",
    "use_next_slot",
    "use_next_high_slot",
)
_SWITCH = ("vswitch_uri", "vswitch_id")
_NEEDS_POWER_OFF = ("mac", "trunk_pri", "vswitch_id")
# What a shared Ethernet adapter relies on.
_BRIDGED = ("pvid", "tagged_vlans", "vswitch_id", "trunk_pri", "mac")


def _normal(about: str, requested: ClientNetworkAdapter) -> ClientNetworkAdapter:
    """The client's version with its texts as they are stored."""
    changes: dict[str, Any] = {}
    if requested.mac:
        changes["mac"] = rules.normal_mac(about, "mac", requested.mac)
    if requested.has("tagged_vlans"):
        changes["tagged_vlans"] = rules.normal_vlans(about, requested.tagged_vlans)
    if requested.has("allowed_macs"):
        changes["allowed_macs"] = rules.normal_allowed_macs(about, requested.allowed_macs)
    return requested.evolve(**changes)


@dataclass
class CreateNetworkAdapter(CreateOperation, name="network_adapter.create", verb="create", on=(ClientNetworkAdapter,)):
    """Adds an adapter to a partition, with what the client left out: slot, MAC address, names."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.cna")

    requested: ClientNetworkAdapter

    def locks(self) -> Iterable[str]:
        return (self.parent, "networks")

    def about(self, world: World) -> str:
        return partition_name(world, self.parent)

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.parent)
        about = f"a virtual Ethernet adapter of partition {partition.name}"
        check_io_dlpar(world, partition, _KIND)
        if not self.requested.has("pvid"):
            raise general.MISSING_VALUE.error(object=f"The new {about[2:]}", field="PortVLANID")
        requested = _normal(about, self.requested)
        switch = rules.wanted_switch(world, requested, about)
        slot = rules.chosen_slot(world, partition, requested)
        self._plan = adapter = _completed(world, partition, requested, switch, slot)
        rules.check_vlans(about, adapter)
        rules.check_device(about, adapter)
        rules.check_trunk(world, adapter, None, about)
        if adapter.mac:
            rules.check_mac_free(world, adapter.mac, "")

    def steps(self) -> Iterable[Step]:
        yield Step("add the adapter", self._add)
        yield Step("realise its networks", self._realise)

    def _add(self, change: Change) -> None:
        mac = self._plan.mac or rules.new_mac(change, change.entropy)
        adapter = self._plan.evolve(uuid=change.entropy.uuid(), mac=mac)
        change.put(adapter)
        self.subject = (ClientNetworkAdapter, adapter.uuid)

    def _realise(self, change: Change) -> None:
        assert self.subject is not None
        realise_networks(change, change.get(ClientNetworkAdapter, self.subject[1]))


def _completed(
    world: World, partition: BasePartition, requested: ClientNetworkAdapter, switch: VirtualSwitch, slot: int
) -> ClientNetworkAdapter:
    """The new adapter, still without identity and, where the client gave none, without MAC address."""
    place = location_code(world, partition.id, slot)
    defaults: dict[str, Any] = {
        "is_required": False,
        "allowed_macs": "ALL",
        "qos_priority_enabled": requested.has("qos_priority"),
        "tagged_vlans": "",
        "is_tagged_vlan_supported": True,  # as all recorded adapters
        "varied_on": True,
    }
    fixed: dict[str, Any] = {
        "drc_name": place,
        "loc_code": place,
        "lpar_id": partition.id,
        "use_next_slot": None,
        "use_next_high_slot": None,
        "slot": slot,
        "enabled": True,  # an adapter is made enabled; only an update can disable it
        "vswitch_uri": (switch_path(switch),),
        "vswitch_id": switch.switch_id,
        "vnet_uri_list": None,
        "dev_name": _device_name(world, partition, requested, slot),
    }
    return requested.evolve(
        uuid="",
        parent=partition.uuid,
        **{name: value for name, value in defaults.items() if not requested.has(name)},
        **fixed,
    )


def _device_name(world: World, partition: BasePartition, requested: ClientNetworkAdapter, slot: int) -> str | None:
    """Only the management partition's Linux lets a client name its devices. A VIOS numbers its own; others tell nobody."""
    if partition.is_mgmt_partition:
        return requested.dev_name or f"ibmveth{slot}"
    return DeviceNames(world).next(partition) if isinstance(partition, VirtualIOServer) else None


@dataclass
class UpdateNetworkAdapter(UpdateOperation, name="network_adapter.update", verb="update", on=(ClientNetworkAdapter,)):
    """Takes over a client's version of an adapter.

    VLANs, allowed addresses and the like are the hypervisor's own and may change while the partition runs, with RMC or without;
    address, switch and trunk priority only while it is off.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.cna")

    requested: ClientNetworkAdapter

    called = "loc_code"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "networks")

    def check(self, world: World) -> None:
        before = find_unshown(world, ClientNetworkAdapter, self.uuid, self.parent)
        about = f"virtual Ethernet adapter {before.loc_code}"
        partition = existing_partition(world, before.parent or "")
        self.subject = (ClientNetworkAdapter, self.uuid)
        self._before = before
        self._after = after = self._merged(world, before, partition, about)
        if after == before:
            return
        check_stays(world, partition, "given other networks")
        rules.check_vlans(about, after)
        rules.check_device(about, after)
        rules.check_trunk(world, after, before, about)
        if after.mac != before.mac:
            rules.check_mac_free(world, after.mac, after.uuid)
        sea = rules.bridged_by(world, before)
        if sea and any(after.get(name) != before.get(name) for name in _BRIDGED):
            raise say.TRUNK_BRIDGED.error(
                adapter=before.loc_code, task="changed in VLANs, priority or address", sea=sea
            )
        for name in _NEEDS_POWER_OFF:
            if after.get(name) != before.get(name) and is_active(partition):
                tag = ClientNetworkAdapter.by_name[name].tag
                raise say_partition.NEEDS_POWER_OFF.error(
                    field=f"{tag} of adapter {before.loc_code}", partition=partition.name, state=partition.state
                )

    def _merged(
        self, world: World, before: ClientNetworkAdapter, partition: BasePartition, about: str
    ) -> ClientNetworkAdapter:
        requested = _normal(about, self.requested)
        if not requested.mac:
            requested = requested.evolve(mac=None)
        left = {*_FIXED, *_SWITCH}
        if not partition.is_mgmt_partition:
            left.add("dev_name")
        if self.strict:
            _check_fixed(before, requested, about)
        after = merged(before, before, requested, leave=frozenset(left), about=about, strict=self.strict)
        # A client that moves the adapter changes the reference; the id beside it is what it read.
        if requested.vswitch_uri and requested.vswitch_uri != before.vswitch_uri:
            switch = rules.wanted_switch(world, requested.evolve(vswitch_id=None), about)
            after = after.evolve(vswitch_uri=(switch_path(switch),), vswitch_id=switch.switch_id)
        return after

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the adapter", self._change)
            yield Step("realise its networks", self._realise)

    def _change(self, change: Change) -> None:
        change.put(self._after)
        _show_bridges(change, self._after)

    def _realise(self, change: Change) -> None:
        realise_networks(change, self._after)
        drop_unused_networks(change)


def _show_bridges(change: Change, adapter: ClientNetworkAdapter) -> None:
    """A bridge shows its trunks, and the VLAN of its control channel."""
    for found in (bridge_of(change, adapter.parent or "", adapter.slot), bridge_of_channel(change, adapter)):
        if found is not None:
            change.put(found[0])


def _check_fixed(before: ClientNetworkAdapter, requested: ClientNetworkAdapter, about: str) -> None:
    for name in _FIXED:
        field = ClientNetworkAdapter.by_name[name]
        old, new = before.get(name), requested.get(name)
        if new is not None and old is not None and new != old and not field.many:
            raise general.READ_ONLY.error(field=field.tag, object=about, old=brief(old), new=brief(new))


class DeleteNetworkAdapter(DeleteOperation, name="network_adapter.delete", verb="delete", on=(ClientNetworkAdapter,)):
    """Removes an adapter, and the networks that nobody is in any more."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.network")

    called = "loc_code"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "networks")

    def check(self, world: World) -> None:
        adapter = find_unshown(world, ClientNetworkAdapter, self.uuid, self.parent)
        partition = existing_partition(world, adapter.parent or "")
        check_io_dlpar(world, partition, _KIND)
        if adapter.is_required and is_active(partition) and not partition.is_mgmt_partition:
            raise say.ADAPTER_REQUIRED.error(adapter=adapter.loc_code, partition=partition.name, state=partition.state)
        sea = rules.bridged_by(world, adapter)
        if sea:
            raise say.TRUNK_BRIDGED.error(adapter=adapter.loc_code, task="deleted", sea=sea)
        told = bridge_of_channel(world, adapter) if is_active(partition) else None
        if told is not None:
            raise say_bridge.CHANNEL_IN_USE.error(adapter=adapter.loc_code, sea=told[1].dev_name, vios=partition.name)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the adapter", self._remove_adapter)
        yield Step("drop unused networks", drop_unused_networks)

    def _remove_adapter(self, change: Change) -> None:
        _show_bridges(change, change.get(ClientNetworkAdapter, self.uuid))
        self._remove(change)
