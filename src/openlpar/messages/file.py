"""Messages about uploads."""

from openlpar.messages.core import Kind, Message

TOO_MANY = Message(
    "PVME01070001-0001",
    "There are {limit} File objects, as many as there can be.",
    Kind.NO_ROOM,
    "Delete those of finished uploads with DELETE /rest/api/web/File/….",
)
BAD_NAME = Message(
    "PVME01070001-0002",
    "{name!r} cannot be the name of a file.",
    Kind.INVALID,
    "Use 1 to 79 of the characters A-Z a-z 0-9 _ . and -.",
)
WRONG_SIZE = Message(
    "PVME01070002-0001",
    "File {name}: {received} bytes were received, {expected} were announced.",
    Kind.INVALID,
    "Send the file again, whole.",
)
WRONG_DIGEST = Message(
    "PVME01070002-0002",
    "File {name}: the SHA-256 of what was received is not the announced one.",
    Kind.INVALID,
    "Send the file again.",
)
