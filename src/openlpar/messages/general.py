"""Messages that belong to no single noun."""

from openlpar.messages.core import Kind, Message

NOT_FOUND = Message(
    "PVME01040001-0001",
    "{kind} {name} does not exist.",
    Kind.NOT_FOUND,
    "List the objects of that kind and repeat the request with an existing one.",
)
BAD_VALUE = Message(
    "PVME01040002-0001",
    "{field} of {object} cannot be {value}: {cause}.",
    Kind.INVALID,
    "Send {wanted}.",
)
READ_ONLY = Message(
    "PVME01040002-0002",
    "{field} of {object} is read only: it cannot be changed from {old} to {new}.",
    Kind.INVALID,
    "Leave the field as it was read.",
)
MISSING_VALUE = Message(
    "PVME01040002-0003",
    "{object} lacks {field}.",
    Kind.INVALID,
    "Send the field.",
)
NAME_TAKEN = Message(
    "PVME01040003-0001",
    "{kind} {name} exists already.",
    Kind.EXISTS,
    "Choose another name.",
)
UNSUPPORTED = Message(
    "PVME01040004-0001",
    "{operation} is not supported on this system.",
    Kind.UNSUPPORTED,
    "The coverage page of the documentation lists what is.",
)
STALE_ETAG = Message(
    "PVME01040005-0001",
    "{kind} {name} was changed by someone else after it was read.",
    Kind.STALE,
    "Read it again, repeat the change on the new version and send that.",
)
STORE_FAILED = Message(
    "PVME04000001-0001",
    "The change could not be written to {place}: {cause}. Nothing was changed.",
    Kind.UNAVAILABLE,
    "Free space on that file system or mend it, then repeat the request.",
)
STORE_REFUSES = Message(
    "PVME04000001-0003",
    "Nothing can be written to {place}: {cause}. Every change is refused meanwhile.",
    Kind.UNAVAILABLE,
    "Free space on that file system or mend it; the service then goes on by itself.",
)
INTERNAL = Message(
    "PVME04000001-0002",
    "The operation {operation} failed unexpectedly: {cause}. Nothing was changed.",
    Kind.INTERNAL,
    "The service's log has the details.",
)
INJECTED = Message(
    "PVME04000002-0001",
    "{operation} failed because fault rule {rule} says so.",
    Kind.INTERNAL,
    "Remove the rule with 'openlpar fault remove {rule}'.",
)
