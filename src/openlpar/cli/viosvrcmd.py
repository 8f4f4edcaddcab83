"""``viosvrcmd``: runs a command of a Virtual I/O Server's own command line.

Exit status: that of the command; 1 when it could not be sent, 2 when the command line is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.client.connection import Connection

FEATURE = "vios-command"
_OPENING = re.compile("^(?P<option>\\W+c)?[\u201c\u201e]")


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    words = sys.argv[1:] if arguments is None else arguments
    return call(_parser, _run, list(_joined(words)))


def _joined(words: Sequence[str]) -> Iterator[str]:
    """The words, with a command between typographic quotes made one word: to the shell, which split it, those are letters."""
    rest = list(words)
    while rest:
        word = rest.pop(0)
        opening = _OPENING.match(word)
        if opening is None:
            yield word
            continue
        if opening["option"]:
            yield "-c"
        quoted = [word[opening.end() :]]
        while rest and not quoted[-1].endswith("\u201d"):
            quoted.append(rest.pop(0))
        yield " ".join(quoted).rstrip("\u201d")


def _parser() -> Parser:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser

    parser = Parser(
        prog="viosvrcmd",
        description="Runs a command of a Virtual I/O Server and prints what it prints.",
        epilog=(
            "examples:\n"
            '  viosvrcmd --id 2 -c "lspv"\n'
            '  viosvrcmd --id 2 -c "lu -create -sp pool1 -lu vdisk_vm1 -size 20480"\n'
            "  viosvrcmd -p vios1 -c help\n"
            "\nThe exit status is that of the command; 1 when it could not be sent."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--id", type=int, metavar="N", help="the Virtual I/O Server by partition id")
    which.add_argument("-p", "--partition", dest="name", metavar="NAME", help="the Virtual I/O Server by name")
    parser.add_argument("-m", "--managed-system", dest="system", metavar="SYS", help="the managed system")
    parser.add_argument("-c", "--command", required=True, metavar="COMMAND", help="the command, as one word")
    parser.add_argument("-r", "--root", action="store_true", help="in a root shell: refused, there is none")
    return parser


def _run(args: argparse.Namespace) -> int:
    from openlpar.cli.pvmctl import access
    from openlpar.client.connection import connect
    from openlpar.messages import padmin as say

    if args.root:
        raise say.NO_ROOT_SHELL.error()
    access.check()
    with connect() as connection:
        if args.system:
            from openlpar.client.profile import system_named

            system_named(connection, args.system)
        if FEATURE not in connection.session.features:
            raise say.NO_ENDPOINT.error(url=connection.origin)
        result = _result(connection, _vios(connection, args), args.command)
    sys.stdout.write(result["stdout"])
    sys.stdout.flush()
    sys.stderr.write(result["stderr"])
    status: int = result["status"]
    return status


def _vios(connection: Connection, args: argparse.Namespace) -> str:
    """The server's uuid. Raises Failure NO_SUCH_VIOS."""
    from openlpar.client.errors import NotFound
    from openlpar.messages import padmin as say
    from openlpar.uom.virtual_io_server import VirtualIOServer

    key, value = ("PartitionName", args.name) if args.name else ("PartitionID", str(args.id))
    try:
        found = connection.search(VirtualIOServer, key, value)
    except NotFound:
        found = []
    if not found:
        raise say.NO_SUCH_VIOS.error(which=f"name {args.name}" if args.name else f"id {args.id}")
    return found[0].element.uuid


def _result(connection: Connection, uuid: str, command: str) -> dict[str, Any]:
    """stdout, stderr and status. Raises ClientError."""
    from openlpar.client.errors import BadAnswer

    path = f"/rest/api/openlpar/VirtualIOServer/{uuid}/command"
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    answer = connection.call("POST", path, json.dumps({"command": command}).encode(), headers)
    try:
        result = json.loads(answer.body)
        return {"stdout": str(result["stdout"]), "stderr": str(result["stderr"]), "status": int(result["status"])}
    except (ValueError, KeyError, TypeError) as cause:
        raise BadAnswer(f"The answer to a VIOS command is not what was expected: {cause}.") from cause
