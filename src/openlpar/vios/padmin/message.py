"""Messages for those who log on: ``motd`` and ``loginmsg`` differ in when theirs is shown."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form, one


class Message(Command):
    """A command that shows and changes the text of its name."""

    overwrite = Value("-overwrite", "Text", "the text, instead of what is there")
    append = Value("-append", "Text", "more text, below what is there")
    file = Value("-file", "FileName", "the text is in this file")
    reset = Flag("-reset", "no text")

    @form()
    def show(self) -> Iterator[str]:
        yield from self.server.text(self.name).splitlines()

    @form(one(overwrite, append, reset, file))
    def change(self) -> Iterator[str]:
        text = self.overwrite
        if self.append:
            text = "\n".join(part for part in (self.server.text(self.name), self.append) if part)
        elif self.file:
            text = self.server.home.read(self.file).decode(errors="replace")
        self.server.keep_text(self.name, text)
        yield from ()
