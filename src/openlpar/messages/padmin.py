"""Messages about running commands of a Virtual I/O Server from the management partition."""

from openlpar.messages.core import Kind, Message

NO_RMC = Message(
    "PVME01053001-0001",
    "The command cannot be sent to Virtual I/O Server {vios}: its RMC connection is {rmc}.",
    Kind.WRONG_STATE,
    "Wait until RMC is active; if it stays so, check the management network (MGMTSWITCH).",
)
COMMAND_TOO_LONG = Message(
    "PVME01053001-0002",
    "The command for Virtual I/O Server {vios} has {length} characters; {limit} are allowed.",
    Kind.INVALID,
    "Send a shorter one.",
)
