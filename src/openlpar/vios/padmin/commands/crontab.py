"""crontab: command lines that the server runs by itself. Their output is not kept: pipe it to tee."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.crontab import CRONTAB, parsed
from openlpar.vios.padmin import cron
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, form
from openlpar.vios.padmin.refusal import Refusal, Status


class Crontab(Command, name="crontab", group="System", prime=True):
    """Displays or sets what the server runs at times of its clock: minutes, hours, days, months, days of the week, command."""

    listed = Flag("-l", "displays the lines")
    removed = Flag("-r", "removes all of them")
    edited = Flag("-e", "changes them line by line; needs a terminal")
    file = Operand("File", "takes the lines of this file instead of those there are")

    @form(listed)
    def show(self) -> Iterator[str]:
        yield from self.server.text(CRONTAB).splitlines()

    @form(removed)
    def remove(self) -> Iterator[str]:
        cron.keep(self.server, "")
        yield from ()

    @form(file)
    def replace(self) -> Iterator[str]:
        cron.keep(self.server, self.server.home.read(self.file).decode(errors="replace"))
        yield from ()

    @form(edited)
    def edit(self) -> Iterator[str]:
        """A genuine server starts vi."""
        sitting = self.server.sitting
        sitting.need_terminal("crontab -e", "'crontab FILE' takes the lines of a file.")
        lines = self.server.text(CRONTAB).splitlines()
        trouble = ""
        while answer := sitting.ask(f"{trouble}{_numbered(lines)}New line, number of one to remove, or Enter to end: "):
            trouble = ""
            if answer.isascii() and answer.strip().isdecimal() and len(answer) < 6:
                del lines[int(answer) - 1 : int(answer)]
                continue
            try:
                parsed(answer)
                lines.append(answer)
            except ValueError as error:
                trouble = f"{error}.\n"
        if sitting.ask("Keep it so [y|N]? ").strip().lower() not in ("y", "yes"):
            raise Refusal(Status.INCOMPLETE, "Nothing was changed.")
        cron.keep(self.server, "".join(f"{line}\n" for line in lines))
        yield from ()


def _numbered(lines: list[str]) -> str:
    return "".join(f"{number:>3}  {line}\n" for number, line in enumerate(lines, 1))
