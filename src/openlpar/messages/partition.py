"""Messages about partitions: logical partitions and Virtual I/O Servers alike."""

from openlpar.messages.core import Kind, Message

MUST_BE_OFF = Message(
    "PVME01050010-0056",
    "This task is only allowed when the partition is powered off.",
    Kind.WRONG_STATE,
    "Power partition {partition} off (it is {state}), then repeat the request.",
    origin="NovaLink tutorial: pvmctl lpar delete of a running partition",
)
ALREADY_OFF = Message(
    "PVME01050901-0001",
    "Partition {partition} is already powered off.",
    Kind.WRONG_STATE,
    "Nothing needs to be done.",
)
ALREADY_ON = Message(
    "PVME01042026-0001",
    "Partition {partition} is already powered on: it is {state}.",
    Kind.WRONG_STATE,
    "Nothing needs to be done.",
)
NO_OS_SHUTDOWN = Message(
    "PVME01050905-0001",
    "The operating system of partition {partition} cannot be shut down: its RMC connection is {rmc}, because {cause}.",
    Kind.WRONG_STATE,
    "Use a VSP shutdown (operation=shutdown), or repeat the request when RMC is active.",
)
BAD_STATE = Message(
    "PVME01050020-0001",
    "Partition {partition} is {state}: {task} needs it to be {wanted}.",
    Kind.WRONG_STATE,
    "Wait until it is, or bring it there by powering it on or off; then repeat the request.",
)
NEEDS_POWER_OFF = Message(
    "PVME01050020-0002",
    "{field} of partition {partition} can only be changed while it is powered off; it is {state}.",
    Kind.WRONG_STATE,
    "Power the partition off, change the field, and power it on again.",
)
DLPAR_NO_RMC = Message(
    "PVME01050021-0001",
    "Partition {partition} is running and its RMC connection is {rmc}: {resource} cannot be changed dynamically, "
    "because {cause}.",
    Kind.WRONG_STATE,
    "Check the management network (MGMTSWITCH) and RSCT 3.2.1.0 or later in the guest, or power the partition off.",
)
DLPAR_NOT_CAPABLE = Message(
    "PVME01050021-0002",
    "The operating system of partition {partition} cannot change {resource} dynamically.",
    Kind.WRONG_STATE,
    "Power the partition off, then repeat the request.",
)
DLPAR_REFUSED = Message(
    "PVME01050021-0003",
    "The operating system of partition {partition} did not change {resource}: {cause}.",
    Kind.WRONG_STATE,
    "Look at the partition's console for why, and repeat the request when it can.",
)
DLPAR_PARTIAL = Message(
    "PVME01050021-0004",
    "Partition {partition} has {has} of {resource} now instead of the {wished} wished: {cause}.",
    Kind.WRONG_STATE,
    "Ask for what it has, or repeat the request when its operating system can give or take the rest.",
)
POWER_FAILED = Message(
    "PVME01050905-0002",
    "{operation} of partition {partition} came to nothing: {cause}.",
    Kind.WRONG_STATE,
    "Use the next stronger way (a VSP shutdown, then an immediate one), or look at the partition's console.",
)
BAD_NAME = Message(
    "PVME01050030-0001",
    "{name!r} cannot be the name of a partition: {cause}.",
    Kind.INVALID,
    "Use 1 to 31 printable ASCII characters without ( ) \\ < > * $ & ? | [ ] ' \" and back quote.",
)
ID_TAKEN = Message(
    "PVME01050030-0002",
    "Partition id {id} is used by {partition}.",
    Kind.EXISTS,
    "Choose a free id, or leave it out to get the lowest free one.",
)
NO_FREE_ID = Message(
    "PVME01050030-0003",
    "System {system} has {maximum} partitions, as many as it can have.",
    Kind.NO_ROOM,
    "Delete a partition first.",
)
MEMORY_BLOCK = Message(
    "PVME01050031-0001",
    "{field} of partition {partition} is {value} MB, which is not a multiple of the memory region size of {region} MB.",
    Kind.INVALID,
    "Use {below} or {above} MB.",
)
BOUNDS = Message(
    "PVME01050031-0002",
    "Partition {partition}: {field} is {value}, but must be between {low} and {high}.",
    Kind.INVALID,
    "Send a value within these bounds.",
)
ORDER = Message(
    "PVME01050031-0003",
    "Partition {partition}: minimum {what} {minimum}, desired {desired}, maximum {maximum} are not in ascending order.",
    Kind.INVALID,
    "Choose minimum <= desired <= maximum.",
)
NO_MEMORY = Message(
    "PVME01050040-0001",
    "Partition {partition} needs {needed} MB of memory with firmware overhead, but only {free} MB are free.",
    Kind.NO_ROOM,
    "Reduce its memory, or power off or shrink other partitions.",
)
NO_PROCESSORS = Message(
    "PVME01050040-0002",
    "Partition {partition} needs {needed} processors, but only {free} are free.",
    Kind.NO_ROOM,
    "Reduce its processors, or power off or shrink other partitions.",
)
MANAGEMENT_PARTITION = Message(
    "PVME01050041-0001",
    "Partition {partition} is the management partition and cannot be {task}.",
    Kind.DENIED,
    "Choose another partition.",
)
HAS_CLIENTS = Message(
    "PVME01050041-0002",
    "Virtual I/O Server {vios} serves {count} virtual adapters of {clients} and cannot be deleted.",
    Kind.IN_USE,
    "Remove the mappings of these partitions first.",
)
NO_OPTICAL = Message(
    "PVME01050042-0001",
    "Partition {partition} has no virtual optical drive or medium called {device}. It has: {known}.",
    Kind.NOT_FOUND,
    "Name one of these in remove_optical_name, or leave it out.",
)
POOL_CLOSED = Message(
    "PVME01050042-0002",
    "Partition {partition} cannot be in processor pool {pool}: the pool is closed (MaximumProcessingUnits 0).",
    Kind.WRONG_STATE,
    "Set that limit of the pool first, or choose another pool.",
)
NOT_RESTARTABLE = Message(
    "PVME01050901-0002",
    "Partition {partition} is powered off and cannot be restarted.",
    Kind.WRONG_STATE,
    "Power it on instead.",
)
