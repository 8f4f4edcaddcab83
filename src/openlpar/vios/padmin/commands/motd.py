"""motd: the message of the day, shown after the login."""

from __future__ import annotations

from openlpar.vios.padmin.message import Message


class Motd(Message, name="motd", group="User"):
    """Displays or changes the message of the day, shown after the login."""
