"""Virtual NICs: creating, changing, deleting. Each backing device is a logical port that its Virtual I/O Server gets for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from openlpar.messages import Failure
from openlpar.messages import sriov as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import (
    CreateOperation,
    DeleteOperation,
    Evidence,
    Level,
    Operation,
    Step,
    UpdateOperation,
    partition_name,
)
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.merge import merged
from openlpar.ops.network import adapter_rules
from openlpar.ops.scsi.slots import FreeSlots, location_code
from openlpar.ops.sriov import lport_rules as rules
from openlpar.ops.sriov.ports import WHOLE, Room, usable_port
from openlpar.ops.views import find_unshown, shown
from openlpar.ops.vnic import backing
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.sriov import SRIOVEthernetLogicalPort, VNICPortUsage
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceType,
    VirtualNICDedicated,
    VirtualNICDetails,
    VirtualNICMode,
    VirtualNICSRIOVBackingDevice,
)

_KIND = "virtual NICs"
_EVIDENCE = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.sriov, pypowervm.wrappers.iocard")
MOST_BACKING_DEVICES = 6
LAST_PRIORITY = 100


@dataclass
class Backing:
    """One backing device as it is to be. port: its logical port; without uuid it is to be made."""

    device: VirtualNICSRIOVBackingDevice
    port: SRIOVEthernetLogicalPort


@dataclass
class VnicPlan:
    """vnic: as it is to be, but for its backing devices. removed: logical ports that go."""

    vnic: VirtualNICDedicated
    backing: list[Backing] = field(default_factory=list)
    removed: list[SRIOVEthernetLogicalPort] = field(default_factory=list)


class _VnicOperation(Operation):
    """What operations share that carry out a plan."""

    plan: VnicPlan

    def steps(self) -> Iterable[Step]:
        if self.plan.removed:
            yield Step("remove logical ports", self._remove_ports)
        yield Step("add or change logical ports", self._put_ports)
        yield Step("change the virtual NIC", self._put)

    def _remove_ports(self, change: Change) -> None:
        for port in self.plan.removed:
            change.remove(change.get(SRIOVEthernetLogicalPort, port.uuid))

    def _put_ports(self, change: Change) -> None:
        for one in self.plan.backing:
            if not one.port.uuid:
                mac = rules.new_mac(change, change.entropy)
                one.port = one.port.evolve(uuid=change.entropy.uuid(), mac=mac, cur_mac=mac)
                href = f"VirtualIOServer/{one.port.parent}/SRIOVEthernetLogicalPort/{one.port.uuid}"
                one.device = one.device.evolve(lport_href=href)
            if change.find(SRIOVEthernetLogicalPort, one.port.uuid) != one.port:
                change.put(one.port)

    def _put(self, change: Change) -> None:
        vnic = self.plan.vnic
        if not vnic.uuid:
            mac = vnic.details.mac or rules.new_mac(change, change.entropy)
            vnic = vnic.evolve(uuid=change.entropy.uuid(), details=vnic.details.evolve(mac=mac))
        vnic = backing.with_devices(vnic, [one.device for one in self.plan.backing])
        change.put(vnic)
        if not backing.fails_back(vnic):
            backing.remember(change, vnic)
        self.subject = (VirtualNICDedicated, vnic.uuid)


def _normal_details(about: str, wish: VirtualNICDetails) -> VirtualNICDetails:
    changes: dict[str, Any] = {}
    if wish.has("allowed_vlans"):
        changes["allowed_vlans"] = rules.normal_vlans(VirtualNICDetails, about, wish.allowed_vlans)
    if wish.has("allowed_macs"):
        changes["allowed_macs"] = adapter_rules.normal_allowed_macs(about, wish.allowed_macs)
    if wish.mac:
        changes["mac"] = adapter_rules.normal_mac(about, "mac", wish.mac)
    return wish.evolve(**changes)


def _carried(details: VirtualNICDetails) -> dict[str, Any]:
    """What the logical ports let through, which is what the virtual NIC does."""
    return {"pvid": details.pvid, "allowed_vlans": details.allowed_vlans, "allowed_macs": details.allowed_macs}


class _Planner:
    """Plans the backing devices of one virtual NIC."""

    def __init__(self, world: World, partition: str, details: VirtualNICDetails) -> None:
        self._world = world
        self._partition = partition
        self._details = details
        self._room = Room(world)
        self._numbers = rules.Numbers(world)

    def _bad(self, cause: str) -> Failure:
        return say.BAD_BACKING.error(partition=self._partition, cause=cause)

    def give_back(self, port: SRIOVEthernetLogicalPort) -> None:
        place = usable_port(self._world, port.sriov_adap_id, port.pport_id)
        self._room.take(*place, -port.cfg_capacity, count=-1)

    def keep(self, stored: VirtualNICSRIOVBackingDevice, wish: VirtualNICSRIOVBackingDevice) -> Backing:
        """A backing device that stays, with the priority that the client gives it now."""
        port = self._world.get(SRIOVEthernetLogicalPort, backing.port_of(stored))
        priority = wish.failover_pri if wish.has("failover_pri") else stored.failover_pri
        return Backing(stored.evolve(failover_pri=self._priority(priority)), port.evolve(**_carried(self._details)))

    def add(self, wish: VirtualNICSRIOVBackingDevice) -> Backing:
        vios = self._server(wish)
        if not (wish.has("sriov_adap_id") and wish.has("pport_id")):
            raise self._bad("it names no port")
        adapter, physical = usable_port(self._world, wish.sriov_adap_id, wish.pport_id)
        capacity = rules.capacity_of(wish.get("capacity"), physical)
        most = wish.get("max_capacity") or WHOLE
        about = f"the virtual NIC of partition {self._partition}"
        rules.check_capacity(about, physical, capacity, most, adapter.personality)
        self._room.take(adapter, physical, capacity)
        port = rules.made_port(
            vios.uuid,
            adapter,
            physical,
            self._numbers.next(adapter),
            VNICPortUsage.DEDICATED_VNIC,
            cfg_capacity=capacity,
            cfg_max_capacity=most,
            **_carried(self._details),
        )
        device = VirtualNICSRIOVBackingDevice(
            device_type=VirtualNICBackingDeviceType.SRIOV.value,
            vios_href=f"ManagedSystem/{vios.parent}/VirtualIOServer/{vios.uuid}",
            failover_pri=self._priority(wish.failover_pri or backing.DEFAULT_PRIORITY),
            sriov_adap_id=adapter.sriov_adap_id,
            pport_id=physical.port_id,
        )
        return Backing(device, port)

    def _priority(self, priority: int) -> int:
        if not 1 <= priority <= LAST_PRIORITY:
            raise self._bad(f"there is no failover priority {priority}, only 1 to {LAST_PRIORITY}")
        return priority

    def _server(self, wish: VirtualNICSRIOVBackingDevice) -> VirtualIOServer:
        vios = self._world.find(VirtualIOServer, backing.server_of(wish))
        if vios is None:
            raise self._bad(f"there is no Virtual I/O Server {backing.server_of(wish) or 'in its reference'}")
        if not vios.vnic_capable:
            raise self._bad(f"Virtual I/O Server {vios.name} is not vNIC capable")
        if vios.state != PartitionState.RUNNING:
            raise self._bad(f"Virtual I/O Server {vios.name} is {vios.state}")
        check_io_dlpar(self._world, vios, _KIND)
        return vios

    def check_all(self, planned: list[Backing]) -> None:
        places = [(one.device.sriov_adap_id, one.device.pport_id) for one in planned]
        if not 1 <= len(planned) <= MOST_BACKING_DEVICES:
            raise self._bad(f"it would be one of {len(planned)}, and there are 1 to {MOST_BACKING_DEVICES}")
        twice = next((place for place in places if places.count(place) > 1), None)
        if twice is not None:
            raise self._bad(f"port {twice[1]} of adapter {twice[0]} would back it twice")
        if len(planned) > 1:
            self._check_failover(planned)

    def _check_failover(self, planned: list[Backing]) -> None:
        if not managed_system(self._world).associated_capabilities.vnic_failover_capable:
            raise self._bad("the system is not vNIC failover capable")
        for one in planned:
            vios = self._world.get(VirtualIOServer, backing.server_of(one.device))
            if not vios.vnic_failover_capable:
                raise self._bad(f"Virtual I/O Server {vios.name} is not vNIC failover capable")


@dataclass
class CreateVnic(_VnicOperation, CreateOperation, name="vnic.create", verb="create", on=(VirtualNICDedicated,)):
    """Gives a partition a virtual NIC, and each of its servers a logical port behind it."""

    evidence = _EVIDENCE

    requested: VirtualNICDedicated

    def locks(self) -> Iterable[str]:
        return (self.parent, "SR-IOV", "partitions")

    def about(self, world: World) -> str:
        return partition_name(world, self.parent)

    def check(self, world: World) -> None:
        partition = world.get(LogicalPartition, self.parent)
        wish = self.requested
        about = f"the virtual NIC of partition {partition.name}"
        if not managed_system(world).associated_capabilities.vnic_capable:
            raise say.BAD_BACKING.error(partition=partition.name, cause="the system is not vNIC capable")
        check_io_dlpar(world, partition, _KIND)
        details = _completed(_normal_details(about, wish.details))
        rules.check_pvid(VirtualNICDetails, about, details.pvid)
        if details.mac:
            rules.check_mac_free(world, details.mac)
        slot = FreeSlots(world).take(partition, wish.slot, high=wish.use_next_high_slot)
        place = location_code(world, partition.id, slot)
        vnic = VirtualNICDedicated(
            parent=partition.uuid, drc_name=place, lpar_id=partition.id, slot=slot, details=details
        )
        planner = _Planner(world, partition.name, details)
        self.plan = VnicPlan(vnic, [planner.add(device) for device in backing.devices(wish)])
        planner.check_all(self.plan.backing)


def _completed(wish: VirtualNICDetails) -> VirtualNICDetails:
    defaults: dict[str, Any] = {
        "pvid": 0,
        "pvid_priority": 0,
        "allowed_vlans": "ALL",
        "allowed_macs": "ALL",
        "os_dev_name": "unavailable",
        "mode": VirtualNICMode.DEDICATED.value,
        "auto_pri_failover": True,
    }
    return wish.evolve(**{name: value for name, value in defaults.items() if not wish.has(name)})


@dataclass
class UpdateVnic(_VnicOperation, UpdateOperation, name="vnic.update", verb="update", on=(VirtualNICDedicated,)):
    """Takes over a client's version: VLANs, allowed addresses, failback, backing devices and their priorities."""

    evidence = _EVIDENCE

    requested: VirtualNICDedicated

    called = "drc_name"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "SR-IOV")

    def check(self, world: World) -> None:
        before = find_unshown(world, VirtualNICDedicated, self.uuid, self.parent)
        self.subject = (VirtualNICDedicated, self.uuid)
        partition = world.get(LogicalPartition, before.parent or "")
        about = f"the virtual NIC of partition {partition.name}"
        wish = self.requested
        if wish.has("details"):
            wish = wish.evolve(details=_normal_details(about, wish.details))
        now = shown(world, before)
        after = merged(before, now, wish, leave=frozenset({"back_devs"}), about=about, strict=self.strict)
        if after.details.has("mac") and after.details.mac != before.details.mac:
            rules.check_mac_free(world, after.details.mac, (before.uuid,))
        rules.check_pvid(VirtualNICDetails, about, after.details.pvid)
        left = backing.devices(before)
        wishes = backing.devices(wish) if wish.has("back_devs") else left
        self._changes = after != before or (wishes is not left and wishes != backing.devices(now))
        if not self._changes:
            return
        check_io_dlpar(world, partition, _KIND)
        planner = _Planner(world, partition.name, after.details)
        self.plan = plan = VnicPlan(after)
        kept = [(_known(left, device), device) for device in wishes]
        gone = [device for device in left if all(device is not known for known, _ in kept)]
        plan.removed = [world.get(SRIOVEthernetLogicalPort, backing.port_of(device)) for device in gone]
        for port in plan.removed:
            planner.give_back(port)
        plan.backing = [planner.keep(known, device) if known else planner.add(device) for known, device in kept]
        planner.check_all(plan.backing)

    def steps(self) -> Iterable[Step]:
        return super().steps() if self._changes else ()


def _known(
    stored: list[VirtualNICSRIOVBackingDevice], wish: VirtualNICSRIOVBackingDevice
) -> VirtualNICSRIOVBackingDevice | None:
    """The device that a client read and sends back; a new one has no logical port."""
    if not wish.lport_href:
        return None
    return next((device for device in stored if backing.port_of(device) == backing.port_of(wish)), None)


class DeleteVnic(DeleteOperation, name="vnic.delete", verb="delete", on=(VirtualNICDedicated,)):
    """Removes a virtual NIC with the logical ports behind it."""

    evidence = _EVIDENCE

    called = "drc_name"

    def locks(self) -> Iterable[str]:
        return (self.uuid, "SR-IOV")

    def check(self, world: World) -> None:
        vnic = find_unshown(world, VirtualNICDedicated, self.uuid, self.parent)
        check_io_dlpar(world, world.get(LogicalPartition, vnic.parent or ""), _KIND)
        for device in backing.devices(vnic):
            vios = world.find(VirtualIOServer, backing.server_of(device))
            if vios is not None:
                check_io_dlpar(world, vios, _KIND)

    def steps(self) -> Iterable[Step]:
        yield Step("remove the virtual NIC", self._remove)
        yield Step("remove its logical ports", self._remove_ports)

    def _remove(self, change: Change) -> None:
        self._gone = change.get(VirtualNICDedicated, self.uuid)
        change.remove(self._gone)

    def _remove_ports(self, change: Change) -> None:
        remove_ports(change, self._gone)


def remove_ports(change: Change, vnic: VirtualNICDedicated) -> None:
    for device in backing.devices(vnic):
        port = change.find(SRIOVEthernetLogicalPort, backing.port_of(device))
        if port is not None:
            change.remove(port)


def remove_of_partition(change: Change, partition: str) -> None:
    """Removes the virtual NICs and logical ports of a partition that goes."""
    for vnic in change.all(VirtualNICDedicated, partition):
        change.remove(vnic)
        remove_ports(change, vnic)
    for port in change.all(SRIOVEthernetLogicalPort, partition):
        change.remove(port)


def served_by(world: World, vios: str) -> list[VirtualNICDedicated]:
    """The virtual NICs that a Virtual I/O Server backs."""
    return [
        vnic
        for vnic in world.all(VirtualNICDedicated)
        if any(backing.server_of(device) == vios for device in backing.devices(vnic))
    ]
