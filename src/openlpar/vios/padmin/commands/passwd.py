"""passwd: the password that the console asks for. The words of the dialog are AIX's, recalled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from openlpar.ports.terminal import Reads
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, all_of, form, may
from openlpar.vios.padmin.passwords import check_strength, hashed, is_right, without
from openlpar.vios.padmin.refusal import Refusal, Status
from openlpar.vios.padmin.users import PRIME, find_user


class Passwd(Command, name="passwd", group="User"):
    """Sets the password that the console asks for at the login: your own, or as padmin that of another user."""

    none = Flag(
        "-none", "takes the password away, if it was forgotten; needs no terminal (not an option of a genuine server)"
    )
    user = Operand("User", "the user; without it yourself")

    @form(may(user))
    def change(self) -> Iterator[str]:
        sitting = self.server.sitting
        sitting.need_terminal("passwd", "'passwd -none' takes a password away that was forgotten.")
        name, kept = self._checked(), self.server.logins
        greeting = f'Changing password for "{name}"\n'
        if name == sitting.user and name in kept.passwords:
            old = sitting.ask(f"{greeting}{name}'s Old password: ", Reads.SECRET)
            if not is_right(kept, name, old):
                raise Refusal(Status.DENIED, "3004-604 Your entry does not match the old password.")
            greeting = ""
        new = sitting.ask(f"{greeting}{name}'s New password: ", Reads.SECRET)
        check_strength(new, find_user(self.server, name))
        if sitting.ask("Enter the new password again: ", Reads.SECRET) != new:
            raise Refusal(Status.SYNTAX, "The entries do not match. Nothing was changed.")
        kept = without(kept, name)
        at = self.server.clock_ms
        self.server.operator.keep(
            replace(kept, passwords={**kept.passwords, name: hashed(new)}, changed={**kept.changed, name: at})
        )
        yield from ()

    @form(all_of(none, may(user)))
    def take_away(self) -> Iterator[str]:
        name = self._checked()
        if name not in self.server.logins.passwords:
            raise Refusal(Status.INCOMPLETE, f'User "{name}" has no password. Nothing was changed.')
        self.server.operator.keep(without(self.server.logins, name))
        yield from ()

    def _checked(self) -> str:
        name = self.user or self.server.sitting.user
        find_user(self.server, name)
        if name != self.server.sitting.user and self.server.role != PRIME:
            raise Refusal(Status.DENIED, "passwd: only padmin may change the password of another user.")
        return name
