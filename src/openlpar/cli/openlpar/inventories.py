"""The commands that need the server's own code: serve, snapshot, restore, password, load, generate."""

from __future__ import annotations

import argparse
import getpass
import importlib
import sys
from typing import Any

from openlpar.cli.openlpar.rules import read_rules

# By name and not by an import statement: commands hold no server code, and must work where none is installed. This is the one
# place where a command becomes the server.
_SERVER = "openlpar.app_commands"


class Missing(Exception):
    """Why the command cannot work here."""

    def __init__(self, text: str, hint: str) -> None:
        super().__init__(text)
        self.hint = hint


def _server() -> Any:
    try:
        return importlib.import_module(_SERVER)
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] == "openlpar":
            raise
        raise Missing(
            f"this needs the package {missing.name}, which is not installed.",
            "Install the server's packages: pip install 'openlpar[server]'.",
        ) from missing


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
