"""Messages about network bridges and shared Ethernet adapters."""

from openlpar.messages.core import Kind, Message

BAD_SERVERS = Message(
    "PVME01051005-0001",
    "Network bridge {bridge} cannot have these shared Ethernet adapters: {cause}.",
    Kind.INVALID,
    "Send one shared Ethernet adapter, or two on different Virtual I/O Servers.",
)
TOO_MANY_TRUNKS = Message(
    "PVME01051005-0002",
    "Shared Ethernet adapter {sea} of Virtual I/O Server {vios} cannot have {count} trunk adapters: the limit is {limit}.",
    Kind.NO_ROOM,
    "Put the VLANs on trunk adapters that have fewer than 20 additional ones.",
)
TRUNK_MISFIT = Message(
    "PVME01051005-0003",
    "The trunk adapter of VLAN {pvid} does not fit shared Ethernet adapter {sea} of Virtual I/O Server {vios}: {cause}.",
    Kind.INVALID,
    "Send trunk adapters of one virtual switch, one trunk priority and with VLANs of their own.",
)
UNEQUAL = Message(
    "PVME01051005-0004",
    "The shared Ethernet adapters of network bridge {bridge} would differ: VLAN {vlan} is on {one} and not on {other}.",
    Kind.INVALID,
    "Change the trunk adapters of both in the same way.",
)
VLAN_BRIDGED = Message(
    "PVME01051005-0005",
    "VLAN {vlan} of virtual switch {switch} is on network bridge {other} and cannot be on {bridge} too.",
    Kind.EXISTS,
    "Remove the VLAN from network bridge {other} first.",
)
MODE_NEEDS = Message(
    "PVME01051005-0006",
    "Network bridge {bridge} cannot be set to {mode}: {cause}.",
    Kind.INVALID,
    "Failover needs two shared Ethernet adapters, and load sharing two trunk adapters on each of them.",
)
NO_DEVICE = Message(
    "PVME01051006-0001",
    "Virtual I/O Server {vios} has no free Ethernet device {device}; free are: {free}.",
    Kind.INVALID,
    "Choose a free device, or remove the shared Ethernet adapter or link aggregation that has it.",
)
NO_TRUNK = Message(
    "PVME01051006-0002",
    "Virtual I/O Server {vios} has no trunk adapter {trunk} that could be bridged: {cause}.",
    Kind.INVALID,
    "Name a virtual Ethernet adapter with a trunk priority that is in no shared Ethernet adapter.",
)
SEA_HAS_ADDRESS = Message(
    "PVME01051006-0003",
    "Shared Ethernet adapter {sea} of Virtual I/O Server {vios} cannot be removed: {interface} has the address {address}.",
    Kind.IN_USE,
    "Remove the address on the Virtual I/O Server with 'rmtcpip -interface {interface}' first.",
)
NO_SEA = Message(
    "PVME01051006-0004",
    "Virtual I/O Server {vios} has no shared Ethernet adapter {sea}.",
    Kind.NOT_FOUND,
    "'pvmctl sea list' shows the shared Ethernet adapters.",
)
BAD_CHANNEL = Message(
    "PVME01051006-0005",
    "Virtual I/O Server {vios} cannot use {device} as the control channel of shared Ethernet adapter {sea}: {cause}.",
    Kind.INVALID,
    "Name a virtual Ethernet adapter of the server without a trunk priority, on the VLAN that the peer's control channel is on.",
)
CHANNEL_IN_USE = Message(
    "PVME01051006-0006",
    "Virtual Ethernet adapter {adapter} cannot be deleted: it is the control channel of shared Ethernet adapter {sea} of {vios}.",
    Kind.IN_USE,
    "Take it away from the shared Ethernet adapter first, on both servers: 'chdev -dev {sea} -attr ctl_chan='.",
)
BAD_PORTS = Message(
    "PVME01051007-0001",
    "Virtual I/O Server {vios} cannot make a link aggregation of {ports}: {cause}.",
    Kind.INVALID,
    "Name one to eight different Ethernet ports that nothing uses.",
)
BAD_PORT_CHANGE = Message(
    "PVME01051007-0011",
    "The ports of link aggregation {device} of Virtual I/O Server {vios} cannot be changed: {cause}.",
    Kind.INVALID,
    "Add a free Ethernet port, or remove one of several.",
)
NO_AGGREGATION = Message(
    "PVME01051007-0002",
    "Virtual I/O Server {vios} has no link aggregation {device} that is free.",
    Kind.INVALID,
    "Name an existing one, and remove the shared Ethernet adapter on it first.",
)
