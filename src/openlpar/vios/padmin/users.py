"""Users of the Virtual I/O Server: their attributes, and what their roles let them do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from openlpar.ports.records import ViosSettings
from openlpar.vios.padmin.refusal import Refusal, Status, no_such

if TYPE_CHECKING:
    from openlpar.vios.padmin.server import Server

ADMINISTRATOR = "padmin"
USUAL: Mapping[str, str] = {
    "account_locked": "false",
    "expires": "0",
    "histexpire": "0",
    "histsize": "0",
    "loginretries": "0",
    "maxage": "0",
    "maxexpired": "-1",
    "maxrepeats": "8",
    "minage": "0",
    "minalpha": "0",
    "mindiff": "0",
    "minlen": "0",
    "minother": "0",
    "pwdwarntime": "0",
}
"""Attributes of a user, and the values they have at first."""
PRIME, VIEW = "PAdmin", "ViewOnly"
_GROUPS = {"staff": "DEUser", "view": VIEW}
"""Primary group (``pgrp``) to the role that goes with it."""


def users(server: Server) -> dict[str, dict[str, str]]:
    """Name to attributes, padmin first."""
    return known_users(server.settings)


def known_users(settings: ViosSettings) -> dict[str, dict[str, str]]:
    kept = settings.users
    found = {ADMINISTRATOR: {"roles": PRIME, **USUAL, **kept.get(ADMINISTRATOR, {})}}
    for name, attributes in kept.items():
        if name != ADMINISTRATOR:
            found[name] = {"roles": _GROUPS[attributes.get("pgrp", "staff")], **USUAL, **attributes}
    return found


ROLES: Mapping[str, str] = {
    PRIME: "Prime administrator: every command. Commands that are sent to the server run in this role",
    _GROUPS["staff"]: "Every command but those about users, the global command log and failed logins",
    VIEW: "Commands that display something",
}


def role(settings: ViosSettings, name: str) -> str:
    """ "" for somebody who is no user any more."""
    return known_users(settings).get(name, {}).get("roles", "")


def find_user(server: Server, name: str) -> dict[str, str]:
    found = users(server).get(name)
    if found is None:
        raise no_such("User", name, "lsuser lists the users.")
    return found


def checked_name(server: Server, name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,7}", name):
        raise Refusal(Status.SYNTAX, f'"{name}" is not a user name. Use up to 8 small letters, digits, "-" and "_".')
    if name in users(server) or name == "root":
        raise Refusal(Status.SYNTAX, f'User "{name}" exists already. Choose another name.')
    return name


def checked_attributes(given: Mapping[str, str]) -> dict[str, str]:
    """Raises Refusal for one that there is not, or a value that it cannot have."""
    for name, value in given.items():
        if name == "pgrp":
            if value not in _GROUPS:
                raise Refusal(Status.SYNTAX, f'Primary group "{value}" is not valid. Use {" or ".join(_GROUPS)}.')
        elif name not in USUAL:
            known = ", ".join(("pgrp", *USUAL))
            raise Refusal(Status.SYNTAX, f'Attribute "{name}" is not valid. The attributes are: {known}.')
        elif name == "account_locked":
            if value not in ("true", "false"):
                raise Refusal(Status.SYNTAX, f'"{value}" is not valid for account_locked. Use true or false.')
        elif not re.fullmatch(r"-?\d{1,10}", value):
            raise Refusal(Status.SYNTAX, f'"{value}" is not valid for {name}. Use a whole number.')
    return dict(given)
