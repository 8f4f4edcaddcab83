"""Users of the Virtual I/O Server. They are kept and shown; padmin is the one who runs commands."""

from __future__ import annotations

import re
from collections.abc import Mapping

from openlpar.vios.padmin.refusal import Refusal, Status, no_such
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
_ROLE = {ADMINISTRATOR: "PAdmin"}
_GROUPS = {"staff": "DEUser", "view": "ViewOnly"}
"""Primary group (``pgrp``) to the role that goes with it."""


def users(server: Server) -> dict[str, dict[str, str]]:
    """Name to attributes, padmin first."""
    kept = server.settings.users
    found = {ADMINISTRATOR: {"roles": _ROLE[ADMINISTRATOR], **USUAL, **kept.get(ADMINISTRATOR, {})}}
    for name, attributes in kept.items():
        if name != ADMINISTRATOR:
            found[name] = {"roles": _GROUPS[attributes.get("pgrp", "staff")], **USUAL, **attributes}
    return found


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
