"""chuser: changes a user."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.options import Operand, Values, form
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.users import ADMINISTRATOR, checked_attributes, find_user


class Chuser(Command, name="chuser", group="User", prime=True):
    """Changes the attributes of a user."""

    attr = Values("-attr", "Attribute=Value", "the attributes with their new values")
    name_ = Operand("Name", "name of the user")

    @form(attr, name_)
    def change(self) -> Iterator[str]:
        find_user(self.server, self.name_)
        attributes = checked_attributes(assignments(self.attr))
        if self.name_ == ADMINISTRATOR and {"pgrp", "account_locked"} & set(attributes):
            raise Refusal(Status.DENIED, f"{ADMINISTRATOR} can neither be locked nor be given another group.")
        kept = self.server.settings.users
        self.server.keep(users={**kept, self.name_: {**kept.get(self.name_, {}), **attributes}})
        yield from ()
