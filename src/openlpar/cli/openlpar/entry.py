"""The command line of ``openlpar``: one subcommand each, every one with an example in its help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openlpar.cli.command import call, complain
from openlpar.cli.openlpar import (
    authorized_keys,
    backups,
    explain,
    hmc,
    host,
    inventories,
    links,
    maintenance,
    monitoring,
    pools,
    reach,
    redundancy,
    san,
    scenarios,
    simulation,
    trust,
)
from openlpar.cli.openlpar.grammar import Commands, Parser, command, count, some
from openlpar.ports import options

_MODULES = (
    simulation,
    backups,
    reach,
    links,
    redundancy,
    pools,
    maintenance,
    explain,
    host,
    trust,
    authorized_keys,
    monitoring,
    san,
    hmc,
    scenarios,
)

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
    return call(_parser, _act, words or ["--help"])


def _act(args: argparse.Namespace) -> int:
    try:
        status: int = args.act(args)
    except inventories.Missing as missing:
        return complain(f"openlpar: {missing}", missing.hint)
    return status


def _parser() -> argparse.ArgumentParser:
    from openlpar import __version__

    parser = Parser(
        prog="openlpar",
        description="An open NovaLink: the management stack of a Power server, on an embedded hypervisor.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"openlpar {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=Parser)
    for declare in (
        *(_serve, _load, _generate, _halt, _password, _snapshot, _restore),
        *(each for module in _MODULES for each in module.COMMANDS),
    ):
        declare(commands)
    return parser


def _clock(text: str) -> str:
    mode, colon, setting = text.partition(":")
    if mode in ("real", "immediate", "stepped") and not colon:
        return text
    try:
        if mode == "scaled" and float(setting) > 0:
            return text
        if mode == "stepped" and datetime.fromisoformat(setting).tzinfo is not None:
            return text
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(
        f"{text!r} is none of real, immediate, stepped, stepped:2040-01-02T08:00:00Z, scaled:N with N above 0"
    )


def _address(text: str) -> str:
    host, colon, port = text.rpartition(":")
    if not (host and colon and port.isdigit() and int(port) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form ADDRESS:PORT")
    return text


def _serve(commands: Commands) -> None:
    serve = command(
        commands,
        "serve",
        "run the whole stack in one process; prints one line of JSON when it is ready",
        "serve --data .openlpar --http 127.0.0.1:0 --https 127.0.0.1:0 --clock immediate",
        inventories.serve,
    )
    serve.add_argument("--data", type=Path, required=True, metavar="DIR", help="where the state is kept")
    serve.add_argument("--http", type=_address, default="127.0.0.1:12080", metavar="A:P", help="default: %(default)s")
    serve.add_argument("--https", type=_address, default="127.0.0.1:12443", metavar="A:P", help="default: %(default)s")
    serve.add_argument(
        "--clock",
        type=_clock,
        default="real",
        metavar="MODE",
        help="real (default), scaled:N, immediate, stepped or stepped:TIME",
    )
    first = serve.add_mutually_exclusive_group()
    first.add_argument("--system", type=Path, metavar="FILE", help="inventory of a new state directory")
    first.add_argument("--load", nargs="+", metavar="FEED", help="recorded feeds of a real system as its inventory")
    serve.add_argument("--hypervisor", default="sim", metavar="NAME", help="back end (default: sim)")
    options.declare(serve)
    kept = serve.add_mutually_exclusive_group()
    kept.add_argument(
        "--backups", type=Path, metavar="DIR", help="where hourly backups go (default: backups below --data)"
    )
    kept.add_argument("--no-backups", action="store_true", help="make none by the clock")
    serve.add_argument("--user", default="", metavar="NAME", help="a user who may log on with a password")
    serve.add_argument("--password-stdin", action="store_true", help="read that password from standard input")
    serve.add_argument("--seed", type=count, default=1, metavar="N", help="of chance (default: 1)")
    serve.add_argument("--fault-rules", metavar="FILE", help="fault rules to begin with, as for 'openlpar fault apply'")


def _halt(commands: Commands) -> None:
    halt = command(
        commands,
        "halt",
        "end the partitions that go on in QEMU after the service has ended, their disks and their switch",
        "halt --data .openlpar",
        inventories.halt,
    )
    halt.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _password(commands: Commands) -> None:
    password = command(
        commands,
        "password",
        "set the password with which a user may log on over https; it is read from standard input",
        "password neo --data /var/lib/openlpar < secret",
        inventories.password,
    )
    password.add_argument("user", metavar="NAME", help="the user")
    password.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _snapshot(commands: Commands) -> None:
    snapshot = command(
        commands,
        "snapshot",
        "save the whole state of a service in one file, also while it runs",
        "snapshot before-upgrade.snapshot --data /var/lib/openlpar",
        inventories.snapshot,
    )
    snapshot.add_argument("file", type=Path, metavar="FILE", help="the snapshot; one that is there is replaced")
    snapshot.add_argument("--data", type=Path, required=True, metavar="DIR", help="the service's state directory")


def _restore(commands: Commands) -> None:
    restore = command(
        commands,
        "restore",
        "put a snapshot back; the service must not run",
        "restore before-upgrade.snapshot --data /var/lib/openlpar --replace",
        inventories.restore,
    )
    restore.add_argument("file", type=Path, metavar="FILE", help="a file that 'openlpar snapshot' wrote")
    restore.add_argument("--data", type=Path, required=True, metavar="DIR", help="the state directory to be")
    restore.add_argument("--replace", action="store_true", help="in the place of the state that is there")


def _load(commands: Commands) -> None:
    load = command(
        commands,
        "load",
        "make an inventory file of recorded Atom feeds of a real system",
        "load managedsystem.xml lpars.xml vioses.xml -o system.yaml",
        inventories.load,
    )
    load.add_argument("feeds", nargs="+", metavar="FEED", help="a feed or entry as a server sent it")
    load.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    load.add_argument("--seed", type=count, default=1, metavar="N", help="of what has to be made up (default: 1)")


def _generate(commands: Commands) -> None:
    generate = command(
        commands,
        "generate",
        "make inventory files of systems of any size",
        "generate --partitions 1000 --seed 7 -o large.yaml",
        inventories.generate,
    )
    generate.add_argument("--partitions", type=count, default=100, metavar="N", help="of each system (default: 100)")
    generate.add_argument("--systems", type=some, default=1, metavar="N", help="one file each (default: 1)")
    generate.add_argument("--vioses", type=count, default=2, metavar="N", help="of each system (default: 2)")
    generate.add_argument("--running", default="0.9", metavar="0..1", help="part of the partitions that run")
    generate.add_argument("--seed", type=count, default=1, metavar="N", help="the same seed makes the same systems")
    generate.add_argument("--full", action="store_true", help="write every object out, instead of how to make it")
    generate.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
