"""lsrole: the roles there are. No others can be made, and they cannot be changed."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.refusal import no_such
from openlpar.vios.padmin.users import ROLES, users


class Lsrole(Command, name="lsrole", group="Security"):
    """Displays roles: the users who have them, and what they may run."""

    names = Operand("ALL | Name[,Name ...]", "the roles; without it all")

    @form()
    @form(names)
    def show(self) -> Iterator[str]:
        for name in ROLES if self.names in ("", "ALL") else self.names.split(","):
            if name not in ROLES:
                raise no_such("Role", name, "lsrole ALL lists the roles.")
            members = [user for user, attributes in users(self.server).items() if attributes["roles"] == name]
            yield f"{name} users={','.join(members)} dfltmsg={ROLES[name]}"
