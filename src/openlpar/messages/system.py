"""Messages about the managed system, its physical I/O slots, its processor pools and its jobs."""

from openlpar.messages.core import Kind, Message

UNKNOWN_SLOT = Message(
    "PVME01052001-0001",
    "System {system} has no physical I/O slot {slot}.",
    Kind.NOT_FOUND,
    "'pvmctl io list' shows the slots.",
)
SLOT_OWNED = Message(
    "PVME01052001-0002",
    "Physical I/O slot {slot} cannot be given to partition {partition}: it belongs to partition {owner}.",
    Kind.IN_USE,
    "Detach it from {owner} first.",
)
SLOT_REQUIRED = Message(
    "PVME01052001-0003",
    "Physical I/O slot {slot} is required by partition {partition}, which is {state}: it cannot be detached.",
    Kind.IN_USE,
    "Power the partition off, or make the slot not required, then detach it.",
)
SLOT_SERVES = Message(
    "PVME01052001-0004",
    "Physical I/O slot {slot} cannot be detached from Virtual I/O Server {vios}: {user} is on it.",
    Kind.IN_USE,
    "Remove what uses it first.",
)
DEFAULT_POOL = Message(
    "PVME01052002-0001",
    "{field} of the default processor pool {pool} cannot be changed: it has what no other pool has.",
    Kind.DENIED,
    "Choose another pool.",
)
POOL_BOUNDS = Message(
    "PVME01052002-0002",
    "Processor pool {pool}: {field} cannot be {value}: {cause}.",
    Kind.INVALID,
    "Send {wanted}.",
)
POOL_NOT_EMPTY = Message(
    "PVME01052002-0003",
    "Processor pool {pool} cannot be closed (MaximumProcessingUnits 0): {count} partitions are in it.",
    Kind.IN_USE,
    "Move these partitions to another pool first.",
)
BAD_SYSTEM_NAME = Message(
    "PVME01052003-0001",
    "{name!r} cannot be the name of a system: {cause}.",
    Kind.INVALID,
    "Use 1 to 31 printable ASCII characters without ( ) \\ < > * $ & ? | [ ] ' \" and back quote.",
)
UNKNOWN_PARAMETER = Message(
    "PVME01052004-0001",
    "Job {job} has no parameter {parameter}.",
    Kind.INVALID,
    "Its parameters are: {known}.",
)
NO_TAKER = Message(
    "PVME01052005-0001",
    "System {system} cannot release the master role: no HMC is connected that could take it.",
    Kind.WRONG_STATE,
    "Nothing needs to be done: a system without an HMC is managed by its NovaLink alone.",
)
NOT_MASTER = Message(
    "PVME01052005-0002",
    "This NovaLink is not the master of system {system}, {holder} is: {operation} of {object} is refused.",
    Kind.WRONG_STATE,
    "Take the role with 'pvmctl sys set-master', or make the change on {holder}.",
)
PASSING_ON = Message(
    "PVME01052005-0003",
    "The master role of system {system} is about to pass to {taker}: {operation} of {object} is refused.",
    Kind.WRONG_STATE,
    "Wait until {taker} has given it back, or keep it with 'pvmctl sys set-master --force'.",
)
ROLE_KEPT = Message(
    "PVME01052005-0004",
    "{holder} keeps the master role of system {system} until it releases it.",
    Kind.WRONG_STATE,
    "Release it there, or take it by force.",
)
ROLE_PROMISED = Message(
    "PVME01052005-0005",
    "The master role of system {system} goes to {taker} as soon as the operations of {holder} have ended.",
    Kind.WRONG_STATE,
    "Ask again later, or take it by force.",
)
NOT_HOLDER = Message(
    "PVME01052005-0006",
    "{side} cannot release the master role of system {system}: {holder} has it.",
    Kind.WRONG_STATE,
    "Nothing needs to be done.",
)
ROLE_LOST = Message(
    "PVME01052005-0007",
    "{job} came to nothing: {holder} is the master of system {system} now.",
    Kind.WRONG_STATE,
    "Ask again, or by force.",
)
NO_CONSOLE = Message(
    "PVME01052005-0008",
    "No HMC called {console} manages system {system}.",
    Kind.NOT_FOUND,
    "Those that do: {known}. 'openlpar hmc connect' adds one.",
)
CONSOLE_IDLE = Message(
    "PVME01052005-0009",
    "HMC {console} cannot begin an operation on system {system}: {holder} is the master.",
    Kind.WRONG_STATE,
    "Let it take the role first ('openlpar hmc take {console}').",
)
ONLY_IBM_I = Message(
    "PVME01052006-0001",
    "{job} is for IBM i partitions only; partition {partition} is of type {type}.",
    Kind.INVALID,
    "Choose an IBM i partition.",
)
OTHER_TYPE = Message(
    "PVME01052007-0001",
    "Partition {surrogate} ({surrogate_type}) cannot take the UUID of partition {original} ({original_type}).",
    Kind.INVALID,
    "Choose a surrogate of the same type that is not the original itself.",
)
FIRMWARE_OF_HMC = Message(
    "PVME01052008-0001",
    "The firmware of system {system} is updated from its HMC ({consoles}) only: the system is co-managed.",
    Kind.WRONG_STATE,
    "Let the HMC take the master role (chcomgmt -o setmaster), update the firmware there, and let it release the role.",
)
BAD_PACKAGE = Message(
    "PVME01052008-0002",
    "{name} is no firmware package: {cause}.",
    Kind.INVALID,
    "Name a package by the name it was published under, such as 01SV860_226_165.rpm.",
)
OTHER_FIRMWARE = Message(
    "PVME01052008-0003",
    "Firmware package {package} is for other machines than system {system}, which runs {active}.",
    Kind.INVALID,
    "Get the package for this machine type.",
)
SAME_FIRMWARE = Message(
    "PVME01052008-0004",
    "Firmware {level} is on the temporary side of system {system} already.",
    Kind.WRONG_STATE,
    "Nothing needs to be done.",
)
FIRMWARE_RESTARTS = Message(
    "PVME01052008-0005",
    "{task} restarts system {system}: {cause}.",
    Kind.WRONG_STATE,
    "Power off all partitions but the NovaLink's, and repeat it with --disruptive.",
)
FIRMWARE_PARTITIONS = Message(
    "PVME01052008-0006",
    "{task} restarts system {system}, and partitions are on: {partitions}.",
    Kind.WRONG_STATE,
    "Power them off first.",
)
SIDES_EQUAL = Message(
    "PVME01052008-0007",
    "Both sides of system {system} have firmware {level}: there is nothing to accept or to remove.",
    Kind.WRONG_STATE,
    "Load a package first.",
)
PACKAGE_WITH_UPDATE = Message(
    "PVME01052008-0008",
    "A package goes with the operation update and with no other; {operation} was asked for.",
    Kind.INVALID,
    "Use -f FILE or -d DIR with update, and none of them with commit, remove or list.",
)
