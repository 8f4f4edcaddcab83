"""Where virtual disks of volume groups can be kept: in files (``Contents``) or in volumes of LVM (``LogicalVolumes``)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from openlpar.ports.state import Change, World
from openlpar.vios.served.contents import Layer
from openlpar.vios.served.loans import Backing, Key


class DiskStore(Protocol):
    """All raise Failure when the host cannot; then nothing is left behind. What a change makes is there at once, and goes again
    when the change does not come to be; what it deletes goes when the change is on disk."""

    def layers(self, key: Key) -> tuple[Layer, ...]:
        """What is written, then what is below it; empty when there is no such content."""
        ...

    def make(self, change: Change, backing: Backing) -> None:
        """An empty one."""
        ...

    def ensure(self, backing: Backing) -> tuple[Layer, ...]:
        """The layers of something that is in the state; what an inventory brought is made now, empty."""
        ...

    def write(self, change: Change, backing: Backing, upload: Path) -> None:
        """An uploaded image, raw or qcow2, instead of what was there."""
        ...

    def clone(self, change: Change, source: Backing, backing: Backing) -> None:
        """One with the data that the source has now; that must not be in use."""
        ...

    def resize(self, backing: Backing, size: int) -> None:
        """size: bytes, not less than it had."""
        ...

    def delete(self, change: Change, key: Key) -> None: ...

    def sweep(self, world: World) -> None:
        """Ends what a crash interrupted."""
        ...
