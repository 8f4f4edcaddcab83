"""How a command refuses: a text for standard error, and the exit status that a VIOS gives for it."""

from __future__ import annotations

import enum

from openlpar.messages import Failure, Kind


class Status(enum.IntEnum):
    """Exit statuses that IBM documents for the commands of a VIOS."""

    DONE = 0
    SYNTAX = 1
    NOT_FOUND = 2
    DENIED = 3
    INCOMPLETE = 4
    IS_MIRRORED = 5
    IN_OTHER_GROUP = 7
    NO_LOCATION = 10
    TOO_MANY = 11
    NOT_A_VHOST = 15
    NOT_A_VIRTUAL_ETHERNET = 16
    NOT_A_POOL = 23
    NOT_IN_POOL = 39
    FILE_NAME_TOO_LONG = 40
    NO_NPIV_PORTS = 62
    NOT_A_VFCHOST = 63
    CLUSTER_ACTIVE = 78
    NOT_A_VNIC = 88
    NO_COMMAND = 127  # not of ioscli: what a shell says


_BY_KIND = {
    Kind.INVALID: Status.SYNTAX,
    Kind.EXISTS: Status.SYNTAX,
    Kind.NOT_FOUND: Status.NOT_FOUND,
    Kind.DENIED: Status.DENIED,
}


class Refusal(Exception):
    """The command ends here. text: what goes to standard error."""

    def __init__(self, status: Status, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    @classmethod
    def of(cls, failure: Failure) -> Refusal:
        """What the rules of the system refused, in the words of a command."""
        text = str(failure)
        if failure.message.origin is not None and failure.remedy:
            text += f"\n{failure.remedy}"
        return cls(_BY_KIND.get(failure.kind, Status.INCOMPLETE), text)


def no_such(kind: str, name: str, remedy: str) -> Refusal:
    return Refusal(Status.NOT_FOUND, f'{kind} "{name}" does not exist. {remedy}')


def may_only_look() -> Refusal:
    """To a user of the role ViewOnly."""
    return Refusal(Status.DENIED, "Your role is ViewOnly: it may display, and change nothing. Nothing was done.")


def not_yet(what: str, remedy: str) -> Refusal:
    """Something that a VIOS can do and this one cannot."""
    return Refusal(Status.INCOMPLETE, f"{what} is not supported yet. Nothing was done. {remedy}")
