"""SR-IOV Ethernet logical ports of partitions and Virtual I/O Servers: creating, changing, deleting."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from openlpar.messages import general
from openlpar.messages import partition as say_partition
from openlpar.messages import sriov as say
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
from openlpar.ops.merge import merged
from openlpar.ops.network import adapter_rules
from openlpar.ops.sriov import lport_rules as rules
from openlpar.ops.sriov.ports import Room, usable_port
from openlpar.ops.views import find_unshown
from openlpar.ports.state import Change, World
from openlpar.uom.sriov import (
    SRIOVAdapter,
    SRIOVEthernetLogicalPort,
    SRIOVEthernetPhysicalPort,
    VNICPortUsage,
)
from openlpar.uom.vnic import VirtualNICDedicated

_KIND = "SR-IOV logical ports"
_EVIDENCE = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.iocard")
_CAPACITY = ("cfg_capacity", "cfg_max_capacity")


def _normal(about: str, wish: SRIOVEthernetLogicalPort) -> SRIOVEthernetLogicalPort:
    """The client's version with its texts as they are stored."""
    changes: dict[str, Any] = {}
    if wish.has("allowed_vlans"):
        changes["allowed_vlans"] = rules.normal_vlans(SRIOVEthernetLogicalPort, about, wish.allowed_vlans)
    if wish.has("allowed_macs"):
        changes["allowed_macs"] = adapter_rules.normal_allowed_macs(about, wish.allowed_macs)
    if wish.mac:
        changes["mac"] = adapter_rules.normal_mac(about, "mac", wish.mac)
    return wish.evolve(**changes)


def _check(
    world: World,
    port: SRIOVEthernetLogicalPort,
    place: tuple[SRIOVAdapter, SRIOVEthernetPhysicalPort],
    about: str,
) -> None:
    """What has to hold of a port as it is to be stored."""
    adapter, physical = place
    rules.check_pvid(SRIOVEthernetLogicalPort, about, port.pvid)
    rules.check_capacity(about, physical, port.cfg_capacity, port.cfg_max_capacity, adapter.personality)
    if port.is_promisc:
        others = sum(
            other.is_promisc and other.uuid != port.uuid and other.pport_id == port.pport_id
            for other in world.all(SRIOVEthernetLogicalPort)
            if other.sriov_adap_id == port.sriov_adap_id
        )
        most = physical.max_promiscuous_logical_ports or 1
        if others >= most:
            cause = f"port {physical.loc_code} has {others} promiscuous logical ports already"
            raise rules.bad(SRIOVEthernetLogicalPort, about, "is_promisc", True, cause, "false, or another port")


@dataclass
class CreateLogicalPort(CreateOperation, name="sriov_port.create", verb="create", on=(SRIOVEthernetLogicalPort,)):
    """Gives a partition a share of a physical port."""

    evidence = _EVIDENCE

    requested: SRIOVEthernetLogicalPort

    def locks(self) -> Iterable[str]:
        return (self.parent, "SR-IOV")

    def about(self, world: World) -> str:
        return partition_name(world, self.parent)

    def check(self, world: World) -> None:
        partition = existing_partition(world, self.parent)
        about = f"a logical port of partition {partition.name}"
        check_io_dlpar(world, partition, _KIND)
        wish = _normal(about, self.requested)
        for name in ("sriov_adap_id", "pport_id"):
            if not wish.has(name):
                tag = SRIOVEthernetLogicalPort.by_name[name].tag
                raise general.MISSING_VALUE.error(object=f"The new {about[2:]}", field=tag)
        adapter, physical = place = usable_port(world, wish.sriov_adap_id, wish.pport_id)
        given = {field.name: value for field, value in wish.present() if field.access.on_create}
        given["cfg_capacity"] = rules.capacity_of(wish.get("cfg_capacity"), physical)
        self._plan = rules.made_port(
            partition.uuid,
            adapter,
            physical,
            rules.Numbers(world).next(adapter),
            VNICPortUsage.NOT_VNIC,
            **{name: value for name, value in given.items() if name not in ("lport_id", "configuration_id")},
        )
        _check(world, self._plan, place, about)
        Room(world).take(adapter, physical, self._plan.cfg_capacity)
        if self._plan.mac:
            rules.check_mac_free(world, self._plan.mac)

    def steps(self) -> Iterable[Step]:
        yield Step("add the logical port", self._add)

    def _add(self, change: Change) -> None:
        mac = self._plan.mac or rules.new_mac(change, change.entropy)
        made = self._plan.evolve(uuid=change.entropy.uuid(), mac=mac, cur_mac=mac)
        change.put(made)
        self.subject = (SRIOVEthernetLogicalPort, made.uuid)


@dataclass
class UpdateLogicalPort(UpdateOperation, name="sriov_port.update", verb="update", on=(SRIOVEthernetLogicalPort,)):
    """Takes over a client's version of a logical port; its capacity changes only while the partition is off."""

    evidence = _EVIDENCE

    requested: SRIOVEthernetLogicalPort

    called = "loc_code"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "SR-IOV")

    def check(self, world: World) -> None:
        before = find_unshown(world, SRIOVEthernetLogicalPort, self.uuid, self.parent)
        self.subject = (SRIOVEthernetLogicalPort, self.uuid)
        about = f"logical port {before.loc_code}"
        wish = _normal(about, self.requested)
        after = merged(before, before, wish, about=about, strict=self.strict)
        self._before, self._after = before, after
        if after == before:
            return
        check_no_vnic(world, before, "changed")
        partition = existing_partition(world, before.parent or "")
        place = usable_port(world, before.sriov_adap_id, before.pport_id)
        _check(world, after, place, about)
        if is_active(partition):
            for name in _CAPACITY:
                if after.get(name) != before.get(name):
                    tag = SRIOVEthernetLogicalPort.by_name[name].tag
                    raise say_partition.NEEDS_POWER_OFF.error(
                        field=f"{tag} of {about}", partition=partition.name, state=partition.state
                    )
        Room(world).take(*place, after.cfg_capacity - before.cfg_capacity, count=0)
        if after.mac != before.mac:
            rules.check_mac_free(world, after.mac, (after.uuid,))

    def steps(self) -> Iterable[Step]:
        if self._after != self._before:
            yield Step("change the logical port", self._change)

    def _change(self, change: Change) -> None:
        change.put(self._after.evolve(cur_mac=self._after.mac))


def check_no_vnic(world: World, port: SRIOVEthernetLogicalPort, task: str) -> None:
    """A port behind a virtual NIC is changed by way of that."""
    if port.vnic_port_usage == VNICPortUsage.NOT_VNIC:
        return
    for vnic in world.all(VirtualNICDedicated):
        for choice in vnic.back_devs:
            if any(device.lport_href.endswith(port.uuid) for device in choice.sriov):
                partition = partition_name(world, vnic.parent or "")
                raise say.PORT_BACKS_VNIC.error(port=port.loc_code, partition=partition, task=task)


class DeleteLogicalPort(DeleteOperation, name="sriov_port.delete", verb="delete", on=(SRIOVEthernetLogicalPort,)):
    """Takes a share of a physical port away from its partition."""

    evidence = _EVIDENCE

    called = "loc_code"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "SR-IOV")

    def check(self, world: World) -> None:
        port = find_unshown(world, SRIOVEthernetLogicalPort, self.uuid, self.parent)
        check_no_vnic(world, port, "deleted")
        check_io_dlpar(world, existing_partition(world, port.parent or ""), _KIND)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the logical port", self._remove)
