"""Messages of the QEMU back end: what a real PAPR guest, or this machine, cannot do."""

from openlpar.messages.core import Kind, Message

NOT_ON_QEMU = Message(
    "PVME01090010-0001",
    "Partition {partition} cannot be powered on: QEMU has no {device}.",
    Kind.UNSUPPORTED,
    "Remove it from the partition, or use the simulated hypervisor for this partition.",
)
MEMORY_REGION = Message(
    "PVME01090010-0002",
    "Partition {partition} cannot be powered on: {field} is {value} MB, and QEMU's guests have memory in regions of "
    "{region} MB.",
    Kind.INVALID,
    "Set it to a multiple of that size.",
)
NO_TARGET = Message(
    "PVME01090010-0003",
    "Adapter {adapter} of Virtual I/O Server {vios} cannot have {device} {address}: a guest in QEMU has {disks} disks (0x81… to "
    "0x88…) and {drives} optical drives (0x89…, 0x8A…) on each.",
    Kind.INVALID,
    "Map it to another adapter of the partition, and leave the choice of the address to the server.",
)
HIGH_SLOT = Message(
    "PVME01090010-0005",
    "Partition {partition} cannot be powered on: QEMU has no virtual slot {slot}, the last is {last}.",
    Kind.INVALID,
    "Give the adapter a lower slot number.",
)
NO_CORE_REMOVAL = Message(
    "PVME01090020-0001",
    "Processors of partition {partition} cannot be removed while it runs: {cause}.",
    Kind.UNSUPPORTED,
    "{remedy} Or power the partition off to change it.",
)
GUEST_STARVED = Message(
    "PVME01090020-0002",
    "Memory of partition {partition} cannot be reduced to {wished} MB while it runs: its operating system has {available} MB "
    "to spare, {taken} MB would go, and {left} MB have to be left.",
    Kind.WRONG_STATE,
    "End programs in the partition, or take away less; a REST update with force=true is tried all the same.",
)
OPERATING_SYSTEM = Message(
    "PVME01090010-0004",
    "Partition {partition} cannot be powered on: QEMU cannot boot the operating system of a partition of type {type}.",
    Kind.UNSUPPORTED,
    "Use the simulated hypervisor for it; QEMU runs Linux in partitions of type AIX/Linux.",
)
NO_LIVE_MIGRATION = Message(
    "PVME01090040-0001",
    "Partition {partition} cannot be moved while it runs: {cause}.",
    Kind.UNSUPPORTED,
    "{remedy} Or power the partition off and move it then.",
)
OTHER_MACHINE = Message(
    "PVME01090040-0002",
    "Partition {partition} cannot be moved while it runs: the two systems are not on the same machine.",
    Kind.UNSUPPORTED,
    "Power it off, and move it between machines that share its disks.",
)
OLDER_QEMU = Message(
    "PVME01090040-0003",
    "Partition {partition} cannot be moved while it runs: it was started as {machine}, which QEMU {version} there does not have.",
    Kind.WRONG_STATE,
    "Run 'openlpar setup-qemu' for the newer QEMU there, or power the partition off and move it then.",
)
OTHER_PROCESSOR = Message(
    "PVME01090040-0004",
    "Partition {partition} cannot be moved while it runs: {cause}.",
    Kind.WRONG_STATE,
    "Choose a processor compatibility mode that both systems have and activate it anew, or power it off and move it then.",
)
NOT_RECEIVED = Message(
    "PVME01090040-0005",
    "No QEMU here can go on with partition {partition}: {cause}.",
    Kind.WRONG_STATE,
    "Mend that, then move the partition again.",
)
SUPERVISOR_LOST = Message(
    "PVME01090030-0001",
    "The process that runs partition {partition} does not answer: {cause}.",
    Kind.UNAVAILABLE,
    "Repeat the request; when it goes on, power the partition off immediately and on again.",
)
NO_SWITCH_PROCESS = Message(
    "PVME01090050-0001",
    "The process of the virtual switches does not tell how it is: {cause}.",
    Kind.UNAVAILABLE,
    "Look into the log of the service, and repeat the request; partitions notice nothing of it.",
)
