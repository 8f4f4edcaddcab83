"""Messages about SR-IOV adapters, logical ports and virtual NICs."""

from openlpar.messages.core import Kind, Message

NO_PORT = Message(
    "PVME01051008-0001",
    "There is no SR-IOV port {port} on adapter {adapter} that logical ports could be made of: {cause}.",
    Kind.INVALID,
    "'pvmctl sriov list' shows the adapters in Sriov mode and their ports.",
)
NO_LOGICAL_PORTS = Message(
    "PVME01051008-0002",
    "SR-IOV port {port} has {count} logical ports, as many as it is configured for.",
    Kind.NO_ROOM,
    "Raise the port's ConfiguredMaxEthernetLogicalPorts, or delete a logical port.",
)
NO_CAPACITY = Message(
    "PVME01051008-0003",
    "SR-IOV port {port} has {free}% of its capacity left, and {needed}% are needed.",
    Kind.NO_ROOM,
    "Ask for less, or delete a logical port.",
)
ETHERNET_ONLY = Message(
    "PVME01051008-0005",
    "There are no logical ports of type {kind}: SR-IOV ports are divided into Ethernet logical ports only.",
    Kind.UNSUPPORTED,
    "Use SRIOVEthernetLogicalPort: converged and RoCE ports are divided into these as well.",
)
ADAPTER_IN_USE = Message(
    "PVME01051008-0004",
    "SR-IOV adapter {adapter} cannot be switched to {mode}: {cause}.",
    Kind.IN_USE,
    "Delete its logical ports, or take its slot away from the partition, first.",
)
PORT_BACKS_VNIC = Message(
    "PVME01051009-0001",
    "Logical port {port} backs a virtual NIC of partition {partition} and cannot be {task} by itself.",
    Kind.IN_USE,
    "Change or delete the virtual NIC instead.",
)
BAD_BACKING = Message(
    "PVME01051009-0002",
    "The virtual NIC of partition {partition} cannot have this backing device: {cause}.",
    Kind.INVALID,
    "Name a running Virtual I/O Server that is vNIC capable, and a port of an SR-IOV adapter, each port once.",
)
