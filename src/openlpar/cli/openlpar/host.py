"""The commands about this host: what it has to run partitions with, and getting it. They need no server and no network of it."""

from __future__ import annotations

import argparse


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
