"""Messages about moving partitions between systems, and about the systems they can move to."""

from openlpar.messages.core import Kind, Message

UNKNOWN_SYSTEM = Message(
    "PVME01054001-0001",
    "System {system} is not known here as one to move partitions to. Known: {known}.",
    Kind.INVALID,
    "Name one of these, make the two systems known to each other with 'openlpar trust', or give the other one's address and add"
    " the key of this one to its authorized keys.",
)
NOT_MOVABLE = Message(
    "PVME01054002-0001",
    "Partition {partition} cannot be moved to system {system}. Problems found: {count}.{problems}",
    Kind.WRONG_STATE,
    "Mend them all, then repeat the request.",
)
NOT_MOVED = Message(
    "PVME01054002-0002",
    "Partition {partition} was not moved to system {system} and stays here: {cause}",
    Kind.WRONG_STATE,
)
INCOMPLETE = Message(
    "PVME01054002-0003",
    "Partition {partition} is on its way to system {system}, and that cannot be brought to an end: {cause}",
    Kind.UNAVAILABLE,
    "When the other system can be reached, run 'pvmctl lpar migrate-recover'.",
)
STOPPED = Message(
    "PVME01054002-0004",
    "The migration of partition {partition} to system {system} was stopped: the partition stays here.",
    Kind.WRONG_STATE,
    "Start it again when it is wanted.",
)
MOVING = Message(
    "PVME01054003-0001",
    "Partition {partition} is being moved between this system and {system} and cannot be {task}.",
    Kind.WRONG_STATE,
    "Wait until it has arrived, or stop it with 'pvmctl lpar migrate-stop'.",
)
NOT_MOVING = Message(
    "PVME01054003-0002",
    "Partition {partition} is not being moved.",
    Kind.WRONG_STATE,
    "Nothing has to be done; 'pvmctl lpar list' shows where it is.",
)
TOO_LATE = Message(
    "PVME01054003-0003",
    "The migration of partition {partition} cannot be stopped any more: system {system} has been given the partition.",
    Kind.WRONG_STATE,
    "Wait until it has arrived there.",
)
NOT_HERE = Message(
    "PVME01054003-0004",
    "The migration of partition {partition} cannot be stopped on this side: it comes from system {system}.",
    Kind.WRONG_STATE,
    "Stop it on that system.",
)
UNDER_WAY = Message(
    "PVME01054003-0005",
    "The migration of partition {partition} between this system and {system} goes on: there is nothing to recover.",
    Kind.WRONG_STATE,
    "Wait for its end, or stop it with 'pvmctl lpar migrate-stop'.",
)
SAME_SYSTEM = Message(
    "PVME01054010-0001",
    "Partition {partition} is on system {system} already.",
    Kind.INVALID,
    "Name another system.",
)
BAD_STATE = Message(
    "PVME01054010-0002",
    "Partition {partition} is {state}: only one that runs or is powered off can be moved.",
    Kind.WRONG_STATE,
    "Wait until it runs, or power it off.",
)
NO_RMC = Message(
    "PVME01054010-0003",
    "Partition {partition} runs, but its RMC connection is {rmc}: its operating system cannot be told that it moves.",
    Kind.WRONG_STATE,
    "Wait until the connection is active, or power the partition off and move it then.",
)
MANAGEMENT = Message(
    "PVME01054010-0004",
    "Partition {partition} manages this system and cannot leave it.",
    Kind.DENIED,
    "Choose another partition.",
)
PHYSICAL = Message(
    "PVME01054010-0005",
    "Partition {partition} has {devices}, which cannot move with it.",
    Kind.WRONG_STATE,
    "Take them away from the partition first.",
)
LOCAL_STORAGE = Message(
    "PVME01054010-0006",
    "{storage} of partition {partition} is on Virtual I/O Server {vios} only and cannot be reached from another system.",
    Kind.WRONG_STATE,
    "Copy it to a shared storage pool or a disk of the SAN, or unmap it.",
)
NOT_MASKED = Message(
    "PVME01054010-0008",
    "Partition {partition} would lose {volumes}: they are masked to its port name {wwpn}, and {other} logs in on the other system.",
    Kind.WRONG_STATE,
    "Mask them to both port names of the adapter: openlpar san map does it.",
)
NO_MOBILITY = Message(
    "PVME01054010-0007",
    "The hypervisor {hypervisor} of this system cannot move partitions yet.",
    Kind.UNSUPPORTED,
    "Use systems with the simulated hypervisor.",
)
OTHER_HYPERVISOR = Message(
    "PVME01054020-0001",
    "System {system} has the hypervisor {there}, and partition {partition} runs on {here}.",
    Kind.INVALID,
    "Choose a system with the same hypervisor.",
)
LIMIT = Message(
    "PVME01054020-0002",
    "System {system} moves {count} partitions already, as many as it can at a time.",
    Kind.NO_ROOM,
    "Wait until one of them has arrived.",
)
NO_MODE = Message(
    "PVME01054020-0003",
    "Partition {partition} runs in processor compatibility mode {mode}, which system {system} does not have.",
    Kind.WRONG_STATE,
    "Choose one of its modes ({modes}) for the partition and activate it anew.",
)
NO_SWITCH = Message(
    "PVME01054020-0004",
    "Adapter {adapter} is on virtual switch {switch}, and system {system} has no virtual switch of that name.",
    Kind.WRONG_STATE,
    "Create the virtual switch there.",
)
NO_BRIDGE = Message(
    "PVME01054020-0005",
    "VLAN {vlan} of adapter {adapter} leads out of this system, and no trunk adapter on {switch} carries it on system {system}.",
    Kind.WRONG_STATE,
    "Add the VLAN to a network bridge there, map it to another VLAN, or override the check.",
)
NO_OVS = Message(
    "PVME01054020-0006",
    "Adapter {adapter} has settings of Open vSwitch, which do not follow it to system {system}.",
    Kind.WRONG_STATE,
    "Override the check and set them there afterwards.",
)
NO_POOL = Message(
    "PVME01054020-0007",
    "{storage} is in shared storage pool {pool}, which no cluster of system {system} has.",
    Kind.WRONG_STATE,
    "Let a Virtual I/O Server there join the cluster, or unmap the logical unit.",
)
POOL_OVERDRAWN = Message(
    "PVME01054020-0010",
    "Logical units of it take {needed} GB of tier {tier} of shared storage pool {pool} that system {system} has not heard of, and "
    "it knows only {free} GB as free: the systems that share the pool have given away more than there is.",
    Kind.NO_ROOM,
    "Delete logical units of the pool that are no longer used, or add a physical volume to it on both systems.",
)
NO_PATH = Message(
    "PVME01054020-0008",
    "No Virtual I/O Server of system {system} can take the place of {vios} for partition {partition}: {cause}",
    Kind.WRONG_STATE,
    "Give one there access to the same storage, or name one in the mappings.",
)
NO_MOVER = Message(
    "PVME01054020-0009",
    "System {system} has no mover service partition {address} that runs with an active RMC connection.",
    Kind.WRONG_STATE,
    "Make one of its Virtual I/O Servers a mover service partition, or name another address.",
)
BAD_MAPPING = Message(
    "PVME01054030-0001",
    "{mapping!r} of {parameter} says nothing about partition {partition}: {cause}.",
    Kind.INVALID,
    "Write {wanted}.",
)
PEER_AWAY = Message(
    "PVME01054040-0001",
    "System {system} does not answer at {url}: {cause}.",
    Kind.UNAVAILABLE,
    "Start its service, check the address, and repeat the request.",
)
PEER_STRANGE = Message(
    "PVME01054040-0002",
    "Whoever answers at {url} is not system {system} as it was when the two were made known to each other: {cause}.",
    Kind.DENIED,
    "When its certificate was replaced on purpose, run 'openlpar trust' again.",
)
PEER_REFUSES = Message(
    "PVME01054040-0003",
    "System {system} refuses what it was asked: {cause}",
    Kind.UNAVAILABLE,
)
SAME_IDENTITY = Message(
    "PVME01054041-0001",
    "The system at {url} is called {system} with the serial number {serial}, as this one is.",
    Kind.INVALID,
    "Give the address of the other system, if this one leads back here; else give the two different names and serial numbers: "
    "see the page about inventory files.",
)
NOT_CONFIRMED = Message(
    "PVME01054041-0002",
    "The service at {url} has a certificate with the fingerprint {fingerprint}, and nobody has confirmed it.",
    Kind.DENIED,
    "Compare it with that of tls/cert.pem there, and repeat the command with --fingerprint.",
)
OTHER_FINGERPRINT = Message(
    "PVME01054041-0003",
    "The certificate of the service at {url} has the fingerprint {fingerprint}, not {wanted}.",
    Kind.DENIED,
    "Do not go on before you know why.",
)
NO_WAY_BACK = Message(
    "PVME01054041-0005",
    "{url} leads to this machine only: the system at {other} could not ask back.",
    Kind.INVALID,
    "Say with --own-url how that system reaches the service here.",
)
NO_SECRECY = Message(
    "PVME01054041-0004",
    "{url} is neither https nor on this machine: the key of the two systems could be read on its way.",
    Kind.DENIED,
    "Use the https address of the service.",
)
