"""``rstprofdata``: makes the partitions anew that a ``profile.bak`` describes.

Level 1 is that of the IVM command: the configuration has to be cleared first, and the command refuses as long as the system has
logical partitions that contradict the backup. Levels 2 and 3 merge, with the meanings they have on the HMC. What a profile.bak does
not hold (the storage behind virtual SCSI adapters, the port behind virtual Fibre Channel ones) is in the backups of the Virtual
I/O Servers, see ``viosbr``.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from openlpar.cli.command import call

if TYPE_CHECKING:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser
    from openlpar.client.profile import Backup


_LEVELS = "1: restore all of it; 2: merge, the backup wins; 3: merge, what is there wins"


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point of the installed script. Exit status 1 also when a part could not be restored."""
    return call(_parser, _restore, arguments)


def _parser() -> Parser:
    import argparse

    from openlpar.cli.pvmctl.grammar import Parser

    parser = Parser(
        prog="rstprofdata",
        description="Restores the configuration of partitions from a file written by bkprofdata.",
        epilog="examples:\n  rstprofdata -l 1\n  rstprofdata -l 1 -f before-upgrade.bak --ignoremac\n"
        "  rstprofdata -l 3 -f /var/backups/pvm/8247-21L*03212E3CA/system_daily_01.bak",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("-l", "--level", required=True, type=int, metavar="1|2|3", help=_LEVELS)
    parser.add_argument("-f", "--file", metavar="FILE", help="default: where bkprofdata writes")
    parser.add_argument("-m", "--managed-system", dest="system", default="", metavar="SYS", help="the managed system")
    parser.add_argument("--ignoremtms", action="store_true", help="restore the backup of another machine")
    parser.add_argument("--ignoremac", action="store_true", help="give network adapters new MAC addresses")
    return parser


def _restore(args: argparse.Namespace) -> int:
    from openlpar.cli.pvmctl import access
    from openlpar.client import profile
    from openlpar.client.connection import connect
    from openlpar.messages import profile as say

    if args.level not in tuple(profile.Level):
        raise say.BAD_LEVEL.error(level=args.level)
    level = profile.Level(args.level)
    access.check()
    path = args.file or _default_file()
    backup = _read(path)
    with connect() as connection:
        system = profile.system_named(connection, args.system)
        ours = profile.mtms_of(system)
        if ours != backup.mtms and not args.ignoremtms:
            raise say.OTHER_SYSTEM.error(path=path, theirs=backup.mtms, ours=ours)
        conflicts = profile.conflicts(connection, system, backup) if level == profile.Level.FULL else []
        if conflicts:
            raise say.NOT_CLEARED.error(system=system.system_name, conflicts="; ".join(conflicts))
        report = profile.restore(connection, system, backup, ignore_mac=args.ignoremac, level=level)
    for heading, lines in (
        ("Was there already and was left as it is", report.kept),
        ("Restored", report.restored),
        ("Changed to what the backup says", report.changed),
        ("Left to viosbr", report.later),
        ("NOT restored", report.failed),
    ):
        for line in lines:
            print(f"{heading}: {line}")
    if any("virtual SCSI adapter" in line for line in report.restored):
        print("The storage behind the virtual SCSI adapters is not in this backup: restore it on the VIOS with viosbr.")
    return 1 if report.failed else 0


def _default_file() -> str:
    from openlpar.cli.bkprofdata import NAME, SYSTEM_FOLDER

    installed = os.path.join(SYSTEM_FOLDER, NAME)
    return installed if os.path.exists(installed) else NAME


def _read(path: str) -> Backup:
    from openlpar.client import profile
    from openlpar.messages import profile as say

    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except OSError as cause:
        raise say.CANNOT_READ.error(path=path, cause=cause.strerror or cause) from cause
    except UnicodeDecodeError as cause:
        raise say.BAD_BACKUP.error(path=path, cause="it is not a text file") from cause
    try:
        return profile.read(text)
    except profile.BadBackup as wrong:
        raise say.BAD_BACKUP.error(path=path, cause=wrong) from wrong
