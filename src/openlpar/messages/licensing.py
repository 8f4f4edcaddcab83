"""Messages about what a server is licensed for and known by: serial numbers, enterprise pools, keys of consoles, IBM i."""

from openlpar.messages.core import Kind, Message

BAD_SERIAL = Message(
    "PVME01058001-0001",
    "{value!r} is no virtual serial number.",
    Kind.INVALID,
    "It has seven letters and digits, in upper case.",
)
SERIAL_TAKEN = Message(
    "PVME01058001-0002",
    "Virtual serial number {serial} belongs to partition {partition}.",
    Kind.IN_USE,
    "Take it from {partition} first, or choose a free one: 'VirtualSerialNumberInformation' lists them.",
)
NO_SERIAL = Message(
    "PVME01058001-0003",
    "System {system} has no virtual serial number {serial}.",
    Kind.NOT_FOUND,
    "Add it with the job AddVSN, or choose one that 'VirtualSerialNumberInformation' lists.",
)
SERIAL_HERE = Message(
    "PVME01058001-0004",
    "System {system} has virtual serial number {serial} already.",
    Kind.EXISTS,
    "Remove it from one of the two systems with the job RemoveVSN.",
)
SERIAL_LEAVING = Message(
    "PVME01058001-0005",
    "Virtual serial number {serial} is on its way to system {system}.",
    Kind.IN_USE,
    "Wait until job {job} has ended.",
)
SERIAL_REFUSED = Message(
    "PVME01058001-0006",
    "Virtual serial number {serial} stays here: system {system} does not take it: {cause}",
    Kind.WRONG_STATE,
)
NO_PARTITION = Message(
    "PVME01058001-0007",
    "System {system} has no partition with id {lpar_id} to give virtual serial number {serial} to.",
    Kind.NOT_FOUND,
    "Name the id of one of its partitions as TargetLparID, or none.",
)
POOL_UNITS = Message(
    "PVME01058002-0001",
    "{field} of {member} in enterprise pool {pool} cannot be {value}: the pool has {free} left and this server {now}.",
    Kind.NO_ROOM,
    "Ask for less, or give back what other servers of the pool do not need.",
)
BAD_KEY = Message(
    "PVME01058003-0001",
    "{value!r} is not the public key of an SSH key pair: {cause}.",
    Kind.INVALID,
    "Send one line as in authorized_keys: type, key in base64, comment.",
)
BAD_LICENCE = Message(
    "PVME01058004-0001",
    "The licence key for partition {partition} is refused: {cause}.",
    Kind.INVALID,
    "Send the key's text, printable and at most {limit} characters.",
)
PANEL_STATE = Message(
    "PVME01058004-0002",
    "The panel function {function} of partition {partition} does nothing while it is {state}.",
    Kind.WRONG_STATE,
    "Power the partition on first.",
)
NOT_CAPABLE = Message(
    "PVME01058005-0001",
    "Partition {partition} cannot have {field}: system {system} does not support it.",
    Kind.UNSUPPORTED,
    "Leave {field} as it is; the system's capabilities say what it supports ({capability}).",
)
