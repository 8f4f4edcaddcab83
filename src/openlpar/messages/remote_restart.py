"""Messages about partitions that another system restarts when theirs is dead."""

from openlpar.messages.core import Kind, Message

NOT_ENTRUSTED = Message(
    "PVME01054050-0001",
    "System {source} has not entrusted partition {partition} to this one. Entrusted: {known}.",
    Kind.INVALID,
    "Name one of these; only partitions with SimplifiedRemoteRestartCapable are entrusted, each to one system.",
)
NOT_RESTARTABLE = Message(
    "PVME01054050-0002",
    "Partition {partition} of system {source} cannot be restarted here. Problems found: {count}.{problems}",
    Kind.WRONG_STATE,
    "Mend them all, then repeat the request.",
)
SOURCE_LIVES = Message(
    "PVME01054050-0003",
    "System {source} answers: it is not dead, and partition {partition} is its own.",
    Kind.WRONG_STATE,
    "Move the partition with 'pvmctl lpar migrate' on that system.",
)
NOT_CERTAIN = Message(
    "PVME01054050-0004",
    "System {source} does not answer, but partition {partition} may still run there: only the way to it may be broken.",
    Kind.WRONG_STATE,
    "Make sure that the system is off, then repeat the request with --source-is-off (SourceIsOff=true).",
)
ALREADY_RESTARTED = Message(
    "PVME01054050-0005",
    "Partition {partition} of system {source} was restarted here already.",
    Kind.WRONG_STATE,
    "Nothing has to be done; when that system comes back it gives the partition up.",
)
NO_REMOTE_RESTART = Message(
    "PVME01054050-0006",
    "The hypervisor {hypervisor} of this system cannot restart partitions of a dead one.",
    Kind.UNSUPPORTED,
    "Use systems with the simulated hypervisor.",
)
HELD = Message(
    "PVME01054051-0001",
    "Partition {partition} may have been restarted on system {refuge} while this one was away, and {refuge} has not said that it "
    "was not.",
    Kind.WRONG_STATE,
    "Start the service there. When it certainly does not run there, use 'pvmctl lpar remote-restart-recover --force'.",
)
NOT_HELD = Message(
    "PVME01054051-0002",
    "Partition {partition} does not wait for another system's word.",
    Kind.WRONG_STATE,
    "Nothing has to be done; 'pvmctl lpar list' shows its state.",
)
GONE_ELSEWHERE = Message(
    "PVME01054051-0003",
    "Partition {partition} was restarted on system {refuge}: it is not this system's any more.",
    Kind.WRONG_STATE,
    "Look for it there.",
)
