"""``make setup-qemu``: gets QEMU and the guest kit, or tells that they are there."""

from __future__ import annotations

import sys

from openlpar.messages.core import Failure
from openlpar.qemu_host.set_up import set_up


def main() -> int:
    try:
        found = set_up()
    except Failure as failure:
        print(failure.text, file=sys.stderr)
        return 1
    except OSError as wrong:
        print(f"The cache folder cannot be written: {wrong.filename}: {wrong.strerror}.", file=sys.stderr)
        return 1
    print(f"QEMU {found.qemu.version_text} in {found.qemu.place}")
    print(f"guest kit in {found.kernel.parent}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
