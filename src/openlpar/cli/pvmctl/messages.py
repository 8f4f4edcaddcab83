"""What pvmctl itself says; everything else comes from the service in its own words."""

from openlpar.messages.core import Kind, Message

AMBIGUOUS = Message(
    "PVME01040101-0001",
    "{condition} selects {count} objects of type {kind}: {names}.",
    Kind.INVALID,
    "Select one of them, for example with '-i uuid=UUID' or '-p name=PARENT'.",
)
UNKNOWN_FIELD = Message(
    "PVME01040101-0002",
    "{kind} has no field {name}.",
    Kind.INVALID,
    "{suggestion}",
)
NO_PLACE = Message(
    "PVME01040101-0004",
    "{field} of {kind} cannot be set: this one has no {container}.",
    Kind.WRONG_STATE,
    "Set what makes it have one in the same command; for processors that are PartitionProcessorConfiguration.has_dedicated and "
    "PartitionProcessorConfiguration.sharing_mode.",
)
NO_SELECTION = Message(
    "PVME01040101-0003",
    "No {kind} was named.",
    Kind.INVALID,
    "Name it with '{option} name=NAME'.",
)
NOT_IN_GROUP = Message(
    "PVME01040102-0001",
    "User {user} is not in the group {group}, whose members may manage this system.",
    Kind.DENIED,
    "{remedy}",
)
UNREADABLE_FILE = Message(
    "PVME01040103-0001",
    "The file {path} cannot be read: {cause}.",
    Kind.INVALID,
    "Name a file that exists and that you may read.",
)
STORAGE_NOT_FOUND = Message(
    "PVME01040105-0001",
    "No {kind} {name} was found{where}.",
    Kind.NOT_FOUND,
    "List what there is with 'pvmctl {noun} list'.",
)
PORT_NOT_FOUND = Message(
    "PVME01040105-0002",
    "No {kind} {name} was found{where}.",
    Kind.NOT_FOUND,
    "'viosvrcmd --id ID -c lsnports' shows the ports of a VIOS, and the room on each.",
)
INCOMPLETE = Message(
    "PVME01040106-0001",
    "{object} could not be read and is missing from the list: {cause}",
    Kind.UNAVAILABLE,
)
POWER_FAILED = Message(
    "PVME01040108-0001",
    "Partition {name} could not be {verb}: {cause}",
    Kind.WRONG_STATE,
)
SLOT_TAKEN = Message(
    "PVME01040109-0001",
    "The I/O slot {slot} belongs to partition {owner}.",
    Kind.IN_USE,
    "Take it from there first, with 'pvmctl io detach'.",
)

# Errors of the connection that come without an id of their own; ``failures`` chooses by class.

UNREACHABLE = Message("PVME01040104-0001", "No connection to the service: {cause}", Kind.UNAVAILABLE)
LOGON_REFUSED = Message("PVME01040104-0002", "No logon: {cause}", Kind.DENIED)
BAD_ANSWER = Message("PVME01040104-0003", "No answer that could be used: {cause}", Kind.INTERNAL)
JOB_FAILED = Message("PVME01040104-0004", "The job failed: {cause}", Kind.WRONG_STATE)
JOB_TIMED_OUT = Message("PVME01040104-0005", "The job was given up: {cause}", Kind.UNAVAILABLE)
REFUSED = Message("PVME01040104-0006", "The service refused: {cause}", Kind.INVALID)
