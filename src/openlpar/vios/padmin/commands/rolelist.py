"""rolelist: the role of a user."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form, may
from openlpar.vios.padmin.users import ROLES, find_user


class Rolelist(Command, name="rolelist", group="Security"):
    """Displays the role of a user, and what it lets him run."""

    user = Value("-u", "User", "of this user; without it your own")

    @form(may(user))
    def show(self) -> Iterator[str]:
        role = find_user(self.server, self.user or self.server.sitting.user)["roles"]
        yield f"{role:<14}  {ROLES[role]}"
