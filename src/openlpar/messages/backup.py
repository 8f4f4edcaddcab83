"""Messages about backups that the service makes, and about snapshots of its whole state."""

from openlpar.messages.core import Kind, Message

FAILED = Message(
    "PVME01080060-0001",
    "The backup {file} of {subject} was not made: {cause}.",
    Kind.UNAVAILABLE,
    "Remove the cause and run 'openlpar backup run'; 'openlpar backup list' shows the newest backup there is.",
)
BAD_LABEL = Message(
    "PVME01080060-0002",
    "{label!r} names no backup.",
    Kind.INVALID,
    "Use hourly_00 to hourly_23, or daily_01 to daily_31.",
)
NO_FOLDER = Message(
    "PVME01080060-0003",
    "This service keeps no backups of its own.",
    Kind.WRONG_STATE,
    "Name the directory with --directory; the timers of an installed system use /var/backups/pvm.",
)
BAD_NAME = Message(
    "PVME01080060-0004",
    "{name!r} cannot be the name of a backup on a Virtual I/O Server.",
    Kind.INVALID,
    "Give a file as viosbr writes it, such as vios_2_daily_01.viosbr.tar.gz, or an image of backupios, such as vios.mksysb.",
)
UNREADABLE = Message(
    "PVME01080060-0005",
    "{path} cannot be read: {cause}.",
    Kind.NOT_FOUND,
    "Name a file or directory that exists and that you may read; backups are for root and members of pvm_admin.",
)
NOT_WRITTEN = Message(
    "PVME01080060-0006",
    "{path} cannot be written: {cause}.",
    Kind.DENIED,
    "Free space there or get the right to write, then repeat the command; the backups before are as they were.",
)
NO_STATE = Message(
    "PVME01080061-0001",
    "{data} has no state to save.",
    Kind.NOT_FOUND,
    "Give the --data of a service that was started there.",
)
STATE_UNREADABLE = Message(
    "PVME01080061-0002",
    "The state in {data} cannot be saved in {file}: {cause}.",
    Kind.UNAVAILABLE,
    "Run the command as the owner of the state, with room for a copy of it beside the snapshot.",
)
DAMAGED = Message(
    "PVME01080061-0003",
    "{path} is no snapshot, or is damaged: {cause}.",
    Kind.INVALID,
    "Take another snapshot; nothing was restored.",
)
NEWER = Message(
    "PVME01080061-0004",
    "{path} was written by OpenLPAR {version} in a format ({format}) that is newer than this one knows ({known}).",
    Kind.UNSUPPORTED,
    "Restore it with that version of OpenLPAR; nothing was restored.",
)
STATE_IN_THE_WAY = Message(
    "PVME01080061-0005",
    "{data} has a state already.",
    Kind.EXISTS,
    "Name another --data, or give --replace to put the snapshot in its place.",
)
