"""rmsp: removes a storage pool."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.vios.padmin import changes, file_pool_changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.options import Flag, Operand, form, may


class Rmsp(Command, name="rmsp", group="Storage Pool"):
    """Removes a storage pool."""

    force = Flag("-f", "with all backing devices in it")
    pool = Operand("StoragePool", "the storage pool")

    @form(may(force), pool)
    def remove(self) -> Iterator[str]:
        pool = self.server.file_pool(self.pool)
        if pool is not None:
            file_pool_changes.delete_pool(self.server, pool, with_files=self.force)
            return
        group = self.server.group(self.pool)
        names = [disk.name for disk in group.phys_vols]
        held = changes.held_volumes(self.server, group, names)
        if held and not self.force:
            self.server.sitting.agree_to_destroy("rmsp", f"all data of the backing devices in {group.name}")
        changes.reduce_group(self.server, group, names, remove_volumes=bool(held) or self.force)
        if self.server.default_pool == group.name:
            self.server.keep_text("default_pool", "")
        yield from ()
