"""Messages about inventory files and recordings. ``place`` is ``file:line:column`` with what stands there."""

from openlpar.messages.core import Kind, Message

NOT_READABLE = Message(
    "PVME01090001-0001",
    "{place}: this cannot be read: {cause}.",
    Kind.INVALID,
    "An inventory is YAML (or JSON): 'openlpar: 1', then for each type a list of objects; 'openlpar dump' prints one.",
)
WRONG_VERSION = Message(
    "PVME01090001-0002",
    "{place}: the first entry must be 'openlpar: 1', it is {found}.",
    Kind.INVALID,
    "Begin the file with 'openlpar: 1'.",
)
UNKNOWN_NAME = Message(
    "PVME01090002-0001",
    "{place}: there is no {what} {name}.",
    Kind.INVALID,
    "{hint}",
)
WRONG_SHAPE = Message(
    "PVME01090002-0002",
    "{place}: this is {found}.",
    Kind.INVALID,
    "Write {wanted}.",
)
WRONG_VALUE = Message(
    "PVME01090002-0003",
    "{place}: {value} is no value for it.",
    Kind.INVALID,
    "Write {wanted}.",
)
WRITTEN_TWICE = Message(
    "PVME01090002-0004",
    "{place}: {name} is written twice.",
    Kind.INVALID,
    "Keep one of the two.",
)
TAKEN = Message(
    "PVME01090003-0001",
    "{place}: {what} {value} is used already by {other}.",
    Kind.INVALID,
    "Choose another {what}, or leave it out to get a free one.",
)
DANGLING = Message(
    "PVME01090003-0002",
    "{place}: it refers to {value}, but there is no such {what}.",
    Kind.INVALID,
    "{hint}",
)
MISSING = Message(
    "PVME01090003-0003",
    "{place}: {field} is missing.",
    Kind.INVALID,
    "Write {wanted}.",
)
OUT_OF_BOUNDS = Message(
    "PVME01090003-0005",
    "{place}: this is out of bounds: {cause}",
    Kind.INVALID,
    "Correct the file, then start the service again.",
)
TOO_MANY_SYSTEMS = Message(
    "PVME01090003-0004",
    "{place}: this is a second managed system ({first} is the first), and a NovaLink manages exactly one.",
    Kind.INVALID,
    "Put each system into a file of its own and start one service for each.",
)
NOT_A_RECORDING = Message(
    "PVME01090004-0001",
    "{file}: this is no recorded feed or entry: {cause}.",
    Kind.INVALID,
    "Give XML documents as a REST server sent them (or the framed files of the pypowervm test suite).",
)
NOT_AN_OBJECT = Message(
    "PVME01090004-0002",
    "{file}: entry {entry} holds a {kind}, which is no object of a managed system.",
    Kind.INVALID,
    "Leave the file out: jobs, events and errors are not part of an inventory.",
)
RECORDED_DIFFERENTLY = Message(
    "PVME01090004-0003",
    "{file}: {kind} {uuid} was recorded with other content in a file before.",
    Kind.INVALID,
    "Load recordings of one system taken at one time; leave one of the two files out.",
)
