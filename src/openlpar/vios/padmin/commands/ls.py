"""ls: files of padmin."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.files import HOME
from openlpar.vios.padmin.options import Flag, Operand, form, may
from openlpar.vios.padmin.refusal import no_such


class Ls(Command, name="ls", group="Shell"):
    """Lists the files below /home/padmin."""

    long = Flag("-l", "with size and time")
    place = Operand("File", "a file or directory; without it /home/padmin")

    @form(may(long))
    @form(may(long), place)
    def show(self) -> Iterator[str]:
        entries = self.server.home.entries(self.place or HOME)
        if entries is None:
            raise no_such("File", self.place, "ls lists the files of padmin.")
        for entry in entries:
            if not self.long:
                yield entry.name
                continue
            kind = "drwxr-x---" if entry.is_directory else "-rw-r-----"
            modified = self.server.moment(entry.modified)
            yield f"{kind}    1 padmin   staff    {entry.size:>10} {modified:%b %d %H:%M} {entry.name}"
