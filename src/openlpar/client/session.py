"""Logging on and off (contract 2.6).

Two ways, as with the reference client: with a token file, when the service runs on this machine and the user's group
may read the file it writes; or with user and password. A password is never taken from the command line.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import sys
from xml.parsers import expat  # an element tree would cost every command 4 ms, and the escape of html or xml.sax more

from openlpar.client.errors import BadAnswer, LogonRefused, Unreachable
from openlpar.client.http import Transport
from openlpar.client.http11 import Answer

_WEB = "http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/"
_LOGON = "/rest/api/web/Logon"
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class Session:
    """The token, and what the service told about itself at logon.

    console: ``X-MC-Type`` (``PVM`` on a NovaLink, ``HMC`` when absent). features: names in ``X-OpenLPAR-Features``;
    empty on a genuine NovaLink, so a client must be able to do without any of them.
    """

    def __init__(self, token: str, console: str, features: frozenset[str]) -> None:
        self.token = token
        self.console = console
        self.features = features

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-Session": self.token, "X-Audit-Memento": os_user()}


def os_user() -> str:
    """Login name of the calling user, as the audit trail should show it."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def log_on(transport: Transport, user: str = "", password: str = "") -> Session:
    """Opens a session: with the password that is given or OPENLPAR_USER's when that is set, else by token file."""
    user = user or os.environ.get("OPENLPAR_USER", "")
    if user:
        credentials = f"<Password>{(password or _password(user)).translate(_ESCAPED)}</Password>"
    else:
        # Not a login: the name only makes the token file unique (contract 2.6).
        user = f"pvmctl_{os_user()}_{os.urandom(8).hex()}"
        credentials = "<GenerateX-API-SessionFile>true</GenerateX-API-SessionFile>"
    body = (
        f'<?xml version="1.0" encoding="UTF-8"?><LogonRequest xmlns="{_WEB}" schemaVersion="V1_0">'
        f"<UserID>{user.translate(_ESCAPED)}</UserID>{credentials}</LogonRequest>"
    )
    answer = transport.request(
        "PUT",
        _LOGON,
        {
            "Content-Type": "application/vnd.ibm.powervm.web+xml; type=LogonRequest",
            "Accept": "application/vnd.ibm.powervm.web+xml; type=LogonResponse",
            "X-Audit-Memento": os_user(),
        },
        body.encode(),
    )
    if answer.status != 200:
        raise _refused(answer, transport)
    features = frozenset(name.strip() for name in answer.headers.get("x-openlpar-features", "").split(",")) - {""}
    return Session(_token(answer, transport), answer.headers.get("x-mc-type", "HMC"), features)


def log_off(transport: Transport, session: Session) -> None:
    """Ends the session. A failure is of no use to anybody: the service ends idle sessions itself."""
    with contextlib.suppress(Unreachable):
        transport.request("DELETE", _LOGON, session.headers)


def _token(answer: Answer, transport: Transport) -> str:
    try:
        texts = _texts(answer.body)
    except expat.ExpatError as cause:
        raise BadAnswer(f"{transport.origin} did not answer the logon with XML: {cause}.") from cause
    token = texts.get(f"{_WEB} X-API-Session")
    if token:
        return token
    path = texts.get(f"{_WEB} X-API-SessionFile")
    if not path:
        raise BadAnswer(f"The logon answer of {transport.origin} holds neither a token nor the name of a token file.")
    try:
        with open(path, encoding="ascii") as file:
            token = "".join(file.read().split())  # blanks and newlines are none of it
    except PermissionError as cause:
        raise LogonRefused(
            f"User {os_user()} may not read the token file {path}.",
            "Members of the group pvm_admin may: 'usermod -aG pvm_admin USER', then log in again.",
        ) from cause
    except OSError as cause:
        raise LogonRefused(
            f"The token file {path} cannot be read: {cause.strerror}.",
            "A token file works only on the machine of the service. From elsewhere set OPENLPAR_USER.",
        ) from cause
    if not token:
        raise LogonRefused(f"The token file {path} is empty.")
    return token


def _texts(document: bytes) -> dict[str, str]:
    """The text of each element, by namespace and name. Raises ExpatError."""
    found: dict[str, str] = {}
    parser = expat.ParserCreate(namespace_separator=" ")
    inside: list[str] = []

    def add(text: str) -> None:
        found[inside[-1]] = found.get(inside[-1], "") + text

    parser.StartElementHandler = lambda name, _: inside.append(name)
    parser.EndElementHandler = lambda _: inside.pop()
    parser.CharacterDataHandler = add
    parser.Parse(document, True)
    return {name: text.strip() for name, text in found.items()}


def _refused(answer: Answer, transport: Transport) -> LogonRefused | BadAnswer:
    from openlpar.client.atom import error_of

    if answer.status == 404:
        return BadAnswer(
            f"{transport.origin} has no REST API of a NovaLink.",
            "It may still be starting; otherwise check OPENLPAR_URL.",
        )
    error = error_of(answer, "PUT", _LOGON)
    if answer.status >= 500:
        if error.text.startswith("[PVME"):  # it knows what to do
            return BadAnswer(error.text)
        return BadAnswer(
            f"The service at {transport.origin} does not serve: {error.text}", "systemctl status pvm-core pvm-rest"
        )
    hint = "Check OPENLPAR_USER and the password." if os.environ.get("OPENLPAR_USER") else ""
    return LogonRefused(f"The service at {transport.origin} refuses the logon: {error.text}", hint)


def _password(user: str) -> str:
    path = os.environ.get("OPENLPAR_PASSWORD_FILE", "")
    if path:
        try:
            with open(path, encoding="utf-8") as file:
                return file.readline().rstrip("\n")
        except OSError as cause:
            raise LogonRefused(
                f"The password file {path} cannot be read: {cause.strerror}.", "OPENLPAR_PASSWORD_FILE names it."
            ) from cause
    if not sys.stdin.isatty():
        raise LogonRefused(
            f"There is no password for user {user}.",
            "Put it into a file only you can read and set OPENLPAR_PASSWORD_FILE to its path.",
        )
    from getpass import getpass

    return getpass(f"Password of {user}: ")
