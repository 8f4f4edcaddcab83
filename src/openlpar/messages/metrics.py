"""Messages of performance and capacity monitoring (PCM), and of workloads."""

from openlpar.messages.core import Kind, Message

NOT_METERED = Message(
    "PVME01160001-0001",
    "Monitoring of system {system} cannot be enabled: the hypervisor {hypervisor} does not measure what partitions use.",
    Kind.UNSUPPORTED,
    "Start the service with --hypervisor sim or qemu, or leave the monitors off.",
)
NO_ENERGY = Message(
    "PVME01160001-0003",
    "The energy monitor of system {system} cannot be enabled: the hypervisor {hypervisor} does not know what a server consumes.",
    Kind.UNSUPPORTED,
    "Start the service with --hypervisor sim, or leave EnergyMonitorEnabled off.",
)
NOT_ENABLED = Message(
    "PVME01160001-0002",
    "There are no {metrics} of system {system}: {preference} is false in its monitoring preferences.",
    Kind.WRONG_STATE,
    "Set {preference} with POST pcm/ManagedSystem/{uuid}/preferences.",
)
BAD_TIME = Message(
    "PVME01160002-0001",
    "{parameter} is {value!r}, which is not a time such as 2026-02-28T13:00:00Z or 2026-02-28T13:00:00+0100.",
    Kind.INVALID,
    "Send date, time and zone; a plus sign in a URL is written %2B.",
)
BAD_COUNT = Message(
    "PVME01160002-0002",
    "NoOfSamples is {value!r}, which is not a whole number above 0.",
    Kind.INVALID,
    "Send a number, or leave it out.",
)
BAD_SPAN = Message(
    "PVME01160002-0003",
    "StartTS {start} is later than EndTS {end}.",
    Kind.INVALID,
    "Send the earlier time as StartTS.",
)
NO_SUCH_KIND = Message(
    "PVME01160002-0004",
    "There are no metrics of the kind {parameter}={value}.",
    Kind.UNSUPPORTED,
    "Leave {parameter} out.",
)
NO_FILE = Message(
    "PVME01160003-0001",
    "There is no metrics file {name}: it never was, or its time of retention has passed.",
    Kind.NOT_FOUND,
    "Read the feed again, and follow its links.",
)
BAD_WORKLOAD = Message(
    "PVME01160004-0001",
    "The workload is not valid: {cause}.",
    Kind.INVALID,
    "'openlpar workload set --help' explains the workloads.",
)
NO_WORKLOAD = Message(
    "PVME01160004-0002",
    "There is no workload rule for {partition!r}.",
    Kind.NOT_FOUND,
    "'openlpar workload list' lists the rules.",
)
REAL_WORK = Message(
    "PVME01160004-0003",
    "The hypervisor {hypervisor} takes no workloads: what its partitions are busy with is real.",
    Kind.UNSUPPORTED,
    "Start the service with --hypervisor sim.",
)
