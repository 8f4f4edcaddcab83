"""What the commands of ``openlpar`` are declared with. Each module that has some declares them itself, in ``COMMANDS``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import NoReturn, TypeAlias


class Parser(argparse.ArgumentParser):
    """Errors show the way to the help page and exit with 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\nhint: '{self.prog} --help' explains the command.\n")


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"
"""Where a command is added, below ``openlpar`` or below a command that has verbs."""
Declaration = Callable[[Commands], None]


def command(
    commands: Commands,
    name: str,
    summary: str,
    example: str,
    act: Callable[[argparse.Namespace], int],
) -> Parser:
    """A command with one line of help and an example."""
    made = commands.add_parser(
        name,
        help=summary,
        description=sentence(summary),
        epilog=f"example:\n  openlpar {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.set_defaults(act=act)
    return made


def sentence(summary: str) -> str:
    """A line of help as the sentence that a command's own page begins with."""
    return f"{summary[:1].upper()}{summary[1:]}."


def running(parser: Parser) -> None:
    """Options of the commands that ask a running service."""
    parser.add_argument("--url", default="", help="the service (default: OPENLPAR_URL, or the local one)")
    parser.add_argument("--data", default="", metavar="DIR", help="its data directory, to read the admin token from")


def count(text: str) -> int:
    """Raises ArgumentTypeError, as the functions that check arguments do."""
    if not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def some(text: str) -> int:
    """A count of at least one."""
    number = count(text)
    if not number:
        raise argparse.ArgumentTypeError("it has to be 1 at least")
    return number
