"""Disks and media of the simulated Virtual I/O Servers.

They hold no data: a disk is its description in the state. What a real device would choose by itself is chosen here, its UDID.
"""

from __future__ import annotations

from decimal import Decimal

from openlpar.ports.state import Change
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia, VolumeGroup
from openlpar.vios.naming import disk_udid, file_udid, media_udid, unit_udid


class StorageDevices:
    """The storage part of ``ports.io_server.IoServer``."""

    def create_disk(
        self, change: Change, vios: VirtualIOServer, group: VolumeGroup, disk: VirtualDisk, image: str
    ) -> VirtualDisk:
        return disk.evolve(udid=disk_udid(group))

    def create_file(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> VirtualDisk:
        return disk.evolve(udid=file_udid(change.entropy))

    def resize_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, size: Decimal) -> VirtualDisk:
        return disk.evolve(capacity=size)

    def delete_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk) -> None:
        """Nothing is left of a disk without data."""

    def bring_disk(self, change: Change, vios: VirtualIOServer, disk: VirtualDisk, source: str) -> None:
        """A disk without data has nothing to bring."""

    def create_media(
        self,
        change: Change,
        vios: VirtualIOServer,
        media: VirtualOpticalMedia,
        content: str,
        is_kept: bool = False,
    ) -> VirtualOpticalMedia:
        return media.evolve(udid=media_udid(media.name))

    def link_media(
        self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia, name: str
    ) -> VirtualOpticalMedia:
        return media.evolve(name=name, udid=media_udid(name))

    def delete_media(self, change: Change, vios: VirtualIOServer, media: VirtualOpticalMedia) -> None:
        """Nothing is left of a medium without data."""

    def create_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> LogicalUnit:
        return unit.evolve(udid=unit_udid(pool, unit, change.entropy))

    def resize_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit, size: Decimal) -> LogicalUnit:
        return unit.evolve(capacity=size)

    def delete_unit(self, change: Change, pool: SharedStoragePool, unit: LogicalUnit) -> None:
        """Nothing is left of a logical unit without data."""

    def write_image(self, change: Change, vios: VirtualIOServer, udid: str, content: str) -> None:
        """The image has been received and checked; there is no data to keep."""
