"""The command line of ``openlpar``: one subcommand each, every one with an example in its help."""

from __future__ import annotations

import argparse
import functools
import importlib
import sys
from collections.abc import Sequence

from openlpar.cli.command import call, complain
from openlpar.cli.openlpar import server
from openlpar.cli.openlpar.grammar import Parser

_MODULES = (
    "server",
    "simulation",
    "backups",
    "reach",
    "links",
    "redundancy",
    "pools",
    "maintenance",
    "explain",
    "host",
    "trust",
    "authorized_keys",
    "monitoring",
    "san",
    "hmc",
    "scenarios",
)
"""Of this package, in the order of the help page."""

_EPILOG = """\
first steps:
  openlpar serve --data .openlpar                       a NovaLink-managed server on loopback
  export OPENLPAR_URL=http://127.0.0.1:12080            where all commands find it
  pvmctl lpar list                                      in another terminal

watch what partitions do:
  openlpar monitor on && openlpar top
  openlpar workload set 'db*' bursty --peak 2

try faults:
  openlpar fault add vios-busy --subject vios1 --times 3
  openlpar fault add error --operation PowerOn --message PVME01050040-0001
  openlpar fault list

exercise:
  openlpar scenario list
  openlpar scenario run vios-down --interactive

environment:
  OPENLPAR_URL           the service that is asked (default http://localhost:12080)
  OPENLPAR_ADMIN_TOKEN   the token in DIR/admin.token, needed when the service listens on more than loopback
  OPENLPAR_CACHE         where setup-qemu keeps QEMU and the guest kit (default ~/.cache/openlpar)

'openlpar COMMAND --help' explains a command.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command. arguments: without the program's name; default those of the process."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    return call(functools.partial(_parser, words[0] if words else ""), _act, words or ["--help"])


def _act(args: argparse.Namespace) -> int:
    try:
        status: int = args.act(args)
    except server.Missing as missing:
        return complain(f"openlpar: {missing}", missing.hint)
    return status


def _parser(wanted: str = "") -> argparse.ArgumentParser:
    """wanted: a command; modules behind the one that declares it are not loaded. All of them are for whatever is none."""
    from openlpar import __version__

    parser = Parser(
        prog="openlpar",
        description="An open NovaLink: the management stack of a Power server, on an embedded hypervisor.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"openlpar {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for module in _MODULES:
        for declare in importlib.import_module(f"openlpar.cli.openlpar.{module}").COMMANDS:
            declare(commands)
        if wanted in commands.choices:
            break
    return parser
