"""Messages about running commands of a Virtual I/O Server from the management partition."""

from openlpar.messages.core import Kind, Message

NO_RMC = Message(
    "PVME01053001-0001",
    "The command cannot be sent to Virtual I/O Server {vios}: its RMC connection is {rmc}, because {cause}.",
    Kind.WRONG_STATE,
    "Wait until RMC is active; if it stays so, check the management network (MGMTSWITCH).",
)
COMMAND_TOO_LONG = Message(
    "PVME01053001-0002",
    "The command for Virtual I/O Server {vios} has {length} characters; {limit} are allowed.",
    Kind.INVALID,
    "Send a shorter one.",
)
NO_ENDPOINT = Message(
    "PVME01053002-0001",
    "The service at {url} does not run commands of Virtual I/O Servers for clients.",
    Kind.UNSUPPORTED,
    "On a genuine NovaLink run its own viosvrcmd, on the NovaLink partition itself.",
)
NO_ROOT_SHELL = Message(
    "PVME01053002-0002",
    "viosvrcmd -r was refused: the Virtual I/O Servers here have no root shell.",
    Kind.UNSUPPORTED,
    "Leave out -r to run a command of padmin; viosvrcmd --id N -c help lists them.",
)
NO_SUCH_VIOS = Message(
    "PVME01053003-0001",
    "There is no Virtual I/O Server with {which}.",
    Kind.NOT_FOUND,
    "'pvmctl vios list' shows them.",
)
