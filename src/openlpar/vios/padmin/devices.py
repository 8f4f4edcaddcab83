"""The devices of a Virtual I/O Server, as ``lsdev`` names them. They follow from its adapters, disks and mappings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, IOAdapter, PhysicalFibreChannelPort
from openlpar.uom.network_bridge import SharedEthernetAdapter
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin.server import Server, in_order

_TARGETS = {
    "disk": "Virtual Target Device - Disk",
    "lv": "Virtual Target Device - Logical Volume",
    "cl_disk": "Virtual Target Device - Disk",
    "file_disk": "Virtual Target Device - File-backed Disk",
    "file_opt": "Virtual Target Device - File-backed Optical",
}


@dataclass(frozen=True, slots=True)
class Device:
    """A device. kinds: words of ``lsdev -type`` that list it. location: physical location code, or ""."""

    name: str
    kinds: tuple[str, ...]
    description: str
    location: str = ""
    parent: str = ""
    virtual: bool = False
    status: str = "Available"
    attributes: tuple[tuple[str, str, str, bool], ...] = field(default=())
    """(attribute, value, description, settable by the user)"""


def devices(server: Server) -> list[Device]:
    """All devices, in order of their names."""
    vios = server.vios
    found: dict[str, Device] = {}
    for device in (
        *_ethernet(server, vios),
        *_fibre_channel(server, vios),
        *_disks(server),
        *_virtual_scsi(server),
        *_always(vios),
    ):
        if device.name:
            found.setdefault(device.name, device)
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


def _physical_ethernet(vios: VirtualIOServer) -> Iterator[Device]:
    for sea in vios.seas:
        physical = sea.backing_device.ethernet_device
        yield Device(physical.dev_name, ("adapter",), physical.description, physical.phys_loc_code)
    for choice in (*vios.free_eth_devs_for_sea, *vios.io_adpts_for_link_agg):
        adapter: EthernetBackingDevice | IOAdapter = (
            choice.ethernet_device if choice.has("ethernet_device") else choice.io_adapter
        )
        yield Device(adapter.dev_name, ("adapter", "ent4sea", "ent4ip"), adapter.description, adapter.phys_loc_code)


def _interfaces(vios: VirtualIOServer) -> Iterator[Device]:
    devices = [(sea.ip_interface, sea.dev_name) for sea in vios.seas]
    for choice in vios.free_eth_devs_for_sea:
        devices.append((choice.ethernet_device.ip_interface, choice.ethernet_device.dev_name))
    for interface, parent in devices:
        yield Device(interface.name, ("if",), "Standard Ethernet Network Interface", parent=parent)


def _ethernet(server: Server, vios: VirtualIOServer) -> Iterator[Device]:
    for name, location, _ in virtual_ethernets(server, vios):
        yield Device(
            name, ("adapter", "vent4sea", "ent4ip"), "Virtual I/O Ethernet Adapter (l-lan)", location, virtual=True
        )
    for sea in vios.seas:
        attributes = _sea_attributes(sea)
        yield Device(sea.dev_name, ("adapter", "sea", "ent4ip"), "Shared Ethernet Adapter", attributes=attributes)
    yield from _physical_ethernet(vios)
    yield from _interfaces(vios)


def _sea_attributes(sea: SharedEthernetAdapter) -> tuple[tuple[str, str, str, bool], ...]:
    trunks = ",".join(trunk.dev_name for trunk in sea.trunk_adapters)
    default = next((trunk.dev_name for trunk in sea.trunk_adapters if trunk.pvid == sea.pvid), "")
    return (
        ("ctl_chan", sea.control_channel, "Control Channel adapter for SEA failover", True),
        ("ha_mode", sea.ha_mode or "disabled", "High Availability Mode", True),
        ("jumbo_frames", "yes" if sea.jumbo_frames else "no", "Enable Gigabit Ethernet Jumbo Frames", True),
        ("largesend", "1" if sea.large_send else "0", "Enable Hardware Transmit TCP Resegmentation", True),
        ("pvid", str(sea.pvid), "PVID to use for the SEA device", True),
        ("pvid_adapter", default, "Default virtual adapter to use for non-VLAN-tagged packets", True),
        ("qos_mode", sea.qos_mode or "disabled", "N/A", True),
        ("queue_size", str(sea.queue_size), "Queue size for a SEA thread", True),
        ("real_adapter", sea.backing_device.ethernet_device.dev_name, "Physical adapter associated with the SEA", True),
        ("thread", "1" if sea.thread_mode else "0", "Thread mode enabled (1) or disabled (0)", True),
        ("virt_adapters", trunks, "List of virtual adapters associated with the SEA (comma separated)", True),
    )


def _fibre_channel(server: Server, vios: VirtualIOServer) -> Iterator[Device]:
    described = {
        port.name: slot.slot.description
        for slot in vios.io_config.io_slots
        for port in slot.slot.related_io_adapter.fc_adapter.fc_ports
    }
    for port in fibre_ports(vios):
        yield Device(port.name, ("adapter", "fc"), described[port.name] or "FC Adapter", port.loc_code)
        protocol = port.name.replace("fcs", "fscsi")
        yield Device(protocol, ("adapter",), "FC SCSI I/O Controller Protocol Device", port.loc_code, parent=port.name)
    for mapping in server.channels():
        adapter = mapping.server_adapter
        location = adapter.loc_code or adapter.drc_name
        attributes = (
            ("alt_site_wwpn", "", "WWPN to use - Only set after migration", False),
            ("map_port", adapter.map_port or mapping.backing_port.name, "Physical FC Port", True),
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
    ports = fibre_ports(server.vios)
    for disk in server.disks():
        parent = next(
            (port.name for port in ports if port.loc_code and disk.loc_code.startswith(f"{port.loc_code}-")), ""
        )
        attributes = (
            ("algorithm", (disk.reserve_policy_algorithm or "Failover").lower(), "Algorithm", True),
            ("reserve_policy", _POLICIES.get(disk.reserve_policy, "no_reserve"), "Reserve Policy", True),
            ("size_in_mb", str(disk.capacity), "Size in Megabytes", False),
            ("unique_id", disk.volume_unique_id, "Unique device identifier", False),
        )
        yield Device(
            disk.name, ("disk",), disk.description, disk.loc_code, parent.replace("fcs", "fscsi"), attributes=attributes
        )


_POLICIES = {"NoReserve": "no_reserve", "SinglePath": "single_path"}


def _virtual_scsi(server: Server) -> Iterator[Device]:
    for vhost in server.vhosts():
        yield Device(vhost.name, ("adapter",), "Virtual SCSI Server Adapter", vhost.location, "vio0", virtual=True)
        for target in vhost.targets:
            kinds = ("optical",) if target.kind == "file_opt" else ("disk",)
            attributes = (
                ("LogicalUnitAddr", target.lun, "Logical Unit Address", False),
                ("aix_tdev", target.backing, "Target Device Name", False),
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


def _always(vios: VirtualIOServer) -> Iterator[Device]:
    yield Device("inet0", ("tcpip",), "Internet Network Extension")
    yield Device("sys0", ("sys",), "System Object")
    yield Device("vio0", ("bus",), "Virtual I/O Bus", virtual=True)
    yield Device("vsa0", ("adapter",), "LPAR Virtual Serial Adapter", parent="vio0", virtual=True)
    yield Device("vasi0", ("adapter",), "Virtual Asynchronous Services Interface (VASI)", parent="vio0", virtual=True)
    yield Device("vbsd0", ("adapter",), "Virtual Block Storage Device (VBSD)", parent="vasi0", virtual=True)
    if vios.is_mover_service_partition:
        yield Device("vioslpm0", ("lpm",), "VIOS LPM Adapter", virtual=True, attributes=_LPM)


_LPM = (
    ("cfg_msp_lpm_ops", "8", "Number of concurrent LPM operations for MSP", True),
    ("concurrency_lvl", "3", "Concurrency level", True),
    ("lpm_msnap_succ", "1", "Create LPM minisnap, when successful", True),
    ("max_vasi_ops", "8", "Maximum number of concurrent VASI operations", False),
    ("tcp_port_high", "0", "TCP highest ephemeral port", True),
    ("tcp_port_low", "0", "TCP lowest ephemeral port", True),
)
