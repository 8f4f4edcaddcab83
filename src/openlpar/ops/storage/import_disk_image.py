"""Writing a complete upload onto a virtual disk or logical unit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, Level, Operation, Step
from openlpar.ops.shared_storage.accounts import check_room, pool_of
from openlpar.ops.shared_storage.filling import write_image
from openlpar.ops.storage.group_plan import disk_of
from openlpar.ops.storage.sizes import gigabytes_of
from openlpar.ops.storage.usage import refuse_mapped, serving
from openlpar.ports.pool_space import fills, space_gb, taken_gb
from openlpar.ports.state import Change, World
from openlpar.uom.shared_storage_pool import LogicalUnit, Tier


@dataclass
class ImportDiskImage(Operation, name="storage.import_disk_image"):
    """Fills the disk with a UDID from an uploaded image (``BROKERED_DISK_IMAGE``). path: where the upload lies.

    A disk that is mapped is refused: its partition would find it changed underneath.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    vios_uuid: str
    file_name: str
    size_bytes: int
    path: str
    device_udid: str

    def locks(self) -> Iterable[str]:
        return (self.vios_uuid, self.device_udid)

    def about(self, world: World) -> str:
        return self.file_name

    def check(self, world: World) -> None:
        self._vios = serving(world, self.vios_uuid)
        found = self._device(world)
        if found is None:
            raise say.NO_SUCH_DEVICE.error(vios=self._vios.name, udid=self.device_udid)
        about, size = found
        refuse_mapped(world, self.device_udid, about, "overwritten")
        needed = gigabytes_of(self.size_bytes)
        if needed > size:
            raise say.IMAGE_TOO_LARGE.error(file=self.file_name, needed=needed, object=about, size=size)
        self._unit = next(iter(world.where(LogicalUnit, udid=self.device_udid)), None)
        if self._unit is not None and fills(self._unit):
            tier = world.get(Tier, self._unit.parent or "")
            more = space_gb(self._unit, -(-self.size_bytes // 1024)) - taken_gb(world, self._unit)
            if more > 0:
                check_room(world, tier, pool_of(world, tier), more, self._unit.name)

    def _device(self, world: World) -> tuple[str, Decimal] | None:
        """How messages call the disk, and its GB."""
        disk = disk_of(world, self.vios_uuid, self.device_udid)
        if disk is not None:
            return f"Virtual disk {disk.name}", disk.capacity
        for unit in world.all(LogicalUnit):
            if unit.udid == self.device_udid:
                return f"Logical unit {unit.name}", unit.capacity
        return None

    def steps(self) -> Iterable[Step]:
        yield Step("write the image", self._write)

    def _write(self, change: Change) -> None:
        if self._unit is not None and fills(self._unit):
            pool = pool_of(change, change.get(Tier, self._unit.parent or ""))
            write_image(change, pool, self._unit, self.size_bytes)
        self.edges.io_server.write_image(change, self._vios, self.device_udid, self.path)
