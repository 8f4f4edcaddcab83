"""Logging on."""

from __future__ import annotations

from openlpar.uom.core import Bool, Element, Text


class LogonRequest(Element, ns="web", schema="V1_0"):
    """A request for a session: user and password, or a session file for a local client. PUT ``web/Logon``."""

    user_id = Text("UserID")
    password = Text("Password")
    generate_session_file = Bool("GenerateX-API-SessionFile")


class LogonResponse(Element, ns="web", schema="V1_1_0"):
    """The session: its token, or the path of the file that holds it."""

    session = Text("X-API-Session", access="ROR")
    session_file = Text("X-API-SessionFile", access="ROR")
