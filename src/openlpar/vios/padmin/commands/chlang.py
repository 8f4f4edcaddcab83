"""chlang: the language of the Virtual I/O Server."""

from __future__ import annotations

import re
from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Value, form
from openlpar.vios.padmin.refusal import Refusal, Status


class Chlang(Command, name="chlang", group="System"):
    """Displays or sets the language. The texts of the commands stay English."""

    lang = Value("-lang", "Name", "the language, for example en_US or de_DE.UTF-8")
    show_ = Flag("-ls", "the language that is set")

    @form(lang)
    def change(self) -> Iterator[str]:
        if not re.fullmatch(r"C|[A-Za-z]{2}_[A-Z]{2}(\.[\w-]+)?", self.lang):
            raise Refusal(Status.SYNTAX, f'"{self.lang}" is not a language. Use one such as en_US.')
        self.server.keep_text("language", self.lang)
        yield from ()

    @form(show_)
    def show(self) -> Iterator[str]:
        yield self.server.text("language", "en_US")
