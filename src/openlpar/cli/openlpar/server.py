"""The commands that need the server's own code: serve, snapshot, restore, password, load, generate."""

from __future__ import annotations

import argparse
import gc
import getpass
import importlib
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from openlpar.cli.openlpar.grammar import Commands, Declaration, Parser, command, count, some
from openlpar.cli.openlpar.rules import read_rules
from openlpar.ports import options

# By name and not by an import statement: commands hold no server code, and must work where none is installed. This is the one
# place where a command becomes the server.
_SERVER = "openlpar.app_commands"


class Missing(Exception):
    """Why the command cannot work here."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


def _server() -> Any:
    """The module of the commands below. The garbage collector rests while it is loaded: nothing of a module is garbage."""
    gc.disable()
    try:
        return importlib.import_module(_SERVER)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "openlpar":
            raise
        raise Missing(
            f"this needs the package {missing.name}, which is not installed.",
            "Install the server's packages: pip install 'openlpar[server]'.",
        ) from missing
    finally:
        gc.enable()


def serve(args: argparse.Namespace) -> int:
    if bool(args.user) != args.password_stdin:
        raise Missing(
            "--user and --password-stdin go together.",
            "printf '%s' SECRET | openlpar serve --user NAME --password-stdin …",
        )
    args.faults = read_rules(args.fault_rules) if args.fault_rules else []
    args.password = sys.stdin.readline().rstrip("\r\n") if args.password_stdin else ""
    if args.password_stdin and not args.password:
        raise Missing("the password on standard input is empty.", "Send one line with the password.")
    return _done("serve", args)


def _done(command: str, args: argparse.Namespace) -> int:
    """The command of this name, by the server's own code."""
    server = _server()
    try:
        status: int = getattr(server, command)(args)
    except server.CannotStart as wrong:
        raise Missing(str(wrong), "") from wrong
    return status


def password(args: argparse.Namespace) -> int:
    asked = getpass.getpass(f"Password of {args.user}: ") if sys.stdin.isatty() else sys.stdin.readline()
    args.password = asked.rstrip("\r\n")
    if not args.password:
        raise Missing("the password on standard input is empty.", "Send one line with the password.")
    return _done("password", args)


def halt(args: argparse.Namespace) -> int:
    return _done("halt", args)


def snapshot(args: argparse.Namespace) -> int:
    return _done("snapshot", args)


def restore(args: argparse.Namespace) -> int:
    return _done("restore", args)


def load(args: argparse.Namespace) -> int:
    return _done("load", args)


def generate(args: argparse.Namespace) -> int:
    if args.systems > 1 and args.output == "-":
        raise Missing(
            "several systems are several files, and standard output is one.",
            "Name them with -o: 'system.yaml' makes system-1.yaml, system-2.yaml and so on.",
        )
    return _done("generate", args)


# how they are typed


def _data(parser: Parser, what: str = "the service's state directory") -> None:
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help=what)


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


def _declare_serve(commands: Commands) -> None:
    made = command(
        commands,
        "serve",
        "run the whole stack in one process; prints one line of JSON when it is ready",
        "serve --data .openlpar --http 127.0.0.1:0 --https 127.0.0.1:0 --clock immediate",
        serve,
    )
    _data(made, "where the state is kept")
    made.add_argument("--http", type=_address, default="127.0.0.1:12080", metavar="A:P", help="default: %(default)s")
    made.add_argument("--https", type=_address, default="127.0.0.1:12443", metavar="A:P", help="default: %(default)s")
    made.add_argument(
        "--clock",
        type=_clock,
        default="real",
        metavar="MODE",
        help="real (default), scaled:N, immediate, stepped or stepped:TIME",
    )
    first = made.add_mutually_exclusive_group()
    first.add_argument("--system", type=Path, metavar="FILE", help="inventory of a new state directory")
    first.add_argument("--load", nargs="+", metavar="FEED", help="recorded feeds of a real system as its inventory")
    made.add_argument("--hypervisor", default="sim", metavar="NAME", help="back end (default: sim)")
    options.declare(made)
    kept = made.add_mutually_exclusive_group()
    kept.add_argument(
        "--backups", type=Path, metavar="DIR", help="where hourly backups go (default: backups below --data)"
    )
    kept.add_argument("--no-backups", action="store_true", help="make none by the clock")
    made.add_argument("--user", default="", metavar="NAME", help="a user who may log on with a password")
    made.add_argument("--password-stdin", action="store_true", help="read that password from standard input")
    made.add_argument("--seed", type=count, default=1, metavar="N", help="of chance (default: 1)")
    made.add_argument("--fault-rules", metavar="FILE", help="fault rules to begin with, as for 'openlpar fault apply'")


def _declare_halt(commands: Commands) -> None:
    made = command(
        commands,
        "halt",
        "end the partitions that go on in QEMU after the service has ended, their disks and their switch",
        "halt --data .openlpar",
        halt,
    )
    _data(made)


def _declare_password(commands: Commands) -> None:
    made = command(
        commands,
        "password",
        "set the password with which a user may log on over https; it is read from standard input",
        "password neo --data /var/lib/openlpar < secret",
        password,
    )
    made.add_argument("user", metavar="NAME", help="the user")
    _data(made)


def _declare_snapshot(commands: Commands) -> None:
    made = command(
        commands,
        "snapshot",
        "save the whole state of a service in one file, also while it runs",
        "snapshot before-upgrade.snapshot --data /var/lib/openlpar",
        snapshot,
    )
    made.add_argument("file", type=Path, metavar="FILE", help="the snapshot; one that is there is replaced")
    _data(made)


def _declare_restore(commands: Commands) -> None:
    made = command(
        commands,
        "restore",
        "put a snapshot back; the service must not run",
        "restore before-upgrade.snapshot --data /var/lib/openlpar --replace",
        restore,
    )
    made.add_argument("file", type=Path, metavar="FILE", help="a file that 'openlpar snapshot' wrote")
    _data(made, "the state directory to be")
    made.add_argument("--replace", action="store_true", help="in the place of the state that is there")


def _declare_load(commands: Commands) -> None:
    made = command(
        commands,
        "load",
        "make an inventory file of recorded Atom feeds of a real system",
        "load managedsystem.xml lpars.xml vioses.xml -o system.yaml",
        load,
    )
    made.add_argument("feeds", nargs="+", metavar="FEED", help="a feed or entry as a server sent it")
    made.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")
    made.add_argument("--seed", type=count, default=1, metavar="N", help="of what has to be made up (default: 1)")


def _declare_generate(commands: Commands) -> None:
    made = command(
        commands,
        "generate",
        "make inventory files of systems of any size",
        "generate --partitions 1000 --seed 7 -o large.yaml",
        generate,
    )
    made.add_argument("--partitions", type=count, default=100, metavar="N", help="of each system (default: 100)")
    made.add_argument("--systems", type=some, default=1, metavar="N", help="one file each (default: 1)")
    made.add_argument("--vioses", type=count, default=2, metavar="N", help="of each system (default: 2)")
    made.add_argument("--running", default="0.9", metavar="0..1", help="part of the partitions that run")
    made.add_argument("--seed", type=count, default=1, metavar="N", help="the same seed makes the same systems")
    made.add_argument("--full", action="store_true", help="write every object out, instead of how to make it")
    made.add_argument("-o", "--output", default="-", metavar="FILE", help="default: standard output")


COMMANDS: tuple[Declaration, ...] = (
    _declare_serve,
    _declare_load,
    _declare_generate,
    _declare_halt,
    _declare_password,
    _declare_snapshot,
    _declare_restore,
)
