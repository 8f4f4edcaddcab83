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
WRONG_UPDATE = Message(
    "PVME01053004-0001",
    "Virtual I/O Server {vios} at level {level} cannot be updated to {wanted}: {cause}.",
    Kind.WRONG_STATE,
    "Use a newer update of the same version, and commit or reject the one before with 'updateios -commit' or '-reject'.",
)
NO_UPDATE = Message(
    "PVME01053004-0002",
    "Virtual I/O Server {vios} has no uncommitted update that could be {task}.",
    Kind.NOT_FOUND,
    "Apply one with 'updateios -dev DIRECTORY -accept' first.",
)
UPDATE_IN_CLUSTER = Message(
    "PVME01053004-0003",
    "Virtual I/O Server {vios} is a node of cluster {cluster}: no update can be applied or rejected while the node is up.",
    Kind.IN_USE,
    "Take it out with 'cluster -rmnode', update it, and add it again with 'cluster -addnode'.",
)
NO_FILE_SET = Message(
    "PVME01053004-0004",
    "Virtual I/O Server {vios} has no file set {file_set}.",
    Kind.NOT_FOUND,
    "'lssw' lists the file sets.",
)
FILE_SET_NEEDED = Message(
    "PVME01053004-0005",
    "File set {file_set} of Virtual I/O Server {vios} cannot be removed: {user} needs it.",
    Kind.IN_USE,
    "Remove only file sets that nothing needs, such as manuals.",
)
FILE_SET_THERE = Message(
    "PVME01053004-0006",
    "File set {file_set} is already installed on Virtual I/O Server {vios}.",
    Kind.EXISTS,
    "An update brings all file sets to its level: 'updateios -dev DIRECTORY -accept'.",
)
WRONG_IMAGE = Message(
    "PVME01053004-0007",
    "Virtual I/O Server {vios} at level {level} cannot be upgraded with an image of level {wanted}: {cause}.",
    Kind.WRONG_STATE,
    "Use an image of a newer level.",
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
