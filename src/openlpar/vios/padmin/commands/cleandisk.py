"""cleandisk: takes the mark of a cluster off a disk."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Value, form, one


class Cleandisk(Command, name="cleandisk", group="Shared Storage Pool"):
    """Removes the signature of a cluster or storage pool from a physical volume that is not in use."""

    repository = Value("-r", "PhysicalVolume", "that was the repository disk of a cluster")
    pool = Value("-s", "PhysicalVolume", "that was in a shared storage pool")

    @form(one(repository, pool))
    def clean(self) -> Iterator[str]:
        disk = self.server.disk(self.repository or self.pool)
        self.server.operator.perform("vios.change_disk", self.server.uuid, disk=disk.name, clean="true")
        kind = "cluster repository" if self.repository else "storage pool"
        yield f"The {kind} signature has been removed from {disk.name}."
