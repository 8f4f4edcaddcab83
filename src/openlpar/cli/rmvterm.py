"""``rmvterm``: closes a partition's console session, whoever has it. Closing what is not open is no error."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _close, arguments)


def _parser() -> Parser:
    from openlpar.cli.mkvterm import partition_parser

    return partition_parser(
        "rmvterm",
        "Closes the console session of a partition, whoever has it.",
        "examples:\n  rmvterm --id 4\n  rmvterm -p vm1",
    )


def _close(args: argparse.Namespace) -> int:
    from openlpar.cli.mkvterm import find
    from openlpar.cli.pvmctl import access
    from openlpar.client import jobs
    from openlpar.client.connection import connect

    access.check()
    with connect() as connection:
        found = find(connection, args)
        jobs.run(connection, found.path, "CloseVterm")
    return 0
