"""The commands about this host: what it has to run partitions with, and getting it. They need no server and no network of it."""

from __future__ import annotations

import argparse

from openlpar.cli.openlpar.grammar import Commands, Declaration, command


def doctor(args: argparse.Namespace) -> int:
    """args: json. 0 when partitions can be run here, 1 when not."""
    from openlpar.qemu_host import doctor

    checks = doctor.examine()
    print(doctor.as_json(checks) if args.json else "\n".join(doctor.as_table(checks)))
    return 0 if doctor.healthy(checks) else 1


def setup_qemu(args: argparse.Namespace) -> int:
    """args: none of its own."""
    from openlpar.qemu_host.__main__ import main

    return main()


def _declare_doctor(commands: Commands) -> None:
    summary = "whether real partitions can be run on this host, and what is missing; exit status 1 when they cannot"
    made = command(commands, "doctor", summary, "doctor", doctor)
    made.add_argument("--json", action="store_true", help="as JSON")


def _declare_setup_qemu(commands: Commands) -> None:
    summary = "get QEMU and the guest kit into the cache folder (OPENLPAR_CACHE), without root"
    command(commands, "setup-qemu", summary, "setup-qemu", setup_qemu)


COMMANDS: tuple[Declaration, ...] = (
    _declare_doctor,
    _declare_setup_qemu,
)
