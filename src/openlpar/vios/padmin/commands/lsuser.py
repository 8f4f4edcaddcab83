"""lsuser: the users and their attributes."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Operand, form
from openlpar.vios.padmin.users import find_user, users


class Lsuser(Command, name="lsuser", group="User"):
    """Displays users, each with its attributes in one line."""

    names = Operand("ALL | Name[,Name ...]", "the users; without it all")

    @form()
    @form(names)
    def show(self) -> Iterator[str]:
        wanted = users(self.server)
        if self.names not in ("", "ALL"):
            wanted = {name: find_user(self.server, name) for name in self.names.split(",")}
        logins = self.server.logins
        for name, attributes in wanted.items():
            attributes |= {
                key: str(number)
                for key, number in (
                    ("unsuccessful_login_count", logins.failures.get(name, 0)),
                    ("time_last_login", logins.last.get(name, 0) // 1000),
                )
                if number
            }
            yield " ".join([name, *(f"{key}={value}" for key, value in attributes.items())])
