"""The devices of a Virtual I/O Server, as ``lsdev`` names them. They follow from its adapters, disks and mappings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from openlpar.ports.records import LinkAggregation, VirtualLog
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.file_sets import card_id
from openlpar.uom.io_adapter import EthernetBackingDevice, IOAdapter, PhysicalFibreChannelPort
from openlpar.uom.network_bridge import HighAvailabilityMode, SharedEthernetAdapter
from openlpar.uom.plain import from_plain
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.vnic import VirtualNICDedicated, VirtualNICSRIOVBackingDevice, served_by
from openlpar.uom.volume_group import PhysicalVolume
from openlpar.vios.padmin import attributes as usual
from openlpar.vios.padmin.attributes import Attribute, in_effect
from openlpar.vios.padmin.interfaces import interfaces
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.server import Server, in_order, pvid

FIBRE_DISK, FIBRE_PROTOCOL = "disk/fcp/mpioosdisk", "driver/iocb/efscsi"
VIRTUAL_ETHERNET, SHARED_ETHERNET = "adapter/vdevice/IBM,l-lan", "adapter/pseudo/sea"
"""Types of devices, as AIX calls them."""
UNAVAILABLE = "unavailable"
"""Device name of a logical port that the hypervisor does not know; recorded."""
_FIRST_VNIC_SLOT = 32769

_TARGETS = {
    "disk": "Virtual Target Device - Disk",
    "lv": "Virtual Target Device - Logical Volume",
    "cl_disk": "Virtual Target Device - Disk",
    "file_disk": "Virtual Target Device - File-backed Disk",
    "file_opt": "Virtual Target Device - File-backed Optical",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device. kinds: words of ``lsdev -type`` that list it. location: physical location code, or "". type: of those that rules
    can be about, ``class/subclass/type`` in AIX's terms."""

    name: str
    kinds: tuple[str, ...]
    description: str
    location: str = ""
    parent: str = ""
    virtual: bool = False
    status: str = "Available"
    attributes: tuple[Attribute, ...] = field(default=())
    type: str = ""

    def attribute(self, name: str) -> Attribute:
        """Raises Refusal."""
        for attribute in self.attributes:
            if attribute.name == name:
                return attribute
        known = ", ".join(attribute.name for attribute in self.attributes) or "none"
        owner = f'"{self.name}"' if self.name else "It"
        raise no_such("Attribute", name, f"{owner} has: {known}.")


def find_device(server: Server, name: str) -> Device:
    for device in devices(server):
        if device.name == name:
            return device
    raise no_such("Device", name, "lsdev lists the devices.")


def find_ethernet(server: Server, name: str) -> Device:
    """The same for an Ethernet adapter, without looking at what may be thousands of other devices."""
    for device in _ethernet(server, server.vios):
        if device.name == name:
            changed = server.settings.attributes.get(name, {})
            return replace(device, attributes=in_effect(device.attributes, changed))
    return find_device(server, name)


def devices(server: Server) -> list[Device]:
    """All devices, in order of their names."""
    vios = server.vios
    changed = server.settings.attributes
    found: dict[str, Device] = {}
    for device in (
        *_ethernet(server, vios),
        *_fibre_channel(server, vios),
        *_disks(server),
        *_defined_disks(server),
        *_virtual_scsi(server),
        *_virtual_nics(server),
        *_virtual_logs(server),
        *_always(vios),
    ):
        if device.name:
            attributes = in_effect(device.attributes, changed.get(device.name, {}))
            found.setdefault(device.name, replace(device, attributes=attributes))
    return sorted(found.values(), key=lambda device: in_order(device.name))


def fibre_ports(vios: VirtualIOServer) -> list[PhysicalFibreChannelPort]:
    """The physical Fibre Channel ports, in order of their names."""
    ports = [
        port
        for slot in vios.io_config.io_slots
        for port in slot.slot.related_io_adapter.fc_adapter.fc_ports
        if port.name
    ]
    return sorted(ports, key=lambda port: in_order(port.name))


def virtual_ethernets(server: Server, vios: VirtualIOServer) -> list[tuple[str, str, str]]:
    """(device, location, shared Ethernet adapter or "") of the virtual Ethernet adapters, in order of their names.

    An adapter whose object does not tell its device is named as a VIOS does: the next number after all others, by slots.
    """
    bridged = {trunk.dev_name: sea.dev_name for sea in vios.seas for trunk in sea.trunk_adapters if trunk.dev_name}
    found: dict[str, str] = {}
    trunks = [*(trunk for sea in vios.seas for trunk in sea.trunk_adapters), *vios.trunk_adapters]
    adapters = sorted(server.change.all(ClientNetworkAdapter, vios.uuid), key=lambda adapter: adapter.slot)
    slots = {trunk.virtual_slot_number for trunk in trunks if trunk.dev_name}
    for name, location in [*((t.dev_name, t.loc_code) for t in trunks), *((a.dev_name, a.loc_code) for a in adapters)]:
        if name:
            found.setdefault(name, location)
    others = [*found, *(sea.dev_name for sea in vios.seas), *(device.name for device in _physical_ethernet(vios))]
    number = max((in_order(name)[1] for name in others), default=-1)
    for adapter in adapters:
        if not adapter.dev_name and adapter.slot not in slots:
            number += 1
            found[f"ent{number}"] = adapter.loc_code or adapter.drc_name
    return [(name, found[name], bridged.get(name, "")) for name in sorted(found, key=in_order)]


def hardware_address(server: Server, device: str) -> str:
    """MAC address of an Ethernet device; a shared one has that of its physical device. Where the UOM does not tell it, it is made
    from what does not change."""
    for adapter in server.change.all(ClientNetworkAdapter, server.uuid):
        if adapter.dev_name == device and adapter.mac:
            return _colons(adapter.mac)
    for sea in server.vios.seas:
        if sea.dev_name == device and sea.backing_device.ethernet_device.dev_name not in ("", device):
            return hardware_address(server, sea.backing_device.ethernet_device.dev_name)
        for trunk in sea.trunk_adapters:
            if trunk.dev_name == device and trunk.mac:
                return _colons(trunk.mac)
    digits = hashlib.sha256(f"{server.system.mtms.serial} {server.vios.id} {device}".encode()).hexdigest()
    return _colons(f"02{digits[:10]}")


def _colons(digits: str) -> str:
    return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2)).lower()


def _physical_ethernet(vios: VirtualIOServer) -> Iterator[Device]:
    for sea in vios.seas:
        physical = sea.backing_device.ethernet_device
        location = physical.phys_loc_code
        yield Device(physical.dev_name, ("adapter",), physical.description, location, attributes=usual.ETHERNET)
    for choice in (*vios.free_eth_devs_for_sea, *vios.io_adpts_for_link_agg):
        adapter: EthernetBackingDevice | IOAdapter = (
            choice.ethernet_device if choice.has("ethernet_device") else choice.io_adapter
        )
        yield Device(
            adapter.dev_name,
            ("adapter", "ent4sea", "ent4ip"),
            adapter.description,
            adapter.phys_loc_code,
            attributes=usual.ETHERNET,
        )


def _interfaces(server: Server) -> Iterator[Device]:
    for interface in interfaces(server):
        attributes = (
            *usual.INTERFACE,
            Attribute("netaddr", interface.address, "Internet Address"),
            Attribute("netmask", interface.mask, "Subnet Mask"),
            Attribute("state", "up" if interface.is_up else "down", "Current Interface Status", allowed=("up", "down")),
        )
        yield Device(
            interface.name,
            ("if",),
            "Standard Ethernet Network Interface",
            parent=interface.device,
            attributes=attributes,
        )


def _ethernet(server: Server, vios: VirtualIOServer) -> Iterator[Device]:
    for name, location, _ in virtual_ethernets(server, vios):
        yield Device(
            name,
            ("adapter", "vent4sea", "ent4ip"),
            "Virtual I/O Ethernet Adapter (l-lan)",
            location,
            virtual=True,
            attributes=usual.VIRTUAL_ETHERNET,
            type=VIRTUAL_ETHERNET,
        )
    for sea in vios.seas:
        attributes = _sea_attributes(sea)
        yield Device(
            sea.dev_name,
            ("adapter", "sea", "ent4ip"),
            "Shared Ethernet Adapter",
            attributes=attributes,
            type=SHARED_ETHERNET,
        )
    groups = {group.name: group for group in server.change.where(LinkAggregation, vios=vios.uuid)}
    for device in _physical_ethernet(vios):
        yield _aggregation(device, groups[device.name]) if device.name in groups else device
    for group in groups.values():
        for port in group.ports:
            location = str(port.get("PhysicalLocation", ""))
            description = str(port.get("Description", ""))
            yield Device(str(port["DeviceName"]), ("adapter",), description, location, attributes=usual.ETHERNET)
    yield from _interfaces(server)


def _aggregation(device: Device, group: LinkAggregation) -> Device:
    names = ",".join(str(port["DeviceName"]) for port in group.ports)
    own = (
        Attribute("adapter_names", names, "EtherChannel Adapters", settable=False),
        Attribute("mode", group.mode, "EtherChannel mode of operation", settable=False),
    )
    return replace(device, attributes=(*usual.ETHER_CHANNEL, *own))


def _sea_attributes(sea: SharedEthernetAdapter) -> tuple[Attribute, ...]:
    """What the UOM knows of it, under the names that chdev has for it; and the rest."""
    trunks = ",".join(trunk.dev_name for trunk in sea.trunk_adapters)
    default = next((trunk.dev_name for trunk in sea.trunk_adapters if trunk.pvid == sea.pvid), "")
    yes_no, on_off = usual.YES_NO, usual.ON_OFF
    real = sea.backing_device.ethernet_device.dev_name
    return (
        *usual.SHARED_ETHERNET,
        Attribute("ctl_chan", sea.control_channel, "Control Channel adapter for SEA failover"),
        Attribute("ha_mode", sea.ha_mode or "disabled", "High Availability Mode", allowed=_HA_MODES),
        Attribute(
            "jumbo_frames", _word(sea.jumbo_frames, yes_no), "Enable Gigabit Ethernet Jumbo Frames", allowed=yes_no
        ),
        Attribute(
            "largesend", _word(sea.large_send, on_off), "Enable Hardware Transmit TCP Resegmentation", allowed=on_off
        ),
        Attribute("pvid", str(sea.pvid), "PVID to use for the SEA device", at_least=1, at_most=4094),
        Attribute("pvid_adapter", default, "Default virtual adapter to use for non-VLAN-tagged packets"),
        Attribute("qos_mode", sea.qos_mode or "disabled", "N/A", allowed=("disabled", "loose", "strict")),
        Attribute("queue_size", str(sea.queue_size), "Queue size for a SEA thread", at_least=1, at_most=65535),
        Attribute("real_adapter", real, "Physical adapter associated with the SEA"),
        Attribute("thread", _word(sea.thread_mode, on_off), "Thread mode enabled (1) or disabled (0)", allowed=on_off),
        Attribute("virt_adapters", trunks, "List of virtual adapters associated with the SEA (comma separated)"),
    )


def shared_ethernet_attribute(name: str) -> Attribute:
    """An attribute of a shared Ethernet adapter that is still to be made. Raises Refusal."""
    return Device("", (), "", attributes=_sea_attributes(SharedEthernetAdapter.empty())).attribute(name)


_HA_MODES = tuple(mode.value for mode in HighAvailabilityMode)


def _word(value: bool, words: tuple[str, ...]) -> str:
    return words[0] if value else words[1]


def _fibre_channel(server: Server, vios: VirtualIOServer) -> Iterator[Device]:
    cards = {
        port.name: slot.slot
        for slot in vios.io_config.io_slots
        for port in slot.slot.related_io_adapter.fc_adapter.fc_ports
    }
    for port in fibre_ports(vios):
        text, card = cards[port.name].description or "FC Adapter", card_id(cards[port.name])
        kind = f"adapter/pciex/{card}" if card else ""
        yield Device(port.name, ("adapter", "fc"), text, port.loc_code, attributes=usual.FIBRE_PORT, type=kind)
        yield Device(
            port.name.replace("fcs", "fscsi"),
            ("adapter",),
            "FC SCSI I/O Controller Protocol Device",
            port.loc_code,
            parent=port.name,
            attributes=usual.FIBRE_PROTOCOL,
            type=FIBRE_PROTOCOL,
        )
    for mapping in server.channels():
        adapter = mapping.server_adapter
        location = adapter.loc_code or adapter.drc_name
        attributes = (
            Attribute("alt_site_wwpn", "", "WWPN to use - Only set after migration", settable=False),
            Attribute("map_port", adapter.map_port or mapping.backing_port.name, "Physical FC Port"),
        )
        yield Device(
            adapter.name,
            ("adapter",),
            "Virtual FC Server Adapter",
            location,
            "vio0",
            virtual=True,
            attributes=attributes,
        )


def _disks(server: Server) -> Iterator[Device]:
    ports, identified = fibre_ports(server.vios), server.identified_disks()
    for disk in server.disks():
        yield _disk(disk, ports, pvid(disk) if disk.name in identified else "")


def _defined_disks(server: Server) -> Iterator[Device]:
    """Disks that the server was told to unconfigure, but not to forget."""
    ports = fibre_ports(server.vios)
    for removed in server.removed_disks():
        if removed.defined:
            disk = from_plain(PhysicalVolume, removed.disk, trusted=True)
            yield replace(_disk(disk, ports, ""), status="Defined")


def _disk(disk: PhysicalVolume, ports: Sequence[PhysicalFibreChannelPort], identifier: str) -> Device:
    parent = next((port.name for port in ports if port.loc_code and disk.loc_code.startswith(f"{port.loc_code}-")), "")
    algorithm = usual.ALGORITHMS.get(disk.reserve_policy_algorithm, "fail_over")
    reserve = usual.RESERVES.get(disk.reserve_policy, "no_reserve")
    attributes = (
        *usual.DISK,
        Attribute("algorithm", algorithm, "Algorithm", allowed=tuple(usual.ALGORITHMS.values())),
        Attribute(
            "pvid", identifier.ljust(32, "0") if identifier else "none", "Physical volume identifier", settable=False
        ),
        Attribute("reserve_policy", reserve, "Reserve Policy", allowed=tuple(usual.RESERVES.values())),
        Attribute("size_in_mb", str(disk.capacity), "Size in Megabytes", settable=False),
        Attribute("unique_id", disk.volume_unique_id, "Unique device identifier", settable=False),
    )
    protocol = parent.replace("fcs", "fscsi")
    kind = FIBRE_DISK if protocol else ""
    return Device(disk.name, ("disk",), disk.description, disk.loc_code, protocol, attributes=attributes, type=kind)


def _virtual_scsi(server: Server) -> Iterator[Device]:
    for vhost in server.vhosts():
        yield Device(vhost.name, ("adapter",), "Virtual SCSI Server Adapter", vhost.location, "vio0", virtual=True)
        for target in vhost.targets:
            kinds = ("optical",) if target.kind == "file_opt" else ("disk",)
            attributes = (
                Attribute("LogicalUnitAddr", target.lun, "Logical Unit Address", settable=False),
                Attribute("aix_tdev", target.backing, "Target Device Name", settable=False),
            )
            yield Device(
                target.name,
                kinds,
                _TARGETS[target.kind],
                vhost.location,
                vhost.name,
                virtual=True,
                attributes=attributes,
            )


def _virtual_nics(server: Server) -> Iterator[Device]:
    """The server adapters of virtual NICs, and the logical ports behind them. One whose object does not tell its device has the
    next number after all other Ethernet devices."""
    served = served_by(server.uuid, server.change.all(VirtualNICDedicated))
    if not served:
        return
    ethernets = [device.name for device in _ethernet(server, server.vios) if device.name.startswith("ent")]
    last = max((in_order(name)[1] for name in ethernets), default=-1)
    for number, (name, _, backing) in enumerate(served):
        place = vnic_location(server, number)
        yield Device(name, ("adapter",), "Virtual NIC Server Device (vnicserver)", place, "vio0", virtual=True)
        port = backing_port(server, backing)
        if port is None:
            continue
        if port.dev_name in ("", UNAVAILABLE):
            last += 1
        device = f"ent{last}" if port.dev_name in ("", UNAVAILABLE) else port.dev_name
        yield Device(device, ("adapter", "vnic"), "SR-IOV Ethernet Virtual Function (VF)", port.loc_code)


def vnic_location(server: Server, number: int) -> str:
    """Of server adapter ``vnicserver{number}``: above the slots that administrators choose."""
    machine = server.system.mtms
    frame = f"U{machine.machine_type}.{machine.model}.{machine.serial}-V{server.vios.id}"
    return f"{frame}-C{_FIRST_VNIC_SLOT + number}"


def backing_port(server: Server, device: VirtualNICSRIOVBackingDevice) -> SRIOVEthernetLogicalPort | None:
    return server.change.find(SRIOVEthernetLogicalPort, device.lport_href.rpartition("/")[2])


def _virtual_logs(server: Server) -> Iterator[Device]:
    there = {vhost.name for vhost in server.vhosts()}
    for log in server.change.where(VirtualLog, vios=server.uuid):
        if log.adapter in there:
            status = "Defined" if log.defined else "Available"
            text = "Virtual Target Device - Log"
            yield Device(log.device, ("log",), text, "", log.adapter, virtual=True, status=status)


def _always(vios: VirtualIOServer) -> Iterator[Device]:
    yield Device("inet0", ("tcpip",), "Internet Network Extension")
    yield Device("sys0", ("sys",), "System Object")
    yield Device("vio0", ("bus",), "Virtual I/O Bus", virtual=True)
    yield Device("vsa0", ("adapter",), "LPAR Virtual Serial Adapter", parent="vio0", virtual=True)
    yield Device("vasi0", ("adapter",), "Virtual Asynchronous Services Interface (VASI)", parent="vio0", virtual=True)
    yield Device("vbsd0", ("adapter",), "Virtual Block Storage Device (VBSD)", parent="vasi0", virtual=True)
    if vios.is_mover_service_partition:
        yield Device("vioslpm0", ("lpm",), "VIOS LPM Adapter", virtual=True, attributes=usual.MOVER)
