"""Messages about consoles (virtual terminals) of partitions."""

from openlpar.messages.core import Kind, Message

BUSY = Message(
    "PVME01080001-0001",
    "The console of partition {partition} is in use by {user}; a partition has one console session at a time.",
    Kind.BUSY,
    "Ask them to leave it with Control+], or close their session with 'rmvterm --id {id}'.",
)
NO_SESSION = Message(
    "PVME01080001-0002",
    "Session {session} of the console of partition {partition} is closed.",
    Kind.NOT_FOUND,
    "Somebody closed it with rmvterm; open a new one with 'mkvterm --id {id}'.",
)
NO_ENDPOINT = Message(
    "PVME01080002-0001",
    "The service at {url} offers no interactive consoles.",
    Kind.UNSUPPORTED,
    "On a genuine NovaLink run its own mkvterm, on the NovaLink partition itself.",
)
NOT_LOCAL = Message(
    "PVME01080002-0002",
    "A console over VNC is for this machine only: the protocol protects neither what is shown nor what is typed.",
    Kind.UNSUPPORTED,
    "Give --vnc and --local together; from elsewhere come through a tunnel: 'ssh -L PORT:127.0.0.1:PORT SERVER'.",
)
NO_SCREEN = Message(
    "PVME01080002-0003",
    "The VNC server cannot be started: {cause}.",
    Kind.UNSUPPORTED,
    "Install OpenLPAR with its extra 'vnc' (pip install 'openlpar[vnc]').",
)
AWAY = Message(
    "PVME01080002-0005",
    "The service cannot be asked for this console any more: {cause}. It is waited for, {seconds} seconds long.",
    Kind.UNAVAILABLE,
    "Start the service again; after that time 'mkvterm --vnc --local' opens the console anew.",
)
NO_5250 = Message(
    "PVME01080002-0004",
    "The 5250 console of the IBM i partition {partition} (code page {codepage}) is not built.",
    Kind.UNSUPPORTED,
    "Leave out --consolesettings for what the partition shows as plain text.",
)
BAD_PARAMETER = Message(
    "PVME01040123-0009",
    "The parameter {parameter} is not valid.",
    Kind.INVALID,
    "'{command} --help' lists the parameters.",
    origin="public samples of mkvterm errors (novalink-cli.md 7)",
)
