"""The commands that a scenario may use: those of this package that ask a running service. There is no shell behind them."""

from __future__ import annotations

import contextlib
import difflib
import io
import shlex
from collections.abc import Sequence
from importlib import import_module

# Program -> the module whose main() it is.
PROGRAMS = {
    name: f"openlpar.cli.{name}"
    for name in ("pvmctl", "viosvrcmd", "openlpar", "bkprofdata", "rstprofdata", "ldfware", "chlickey", "rmvterm")
}


def split(command: str) -> list[str]:
    """The words of a command line. Raises ValueError, which says what is wrong."""
    try:
        return shlex.split(command)
    except ValueError as wrong:
        raise ValueError(f"{command!r} cannot be split into words: {str(wrong).lower()}") from None


def mistake(command: str) -> str:
    """What is wrong with a command line, as the command itself says it; empty when nothing is. Nothing is run."""
    try:
        words = split(command)
    except ValueError as wrong:
        return str(wrong)
    if not words or words[0] not in PROGRAMS:
        found = words[0] if words else ""
        near = difflib.get_close_matches(found, PROGRAMS, 1)
        return f"{found!r} is none of {', '.join(PROGRAMS)}" + (f": did you mean {near[0]}?" if near else "")
    said = io.StringIO()
    try:
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            understood = _understood(words[0], words[1:])
    except SystemExit as end:
        understood = False
        if not end.code:
            return f"{command!r} asks for help: a scenario has no use for it"
    if understood:
        return ""
    lines = said.getvalue().splitlines()
    return next((line for line in lines if line.startswith(words[0])), " ".join(lines) or f"{command!r} does nothing")


def _understood(program: str, words: Sequence[str]) -> bool:
    from openlpar.cli.pvmctl.grammar import normalise

    if program == "pvmctl":
        from openlpar.cli.pvmctl.entry import Understood, understood

        return isinstance(understood(normalise(words)), Understood)
    module = import_module("openlpar.cli.openlpar.entry" if program == "openlpar" else PROGRAMS[program])
    args = module._parser().parse_args(normalise(words))
    if program == "openlpar" and not hasattr(args, "url"):
        print(f"openlpar {words[0]} asks no running service: a scenario has no use for it")
        return False
    return True
