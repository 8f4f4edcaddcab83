"""Messages about virtual SCSI and virtual Fibre Channel: adapters, mappings, ports and port names.

What a mapping names and is not there is an invalid request and not NOT_FOUND: clients would take that for the server's own.
"""

from openlpar.messages.core import Kind, Message

NO_CLIENT = Message(
    "PVME01053030-0001",
    "Virtual I/O Server {vios}: a mapping names the client {client}, and there is no such partition.",
    Kind.INVALID,
    "Name an existing partition in AssociatedLogicalPartition.",
)
OTHER_CLIENT = Message(
    "PVME01053030-0002",
    "Adapter {adapter} of Virtual I/O Server {vios} belongs to {owner} and cannot serve {client}.",
    Kind.INVALID,
    "Send the mapping without the slot of that adapter, then it gets one of its own.",
)
NO_STORAGE = Message(
    "PVME01053031-0001",
    "Virtual I/O Server {vios} has no {kind} {name}.",
    Kind.INVALID,
    "Name a disk, medium or logical unit that it serves, or create it first.",
)
STORAGE_TAKEN = Message(
    "PVME01053031-0002",
    "{storage} of Virtual I/O Server {vios} is mapped to {clients} already: {cause}.",
    Kind.IN_USE,
    "Remove that mapping first, or choose other storage.",
)
BUS_FULL = Message(
    "PVME01053041-0001",
    "Adapter {adapter} of Virtual I/O Server {vios} serves {count} devices, as many as it can.",
    Kind.NO_ROOM,
    "Send the mapping with new adapters (UseNextAvailableSlotID) instead of copies of that one's.",
)
ADDRESS_TAKEN = Message(
    "PVME01053041-0002",
    "Logical unit address {lua} of adapter {adapter} of Virtual I/O Server {vios} is taken by {device}.",
    Kind.IN_USE,
    "Choose another address, or leave LogicalUnitAddress out.",
)
NO_PORT = Message(
    "PVME01053050-0001",
    "Virtual I/O Server {vios} has no Fibre Channel port {port}.",
    Kind.INVALID,
    "Choose one of its ports: {ports}.",
)
NO_NPIV = Message(
    "PVME01053050-0002",
    "Port {port} of Virtual I/O Server {vios} cannot carry virtual ports (NPIV).",
    Kind.WRONG_STATE,
    "Choose a port whose TotalPorts is not 0, or connect this one to a switch that supports NPIV.",
)
PORT_FULL = Message(
    "PVME01053050-0003",
    "Port {port} of Virtual I/O Server {vios} carries {total} virtual ports, as many as it can.",
    Kind.NO_ROOM,
    "Choose another port, or remove one of its mappings.",
)
WWPN_TAKEN = Message(
    "PVME01053051-0001",
    "Port name {wwpn} is in use by partition {partition}.",
    Kind.EXISTS,
    "Leave WWPNs out for new ones, or reserve a pair with job GetNextWWPNs.",
)
NO_WWPNS = Message(
    "PVME01053051-0002",
    "Managed system {system} has {available} port names (WWPNs) left, and {needed} are needed.",
    Kind.NO_ROOM,
    "Give the port names of a deleted adapter (WWPNs) yourself, or order a code for more.",
)
NO_DEVICE = Message(
    "PVME01053060-0001",
    "Virtual I/O Server {vios} has no device {device} that could be removed.",
    Kind.NOT_FOUND,
    "Name a virtual target device, a virtual server adapter or a physical volume of it.",
)
