"""Messages about Virtual I/O Servers that are taken out of service."""

from openlpar.messages.core import Kind, Message

UNSAFE = Message(
    "PVME01055001-0001",
    "Virtual I/O Server {vios} cannot be taken out of service: its clients need it. Problems found: {count}.{problems}",
    Kind.WRONG_STATE,
    "Give them a second way by another Virtual I/O Server (evacuate does it for disks that another one has), power them off, "
    "or repeat the request with force.",
)
BEGUN = Message(
    "PVME01055001-0002",
    "Virtual I/O Server {vios} is in maintenance already ({phase}).",
    Kind.WRONG_STATE,
    "Look with 'openlpar maintenance status', or take it back with 'openlpar maintenance end {vios}'.",
)
NOT_BEGUN = Message(
    "PVME01055001-0003",
    "Virtual I/O Server {vios} is not in maintenance.",
    Kind.WRONG_STATE,
    "Nothing needs to be taken back; power it on if it is off.",
)
NOT_RUNNING = Message(
    "PVME01055001-0004",
    "Virtual I/O Server {vios} cannot be taken out of service: it is {state}.",
    Kind.WRONG_STATE,
    "Repeat the request when it runs; one that is off can be serviced as it is.",
)
STOPPING = Message(
    "PVME01055001-0005",
    "Virtual I/O Server {vios} cannot be put back into service yet: it is being powered off, and is {state}.",
    Kind.WRONG_STATE,
    "Repeat the request when it is off.",
)
NOT_STOPPED = Message(
    "PVME01055002-0003",
    "Virtual I/O Server {vios} has not gone off in time: it is {state}.",
    Kind.WRONG_STATE,
    "Look at its console.",
)
GIVEN_UP = Message(
    "PVME01055002-0001",
    "Virtual I/O Server {vios} stays in service: it could not be powered off: {cause}",
    Kind.WRONG_STATE,
    "The paths that were added for the time without it are removed again. Mend the cause, then repeat the request.",
)
STUCK = Message(
    "PVME01055002-0002",
    "The maintenance of Virtual I/O Server {vios} cannot go on: {cause}",
    Kind.WRONG_STATE,
    "Mend the cause, then let it go on with 'openlpar maintenance end {vios}'.",
)
