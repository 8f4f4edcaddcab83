"""``chlickey``: gives an IBM i partition a licence key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _add, arguments)


def _parser() -> Parser:
    from openlpar.cli.mkvterm import partition_parser

    parser = partition_parser(
        "chlickey",
        "Gives an IBM i partition a licence key. The same key once more changes nothing.",
        'examples:\n  chlickey -p ibmi1 -o a --lickey "5770SS1 5051 A1B2C3 D4E5F6 A7B8C9 D0E1F2 030701 V7R3M0"',
    )
    parser.add_argument("-o", "--operation", required=True, choices=["a"], help="a: add a key")
    parser.add_argument("--lickey", required=True, metavar="KEY", help="the key")
    return parser


def _add(args: argparse.Namespace) -> int:
    from openlpar.cli.mkvterm import find
    from openlpar.cli.pvmctl import access
    from openlpar.client import jobs
    from openlpar.client.connection import connect
    from openlpar.messages import system as say
    from openlpar.uom.partition import PartitionType

    access.check()
    with connect() as connection:
        found = find(connection, args)
        if found.env != PartitionType.OS400:
            raise say.ONLY_IBM_I.error(job="AddLicense", partition=found.name, type=found.env)
        jobs.run(connection, found.path, "AddLicense", {"licKey": args.lickey})
    return 0
