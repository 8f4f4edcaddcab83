"""Messages about systems that make themselves known by the keys of their management consoles."""

from openlpar.messages.core import Kind, Message

NOT_AUTHORIZED = Message(
    "PVME01054042-0001",
    "The key {key}, with which system {asking} asks, is not among the authorized keys of the management console here.",
    Kind.DENIED,
    "Add the PublicSSHKey of the management console of {asking} to them, with pypowervm's add_authorized_key or"
    " 'openlpar authorized-keys add'.",
)
NOT_PROVED = Message(
    "PVME01054042-0002",
    "It is not proved that system {asking} has the key {key}: {cause}.",
    Kind.DENIED,
    "Repeat the request; when that does not help, restart the service whose certificate was replaced, or find out who answers"
    " in its place.",
)
NAME_TAKEN = Message(
    "PVME01054042-0003",
    "System {system} knows {asking} by another key, {known}, and does not take {key} instead: {cause}.",
    Kind.DENIED,
    "When {asking} has a new key, remove the old one from the authorized keys of {system}, or run 'openlpar trust' again.",
)
OTHER_SYSTEM = Message(
    "PVME01054042-0004",
    "At {url} answers system {found}, not {system}.",
    Kind.INVALID,
    "Give the address and the name of the same system.",
)
OTHER_KEY = Message(
    "PVME01054042-0005",
    "Whoever answers at {url} as system {system} has the key {key}; it was {known} when the two met.",
    Kind.DENIED,
    "When its key was replaced on purpose, add the new one to the authorized keys here, or run 'openlpar trust' again.",
)
NO_KEY = Message(
    "PVME01054042-0006",
    "This system cannot show its key to another one: {cause}.",
    Kind.WRONG_STATE,
    "Look at tls/cert.pem and tls/key.pem in its state directory, or use 'openlpar trust' instead.",
)
NO_WAY_BACK = Message(
    "PVME01054042-0007",
    "The service here takes https on {own} only, which system {system} at {url} does not reach when it asks back.",
    Kind.WRONG_STATE,
    "Start the service with --https on an address that the other system reaches.",
)
NOT_BY_KEY = Message(
    "PVME01054042-0008",
    "System {asking} is known to {system} by an authorized key only, which is for moving partitions.",
    Kind.DENIED,
    "For remote restart, make the two known to each other with 'openlpar trust'.",
)
NO_SUCH_KEY = Message(
    "PVME01054042-0009",
    "The management console has no authorized key {key}.",
    Kind.NOT_FOUND,
    "Look for it with 'openlpar authorized-keys list'.",
)
