"""Messages about what a host needs to run real partitions."""

from openlpar.messages.core import Kind, Message

NO_QEMU = Message(
    "PVME01080030-0001",
    "This host has no QEMU that can run partitions: {cause}.",
    Kind.WRONG_STATE,
    "Run 'openlpar setup-qemu', or 'make setup-qemu' in a checkout; it needs no root.",
)
NO_KIT = Message(
    "PVME01080030-0002",
    "The guest kit is not set up: there is no {path}.",
    Kind.WRONG_STATE,
    "Run 'openlpar setup-qemu', or 'make setup-qemu' in a checkout; it needs no root.",
)
NO_APT = Message(
    "PVME01080031-0001",
    "QEMU and the guest kit are made of Debian packages, and this host has no {program}.",
    Kind.UNSUPPORTED,
    "Set up on a Debian host and copy its cache folder here, or install the packages apt and dpkg.",
)
NO_MIRROR = Message(
    "PVME01080031-0002",
    "The sources of apt in {path} name no Debian archive.",
    Kind.WRONG_STATE,
    "Name one: OPENLPAR_DEBIAN_MIRROR=URL openlpar setup-qemu; the package debian-archive-keyring has its keys.",
)
NO_ARCHITECTURE = Message(
    "PVME01080031-0003",
    "There are no packages of QEMU for a host of type {machine}.",
    Kind.UNSUPPORTED,
    "Use a host of one of the types {known}.",
)
APT_FAILED = Message(
    "PVME01080032-0001",
    "The packages cannot be fetched: {cause}.",
    Kind.UNAVAILABLE,
    "Repeat 'openlpar setup-qemu'; it goes on where it stopped.",
)
BAD_CHECKSUM = Message(
    "PVME01080032-0002",
    "The package {file} is not the one that the archive signed; it is not used and was removed.",
    Kind.UNAVAILABLE,
    "Repeat 'openlpar setup-qemu'; if this comes again, the mirror is broken: use another.",
)
TOOL_FAILED = Message(
    "PVME01080032-0003",
    "The guest kit cannot be made, {tool} failed: {cause}.",
    Kind.INTERNAL,
    "Report the defect with the output of 'openlpar doctor'.",
)
