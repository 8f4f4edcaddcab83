"""Messages about backups of the partition configuration (``profile.bak``)."""

from openlpar.messages.core import Kind, Message

CANNOT_WRITE = Message(
    "PVME01080010-0001",
    "The backup cannot be written to {path}: {cause}.",
    Kind.DENIED,
    "Name a file that you may write with -f.",
)
CANNOT_READ = Message(
    "PVME01080010-0002",
    "The backup {path} cannot be read: {cause}.",
    Kind.NOT_FOUND,
    "Name a file written by bkprofdata with -f.",
)
BAD_BACKUP = Message(
    "PVME01080010-0003",
    "{path} is not a backup of partition configurations: {cause}.",
    Kind.INVALID,
    "Name a file written by bkprofdata with -f.",
)
OTHER_SYSTEM = Message(
    "PVME01080010-0004",
    "The backup {path} is of system {theirs}, but this one is {ours}.",
    Kind.INVALID,
    "Repeat the command with --ignoremtms to restore it here all the same.",
)
NO_SYSTEM = Message(
    "PVME01080010-0005",
    "There is no managed system {name} here, only {ours}.",
    Kind.NOT_FOUND,
    "Use '-m {ours}', or leave -m out.",
)
NOT_CLEARED = Message(
    "PVME01080010-0006",
    "The configuration of {system} is not cleared: {conflicts}. Nothing was restored.",
    Kind.WRONG_STATE,
    "Delete these partitions with 'pvmctl lpar delete' when the backup is to take their place.",
)
BAD_LEVEL = Message(
    "PVME01080010-0007",
    "Restore level {level} does not exist here.",
    Kind.UNSUPPORTED,
    "Use -l 1 to restore the whole configuration, -l 2 to merge and let the backup win, -l 3 to merge and let what is there win; "
    "to clear the configuration, delete the partitions with 'pvmctl lpar delete'.",
)
