"""loginmsg: the message shown before the login."""

from __future__ import annotations

from openlpar.vios.padmin.message import Message


class Loginmsg(Message, name="loginmsg", group="User"):
    """Displays or changes the message shown before the login."""
