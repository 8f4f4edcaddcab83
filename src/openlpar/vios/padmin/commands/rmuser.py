"""rmuser: removes a user."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.passwords import without
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.users import ADMINISTRATOR, find_user


class Rmuser(Command, name="rmuser", group="User", prime=True):
    """Removes a user."""

    name_ = Operand("Name", "name of the user")

    @form(name_)
    def remove(self) -> Iterator[str]:
        find_user(self.server, self.name_)
        if self.name_ == ADMINISTRATOR:
            raise Refusal(Status.DENIED, f"{ADMINISTRATOR} cannot be removed.")
        kept = self.server.settings.users
        logins = self.server.logins
        if self.name_ in logins.passwords:
            self.server.operator.keep(without(logins, self.name_))
        self.server.keep(users={name: attributes for name, attributes in kept.items() if name != self.name_})
        yield from ()
