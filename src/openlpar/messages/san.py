"""Messages about the simulated storage network, and about iSCSI."""

from openlpar.messages.core import Kind, Message

BAD_SAN = Message(
    "PVME01052060-0001",
    "The storage network cannot have this among its {kind}: {cause}.",
    Kind.INVALID,
    "'openlpar san apply --help' shows a file with arrays, volumes and images.",
)
NO_SAN_MEMBER = Message(
    "PVME01052060-0002",
    "The storage network has no {what} {name}.",
    Kind.NOT_FOUND,
    "'openlpar san list' shows what it has.",
)
ARRAY_IN_USE = Message(
    "PVME01052060-0003",
    "Array {name} has {count} volumes and cannot be removed.",
    Kind.IN_USE,
    "Remove its volumes first.",
)
ISCSI_TOO_OLD = Message(
    "PVME01052061-0001",
    "Virtual I/O Server {vios} has no iSCSI initiator: it is at level {level}, and iSCSI disks came with 3.1.",
    Kind.UNSUPPORTED,
    "Use a Virtual I/O Server at level 3.1 or later.",
)
ISCSI_BAD_PARAMETER = Message(
    "PVME01052061-0002",
    "{name} of job {job} is {value!r}: {cause}.",
    Kind.INVALID,
    "Send one value, or as many between brackets as there are paths: [a,b].",
)
ISCSI_FAILED = Message(
    "PVME01052061-0003",
    "Virtual I/O Server {vios} cannot reach a disk of target {iqn} at {portal}: {cause}.",
    Kind.UNAVAILABLE,
    "'openlpar san list' shows targets, volumes and whom they are masked to.",
)
ISCSI_REFUSED = Message(
    "PVME01052061-0004",
    "Target {iqn} at {portal} refuses the {login} of Virtual I/O Server {vios}: user or password is wrong.",
    Kind.DENIED,
    "Send the CHAP user and password of the array.",
)
ISCSI_STALE = Message(
    "PVME01052061-0005",
    "Virtual I/O Server {vios} still has {disk} for logical unit {lun} of target {iqn}, where another volume is now.",
    Kind.WRONG_STATE,
    "Remove the old disk with job ISCSIRemove, then discover again.",
)
