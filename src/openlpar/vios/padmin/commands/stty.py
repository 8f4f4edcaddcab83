"""stty: the terminal line."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ports.terminal import COLUMNS, LINES
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operands, form
from openlpar.vios.padmin.refusal import Refusal, Status


class Stty(Command, name="stty", group="Shell"):
    """Displays the settings of the terminal line. They are fixed."""

    instead = ""
    every = Flag("-a", "also the keys")
    settings = Operands("Setting", "sane, which the line always is; others are refused")

    @form()
    def show(self) -> Iterator[str]:
        yield "speed 9600 baud; evenp hupcl"
        yield "brkint -inpck icrnl onlcr tab3"
        yield "echo echoe echok"

    @form(every)
    def show_all(self) -> Iterator[str]:
        yield f"speed 9600 baud; {LINES} rows; {COLUMNS} columns;"
        yield "eucw 1:1:0:0, scrw 1:1:0:0:"
        yield "intr = ^C; erase = ^?; kill = ^U; eof = ^D;"
        yield from self.show()

    @form(settings)
    def change(self) -> Iterator[str]:
        if self.settings != ("sane",):
            raise Refusal(
                Status.INCOMPLETE,
                f"stty {' '.join(self.settings)}: the settings of this line are fixed. 'stty -a' displays them.",
            )
        yield from ()
