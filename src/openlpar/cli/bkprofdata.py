"""``bkprofdata``: writes the partition configuration of the managed system to ``profile.bak``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser

SYSTEM_FOLDER = "/etc/pvm"
NAME = "profile.bak"
_MODE = 0o660


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _backup, arguments)


def _parser() -> Parser:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser

    parser = Parser(
        prog="bkprofdata",
        description="Writes the configuration of all partitions of the managed system to a file.",
        epilog="examples:\n  bkprofdata -m gannet -o backup\n  bkprofdata -o backup -f before-upgrade.bak",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-m", "--managed-system", dest="system", default="", metavar="SYS", help="the managed system")
    parser.add_argument("-o", "--operation", required=True, choices=["backup"], help="what to do")
    parser.add_argument(
        "-f", "--file", metavar="FILE", help=f"default: {SYSTEM_FOLDER}/{NAME} where that can be written, else ./{NAME}"
    )
    return parser


def _backup(args: argparse.Namespace) -> int:
    import time

    from openlpar import durable
    from openlpar.cli.pvmctl import access
    from openlpar.client.connection import connect
    from openlpar.client.profile import written
    from openlpar.messages import profile as say

    access.check()
    path = args.file or _default_file()
    with connect() as connection:
        text = written(connection, args.system, tod=int(time.time() * 1000))
    try:
        durable.write(path, text.encode(), _MODE)
    except OSError as cause:
        raise say.CANNOT_WRITE.error(path=path, cause=cause.strerror or cause) from cause
    if not args.file and path == NAME:
        print(f"{SYSTEM_FOLDER} cannot be written; the backup is in {os.path.abspath(path)}", file=sys.stderr)
    return 0


def _default_file() -> str:
    if os.path.isdir(SYSTEM_FOLDER) and os.access(SYSTEM_FOLDER, os.W_OK | os.X_OK):
        return os.path.join(SYSTEM_FOLDER, NAME)
    return NAME
