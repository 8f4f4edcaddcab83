"""What ``entstat`` prints, in the layouts of AIX: of a physical, a virtual and a shared Ethernet adapter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openlpar.ports.links import Links
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.vios.padmin.devices import Device, find_ethernet, hardware_address
from openlpar.vios.padmin.server import Server
from openlpar.vios.padmin.shared_ethernet import availability, duty_of, find_shared_ethernet
from openlpar.vios.padmin.statistics import elapsed_s, traffic

_RULE = "-" * 62
_ERRORS = (
    ("No Carrier Sense", "CRC Errors"),
    ("DMA Underrun", "DMA Overrun"),
    ("Lost CTS Errors", "Alignment Errors"),
    ("Max Collision Errors", "No Resource Errors"),
    ("Late Collision Errors", "Receive Collision Errors"),
    ("Deferred", "Packet Too Short Errors"),
    ("SQE Test", "Packet Too Long Errors"),
    ("Timeout Errors", "Packets Discarded by Adapter"),
    ("Single Collision Count", "Receiver Start Count"),
    ("Multiple Collision Count", ""),
    ("Current HW Transmit Queue Length", ""),
)
_BUFFERS = ("tiny", "small", "medium", "large", "huge")
_VLANS_IN_A_LINE = 9


def report(server: Server, name: str, *, everything: bool) -> Iterator[str]:
    """Lines. everything: with what is special about the kind of adapter, and the adapters below a shared one."""
    device = find_ethernet(server, name)
    yield _RULE
    yield f"ETHERNET STATISTICS ({name}) :"
    yield from _common(server, device)
    if not everything:
        return
    if "sea" in device.kinds:
        yield from _shared(server, device)
    elif device.virtual:
        yield from _virtual(server, device)
    else:
        yield from _physical(server, device)


def _common(server: Server, device: Device) -> Iterator[str]:
    days, rest = divmod(elapsed_s(server, device.name), 86_400)
    packets_in, packets_out, bytes_in, bytes_out = traffic(server, device.name)
    yield f"Device Type: {device.description}"
    yield f"Hardware Address: {hardware_address(server, device.name)}"
    yield f"Elapsed Time: {days} days {rest // 3600} hours {rest // 60 % 60} minutes {rest % 60} seconds"
    yield ""
    yield _pair("Transmit Statistics:", "Receive Statistics:")
    yield _pair("--------------------", "-------------------")
    yield _pair(f"Packets: {packets_out}", f"Packets: {packets_in}")
    yield _pair(f"Bytes: {bytes_out}", f"Bytes: {bytes_in}")
    yield _pair("Interrupts: 0", f"Interrupts: {packets_in}")
    yield _pair("Transmit Errors: 0", "Receive Errors: 0")
    yield _pair("Packets Dropped: 0", "Packets Dropped: 0")
    yield _pair("", "Bad Packets: 0")
    yield "Max Packets on S/W Transmit Queue: 0"
    yield "S/W Transmit Queue Overflow: 0"
    yield "Current S/W+H/W Transmit Queue Length: 0"
    yield ""
    yield _pair("Broadcast Packets: 0", "Broadcast Packets: 0")
    yield _pair("Multicast Packets: 0", "Multicast Packets: 0")
    yield from (_pair(f"{left}: 0", f"{right}: 0" if right else "") for left, right in _ERRORS)
    yield ""
    yield "General Statistics:"
    yield "-------------------"
    yield "No mbuf Errors: 0"
    yield "Adapter Reset Count: 0"
    yield f"Adapter Data Rate: {20000 if device.virtual else 2000}"
    yield "Driver Flags: Up Broadcast Running "
    yield "\tSimplex 64BitSupport ChecksumOffload "
    yield "\tDataRateSet "
    yield ""


def _pair(left: str, right: str) -> str:
    return f"{left:<46}{right}".rstrip()


def _physical(server: Server, device: Device) -> Iterator[str]:
    has_link = not Links(server.change).cause(device.location)
    title = f"{device.description.partition(' (')[0]} Specific Statistics:"
    yield title
    yield "-" * len(title)
    yield f"Link Status: {'Up' if has_link else 'Down'}"
    yield "Media Speed Selected: Auto negotiation"
    yield f"Media Speed Running: {'1000 Mbps Full Duplex' if has_link else 'Unknown'}"
    jumbo = any(each.name in ("jumbo_frames", "use_jumbo_frame") and each.value == "yes" for each in device.attributes)
    yield f"Jumbo Frames: {'Enabled' if jumbo else 'Disabled'}"
    yield ""


def _virtual(server: Server, device: Device) -> Iterator[str]:
    adapter = virtual_adapter(server, device.name)
    title = "Virtual I/O Ethernet Adapter (l-lan) Specific Statistics:"
    yield title
    yield "-" * len(title)
    yield "RQ Length: 4481"
    yield f"Trunk Adapter: {adapter.has('trunk_pri')}"
    if adapter.has("trunk_pri"):
        yield f"  Priority: {adapter.trunk_pri}  Active: {_is_active(server, device.name)}"
    yield "Filter MCast Mode: False"
    yield "Filters: 255"
    yield "  Enabled: 1  Queued: 0  Overflow: 0"
    yield "LAN State: Operational"
    yield ""
    yield "Hypervisor Send Failures: 0"
    yield "  Receiver Failures: 0"
    yield "  Send Errors: 0"
    yield "Hypervisor Receive Failures: 0"
    yield ""
    yield "Invalid VLAN ID Packets: 0"
    yield ""
    yield f"Port VLAN ID: {adapter.pvid:>5}"
    yield from _tags([int(vlan) for vlan in adapter.tagged_vlans.replace(",", " ").split()])
    yield ""
    yield f"Switch ID: {_switch(server, adapter)}"
    yield ""
    yield from _buffers(device)


def _is_active(server: Server, name: str) -> bool:
    """A trunk bridges when its shared Ethernet adapter carries it."""
    for sea in server.vios.seas:
        if any(trunk.dev_name == name for trunk in sea.trunk_adapters):
            found = duty_of(server, sea)
            return found is None or any(trunk.dev_name == name for trunk in found[1].carried)
    return False


def _tags(vlans: Sequence[int]) -> Iterator[str]:
    if not vlans:
        yield "VLAN Tag IDs:  None"
    for start in range(0, len(vlans), _VLANS_IN_A_LINE):
        head = "VLAN Tag IDs:" if start == 0 else ""
        yield f"{head:<13}" + "".join(f"{vlan:>6}" for vlan in vlans[start : start + _VLANS_IN_A_LINE])


def _switch(server: Server, adapter: ClientNetworkAdapter) -> str:
    """Name of the virtual switch."""
    for switch in server.change.all(VirtualSwitch):
        if any(uri.rpartition("/")[2] == switch.uuid for uri in adapter.vswitch_uri):
            return switch.name
        if not adapter.vswitch_uri and switch.switch_id == adapter.vswitch_id:
            return switch.name
    return ""


def _buffers(device: Device) -> Iterator[str]:
    least, most = ([device.attribute(f"{bound}_buf_{size}").value for size in _BUFFERS] for bound in ("min", "max"))
    yield "Transmit Information    "
    yield "  Transmit Buffers       "
    yield "    Buffer Size             65536"
    yield "    Buffers                    32"
    yield "    History             "
    yield "      No Buffers                0"
    yield ""
    yield "Receive Information     "
    yield "  Receive Buffers        "
    yield _columns("Buffer Type", [size.capitalize() for size in _BUFFERS])
    yield _columns("Min Buffers", least)
    yield _columns("Max Buffers", most)
    yield _columns("Allocated", least)
    yield _columns("Registered", least)
    yield "    History             "
    yield _columns("  Max Allocated", least)
    yield _columns("  Lowest Registered", least)
    yield ""


def _columns(label: str, values: Sequence[str]) -> str:
    return f"    {label:<21}" + "".join(f"{value:>8}" for value in values).removeprefix(" ")


def _shared(server: Server, device: Device) -> Iterator[str]:
    sea = find_shared_ethernet(server, device.name)
    real = sea.backing_device.ethernet_device.dev_name
    trunks = [trunk.dev_name for trunk in sea.trunk_adapters if trunk.dev_name]
    yield _RULE
    yield f"Statistics for adapters in the Shared Ethernet Adapter {device.name}"
    yield _RULE
    yield f"Number of adapters: {1 + len(trunks)}"
    flags = _flags(device)
    yield f"SEA Flags: {sum(bit for bit, _ in flags):08x}"
    yield from (f"    < {word} >" for _, word in flags)
    yield "VLAN Ids :"
    for trunk in sea.trunk_adapters:
        yield f"    {trunk.dev_name}: " + " ".join([str(trunk.pvid), *trunk.tagged_vlans.replace(",", " ").split()])
    passed = [traffic(server, trunk) for trunk in trunks]
    yield from _side("Real", *traffic(server, real)[:2])
    yield from _side("Virtual", sum(seen[0] for seen in passed), sum(seen[1] for seen in passed))
    yield "Other Statistics:"
    yield "    Output packets generated: 0"
    yield "    Output packets dropped: 0"
    yield "    Device output failures: 0"
    yield "    Memory allocation failures: 0"
    yield "    ICMP error packets sent: 0"
    yield "    Non IP packets larger than MTU: 0"
    yield "    Thread queue overflow packets: 0"
    found = availability(server, sea)
    if found is not None:
        yield "High Availability Statistics:"
        if sea.control_channel:
            yield f"    Control Channel Adapter: {sea.control_channel}"
        yield f"    Control Channel PVID: {found.control_vlan}"
        yield "    Control Packets in: 0"
        yield "    Control Packets out: 0"
        yield "Type of Packets Received:"
        yield "    Keep-Alive Packets: 0"
        yield "    Recovery Packets: 0"
        yield "    Notify Packets: 0"
        yield "    Limbo Packets: 0"
        yield f"    State: {found.duty.state}"
        yield f"    Bridge Mode: {found.duty.mode}"
        yield f"    Number of Times Server became Backup: {found.became_backup}"
        yield f"    Number of Times Server became Primary: {found.became_primary}"
        yield f"    High Availability Mode: {sea.ha_mode.capitalize()}"
        yield f"    Priority: {found.priority}"
    below = [("Real", real), *(("Virtual", trunk) for trunk in trunks)]
    if found is not None and sea.control_channel and sea.control_channel not in trunks:
        below.append(("Control Channel", sea.control_channel))
    for kind, name in below:
        if name:
            yield _RULE
            yield f"{kind} Adapter: {name}"
            yield ""
            yield from report(server, name, everything=True)


_FLAGS = (
    (0x01, "THREAD", "thread", "1"),
    (0x02, "LARGESEND", "largesend", "1"),
    (0x04, "JUMBO_FRAMES", "jumbo_frames", "yes"),
    (0x08, "GVRP", "gvrp", "yes"),
    (0x10, "LARGE_RECEIVE", "large_receive", "yes"),
    (0x20, "ACCOUNTING", "accounting", "enabled"),
)


def _flags(device: Device) -> list[tuple[int, str]]:
    return [(bit, word) for bit, word, name, on in _FLAGS if device.attribute(name).value == on]


def _side(name: str, received: int, sent: int) -> Iterator[str]:
    """A packet that comes in on one side goes out on the other."""
    yield f"{name} Side Statistics:"
    yield f"    Packets received: {received}"
    yield f"    Packets bridged: {received}"
    yield "    Packets consumed: 0"
    yield "    Packets fragmented: 0"
    yield f"    Packets transmitted: {sent}"
    yield "    Packets dropped: 0"
    yield "    Packets filtered(VlanId): 0"


def virtual_adapter(server: Server, name: str) -> ClientNetworkAdapter:
    """The adapter of this server with a device name; an empty one when the UOM does not tell."""
    location = find_ethernet(server, name).location
    for adapter in server.change.all(ClientNetworkAdapter, server.uuid):
        if name == adapter.dev_name or (location and location in (adapter.loc_code, adapter.drc_name)):
            return adapter
    return ClientNetworkAdapter.empty()
