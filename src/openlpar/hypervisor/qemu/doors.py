"""Who may pass to what, when partitions run as users of their own.

The service's folders belong to root. Partitions pass through them without seeing what is in them; beyond they find the disks that
are for them, and the ends of their own network adapters. What QEMU would make in its run folder is made for it.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from openlpar.qemu_host.users import Users

_PASS, _SOCKET = 0o710, 0o660
_BIND = 0o1730  # QEMU makes its end of an adapter, which nobody else can take away


class Doors:
    """Of a service's folders. All methods may be called again, and raise OSError."""

    def __init__(self, folder: Path, users: Users) -> None:
        self._folder, self.users = folder, users

    def let_in(self) -> None:
        """Partitions into the folder, and to what is for each of them."""
        for place in (self._folder, self._folder / "p", self._folder / "v"):
            place.mkdir(mode=0o700, exist_ok=True)
            _open(place, self.users.everybody, _PASS)

    def of_partition(self, run: Path, lpar_id: int, own: Path) -> None:
        """own: the file in its run folder that it writes."""
        number = self.users.number(lpar_id)
        _open(run, number, _PASS)
        os.chown(own, number, number)

    def of_disks(self, socket: Path, lpar_id: int) -> None:
        """Where a Virtual I/O Server has the disks for one partition, in a folder of its own; it may not be there now."""
        number = self.users.number(lpar_id)
        with contextlib.suppress(FileNotFoundError):
            _open(socket.parent.parent, self.users.everybody, _PASS)
            _open(socket.parent, number, _PASS)
            _open(socket, number, _SOCKET)

    def of_network(self, ends: dict[Path, int]) -> None:
        """ends: the switch's ends of adapters, with the numbers of their partitions. Those that are not there are for later."""
        for end, lpar_id in ends.items():
            with contextlib.suppress(FileNotFoundError):
                _open(end.parent, self.users.everybody, _BIND)
                os.chown(end, self.users.number(lpar_id), 0)


def _open(place: Path, group: int, mode: int) -> None:
    os.chown(place, 0, group)
    place.chmod(mode)
