"""Messages of the simulation: fault rules, behaviour, clock, and who may set them."""

from openlpar.messages.core import Kind, Message

NOT_ADMITTED = Message(
    "PVME01080020-0001",
    "The administration of the simulation is closed to this request: {cause}.",
    Kind.DENIED,
    "Send the token in {token_file} as header X-OpenLPAR-Admin-Token; the openlpar command does so with --data DIR "
    "or OPENLPAR_ADMIN_TOKEN.",
)
BROWSER = Message(
    "PVME01080020-0002",
    "The administration of the simulation takes no requests from web pages: {cause}.",
    Kind.DENIED,
    "Use the openlpar command, or a client that sends JSON and no Origin.",
)
NO_RULE = Message(
    "PVME01080021-0001",
    "There is no fault rule {rule}.",
    Kind.NOT_FOUND,
    "'openlpar fault list' lists them.",
)
BAD_RULE = Message(
    "PVME01080021-0002",
    "The fault rule is not valid: {cause}.",
    Kind.INVALID,
    "'openlpar fault add --help' explains the rules.",
)
BAD_BODY = Message(
    "PVME01080022-0001",
    "The request is not valid: {cause}.",
    Kind.INVALID,
    "Send {wanted}.",
)
NO_RESOURCE = Message(
    "PVME01080022-0002",
    "There is no {method} of {path}.",
    Kind.NOT_FOUND,
    "'GET /admin' lists what there is.",
)
FIXED_BEHAVIOUR = Message(
    "PVME01080023-0001",
    "The hypervisor {hypervisor} has no behaviour that could be set: its partitions are real.",
    Kind.UNSUPPORTED,
    "Start the service with --hypervisor sim.",
)
NO_FEED = Message(
    "PVME01080024-0001",
    "{path} cannot be read: {cause}.",
    Kind.NOT_FOUND,
    "Name a file of that kind that you may read.",
)
VIOS_BUSY = Message(
    "HSCL3205",
    "The VIOS {subject} is busy processing some other request.",
    Kind.BUSY,
    "Repeat the request in a few seconds.",
    origin="busy check of pypowervm (rest-contract 2.13)",
)
POOL_FULL = Message(
    "PVME01080021-0003",
    "{object} does not fit: its pool has 0 GB free, because fault rule {rule} says so.",
    Kind.NO_ROOM,
    "Remove the rule with 'openlpar fault remove {rule}'.",
)
CANNOT_WRITE = Message(
    "PVME01080024-0002",
    "{path} cannot be written: {cause}.",
    Kind.DENIED,
    "Name a file in a folder that you may write.",
)
