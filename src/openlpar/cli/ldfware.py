"""``ldfware``: loads system firmware on a system that only its NovaLink manages.

The original's options are not public. Nothing of a package but its name is read: a simulated system runs no firmware.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script."""
    return call(_parser, _load, arguments)


def _parser() -> Parser:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser

    parser = Parser(
        prog="ldfware",
        description="Loads, accepts, removes or lists the firmware of a system that no HMC manages.",
        epilog=(
            "examples:\n  ldfware -o list\n  ldfware -f 01SV860_226_165.rpm\n  ldfware -d fixes --disruptive\n"
            "  ldfware -o commit"
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("-f", "--file", metavar="FILE", help="the package, by the name it was published under")
    source.add_argument("-d", "--directory", metavar="DIR", help="where the newest package is taken from")
    parser.add_argument(
        "-o",
        "--operation",
        choices=["update", "commit", "remove", "list"],
        help="update with a package (default with -f or -d), accept or take back the temporary side, list (default)",
    )
    parser.add_argument(
        "--disruptive", action="store_true", help="the system may be restarted; partitions have to be off"
    )
    return parser


def _load(args: argparse.Namespace) -> int:
    from openlpar.cli.pvmctl import access
    from openlpar.client import jobs
    from openlpar.client.connection import connect
    from openlpar.messages import system as say
    from openlpar.uom.managed_system import ManagedSystem

    operation = args.operation or ("update" if args.file or args.directory else "list")
    if (operation == "update") != bool(args.file or args.directory):
        raise say.PACKAGE_WITH_UPDATE.error(operation=operation)
    access.check()
    parameters = {"operation": operation}
    if args.disruptive:
        parameters["disruptive"] = "true"
    with connect() as connection:
        (system,) = connection.feed("ManagedSystem", ManagedSystem)
        target = f"ManagedSystem/{system.uuid}"
        path = args.file
        if args.directory:
            path = _newest(args.directory, jobs.run(connection, target, "UpdateFirmware")["activated"])
        if path:
            parameters["package"] = _package(path)
        levels = jobs.run(connection, target, "UpdateFirmware", parameters)
    print(f"Firmware of system {system.element.system_name}:")
    for name in ("activated", "temporary", "permanent"):
        print(f"{name:<10} {levels[name]}")
    return 0


def _package(path: str) -> str:
    """The name of a package that is there."""
    from openlpar.messages import system as say

    try:
        if not os.path.getsize(path):
            raise say.BAD_PACKAGE.error(name=path, cause="the file is empty")
    except OSError as cause:
        raise say.BAD_PACKAGE.error(name=path, cause=cause.strerror) from cause
    return os.path.basename(path)


def _newest(directory: str, active: str) -> str:
    """The path of the newest package that is for the machine with this level."""
    from openlpar.messages import system as say
    from openlpar.uom.firmware import FirmwareLevel, FirmwarePackage

    found: list[tuple[FirmwarePackage, str]] = []
    try:
        names = os.listdir(directory)
    except OSError as cause:
        raise say.BAD_PACKAGE.error(name=directory, cause=cause.strerror) from cause
    for name in names:
        try:
            package = FirmwarePackage.named(name)
        except ValueError:
            continue  # whatever else lies there
        if package.level.machines == FirmwareLevel.parsed(active).machines:
            found.append((package, name))
    if not found:
        raise say.BAD_PACKAGE.error(name=directory, cause=f"there is no package in it for a system that runs {active}")
    return os.path.join(directory, max(found)[1])
