"""mkuser: a new user."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.commands.chdev import assignments
from openlpar.vios.padmin.options import Operand, Values, form, may
from openlpar.vios.padmin.users import checked_attributes, checked_name


class Mkuser(Command, name="mkuser", group="User", prime=True):
    """Creates a user. He can log on at the console once 'passwd' has given him a password."""

    attr = Values("-attr", "Attribute=Value", "attributes; pgrp=view makes a user who may only look")
    name_ = Operand("Name", "name of the user")

    @form(may(attr), name_)
    def create(self) -> Iterator[str]:
        name = checked_name(self.server, self.name_)
        attributes = checked_attributes(assignments(self.attr))
        self.server.keep(users={**self.server.settings.users, name: attributes})
        yield from ()
