"""What backs a virtual NIC: logical ports of Virtual I/O Servers, of which one is active.

Which one follows from which servers run and which links are up. With automatic failback it is always the best one that works;
without, the active one stays until it fails, so that has to be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from openlpar.ops.sriov.ports import find_port
from openlpar.ops.views import view
from openlpar.ports.state import Change, World
from openlpar.uom.partition_state import PartitionState
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.vnic import (
    VirtualNICBackingDeviceChoice,
    VirtualNICBackingDeviceStatus,
    VirtualNICDedicated,
    VirtualNICSRIOVBackingDevice,
)

DEFAULT_PRIORITY = 50
"""Of a backing device whose maker names none (chhwres, failover_priority)."""
Status = VirtualNICBackingDeviceStatus


def devices(vnic: VirtualNICDedicated) -> list[VirtualNICSRIOVBackingDevice]:
    return [device for choice in vnic.back_devs for device in choice.sriov]


def with_devices(vnic: VirtualNICDedicated, backing: Iterable[VirtualNICSRIOVBackingDevice]) -> VirtualNICDedicated:
    return vnic.evolve(back_devs=(VirtualNICBackingDeviceChoice(sriov=tuple(backing)),))


def port_of(device: VirtualNICSRIOVBackingDevice) -> str:
    """uuid of its logical port."""
    return device.lport_href.rpartition("/")[2]


def server_of(device: VirtualNICSRIOVBackingDevice) -> str:
    """uuid of its Virtual I/O Server."""
    return device.vios_href.rpartition("/")[2]


def status_of(world: World, device: VirtualNICSRIOVBackingDevice) -> Status:
    vios = world.find(VirtualIOServer, server_of(device))
    if vios is None or vios.state != PartitionState.RUNNING:
        return Status.POWERED_OFF
    found = find_port(world, device.sriov_adap_id, device.pport_id)
    if found is None:
        return Status.ADAPTER_ERROR
    return Status.OPERATIONAL if found[1].link_status else Status.LINK_DOWN


def chosen(
    backing: Sequence[VirtualNICSRIOVBackingDevice], statuses: Sequence[Status], *, fails_back: bool
) -> int | None:
    """Place of the active device; None when none works. fails_back: the best one, whichever was active before."""
    working = [place for place, status in enumerate(statuses) if status == Status.OPERATIONAL]
    if not working:
        return None
    if not fails_back:
        for place in working:
            if backing[place].is_active:
                return place
    return min(working, key=lambda place: (backing[place].failover_pri or DEFAULT_PRIORITY, place))


def active(world: World, vnic: VirtualNICDedicated) -> VirtualNICSRIOVBackingDevice | None:
    """The backing device that carries the traffic now."""
    backing = devices(vnic)
    statuses = [status_of(world, device) for device in backing]
    place = chosen(backing, statuses, fails_back=fails_back(vnic))
    return None if place is None else backing[place]


def fails_back(vnic: VirtualNICDedicated) -> bool:
    return vnic.details.auto_pri_failover or not vnic.details.has("auto_pri_failover")


@view(VirtualNICDedicated, depends="world")
def shown_vnic(world: World, vnic: VirtualNICDedicated) -> VirtualNICDedicated:
    backing = devices(vnic)
    statuses = [status_of(world, device) for device in backing]
    place = chosen(backing, statuses, fails_back=fails_back(vnic))
    shown = [
        _shown(world, device, status, number == place)
        for number, (device, status) in enumerate(zip(backing, statuses, strict=True))
    ]
    details = vnic.details
    if place is not None:
        details = details.evolve(capacity=shown[place].capacity)
    return with_devices(vnic.evolve(details=details), shown)


def _shown(
    world: World, device: VirtualNICSRIOVBackingDevice, status: Status, is_active: bool
) -> VirtualNICSRIOVBackingDevice:
    device = device.evolve(is_active=is_active, status=status.value)
    port = world.find(SRIOVEthernetLogicalPort, port_of(device))
    if port is None:
        return device
    shares = {"capacity": port.cfg_capacity, "max_capacity": port.cfg_max_capacity}
    return device.evolve(**shares, **{f"desired_{name}": value for name, value in shares.items()})


def settle(change: Change) -> None:
    """Remembers which device is active, for the virtual NICs that do not fail back; called when a server's state changed."""
    for vnic in change.all(VirtualNICDedicated):
        if not fails_back(vnic):
            remember(change, vnic)


def remember(change: Change, vnic: VirtualNICDedicated) -> None:
    carrier = active(change, vnic)
    backing = [device.evolve(is_active=device is carrier) for device in devices(vnic)]
    if carrier is not None and backing != devices(vnic):
        change.put(with_devices(vnic, backing))
