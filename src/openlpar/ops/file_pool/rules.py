"""What the operations on file storage pools have in common: what they are of, whether there is room, what sizes mean."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, JobOperation, Level
from openlpar.ops.storage.group_layout import keep_layout, planned_layout
from openlpar.ops.storage.group_plan import check_size
from openlpar.ops.storage.names import LOGICAL_VOLUME, check_name, volume_names
from openlpar.ops.storage.sizes import free_mb as free_mb_in_group
from openlpar.ops.storage.sizes import gigabytes, tidy, whole_partitions_mb
from openlpar.ops.storage.usage import check_active, serving
from openlpar.ports.file_pools import files_of, free_mb
from openlpar.ports.group_layouts import layout_of
from openlpar.ports.records import BackingFile, FilePool
from openlpar.ports.state import Change, World
from openlpar.uom.physical_partitions import partition_size_mb
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup


def documented(*commands: str) -> Evidence:
    return Evidence(Level.DOCUMENTED, f"IBM documentation of the VIOS command line: {', '.join(commands)}")


class OnPool(JobOperation):
    """What only the server's own command line does: no job of the REST API. target: uuid of the pool."""

    evidence = documented("mksp", "mkbdsp")

    _pool: FilePool
    _vios: VirtualIOServer

    def locks(self) -> Iterable[str]:
        return (self.target,)

    def about(self, world: World) -> str:
        pool = world.find(FilePool, self.target)
        return pool.name if pool is not None else self.target

    def find(self, world: World) -> None:
        """Sets the pool and its server. Raises Failure NOT_FOUND, or that of a server or volume group that is out of use."""
        self._pool = world.get(FilePool, self.target)
        self._vios = serving(world, self._pool.vios)
        check_active(self._vios, world.get(VolumeGroup, self._pool.group), "changed")

    @property
    def place(self) -> str:
        """How messages call the pool."""
        return f"file storage pool {self._pool.name} of Virtual I/O Server {self._vios.name}"

    def file(self, world: World, name: str) -> BackingFile:
        """Raises Failure NOT_FOUND."""
        for found in files_of(world, self._pool):
            if found.name == name:
                return found
        raise general.NOT_FOUND.error(kind=f"Backing device of {self.place}", name=name)

    def check_free_name(self, world: World, name: str) -> None:
        if any(found.name == name for found in files_of(world, self._pool)):
            raise general.NAME_TAKEN.error(kind=f"Backing device of {self.place}", name=name)

    def check_room(self, world: World, name: str, more_mb: int) -> None:
        free = free_mb(world, self._pool)
        if more_mb > free:
            raise say.FILE_POOL_FULL.error(
                pool=self._pool.name, vios=self._vios.name, free=gigabytes(free), file=name, needed=gigabytes(more_mb)
            )


def check_pool_name(world: World, vios: VirtualIOServer, name: str) -> None:
    """A new pool's name is free among storage pools and logical volumes. Raises Failure."""
    check_name("file storage pool", name, LOGICAL_VOLUME)
    groups = {each.name for each in world.all(VolumeGroup, vios.uuid)}
    if name in groups | volume_names(world, vios.uuid):
        kind = f"Storage pool or logical volume of Virtual I/O Server {vios.name}"
        raise general.NAME_TAKEN.error(kind=kind, name=name)


def pool_space_mb(vios: VirtualIOServer, group: VolumeGroup, about: str, size: Decimal) -> int:
    """MB of a logical volume for a pool that is to have, or to get, so many GB. Raises Failure where the group has no room."""
    check_size(about, "Size", size)
    wanted = whole_partitions_mb(partition_size_mb(group), size)
    if wanted > free_mb_in_group(group):
        place = f"Volume group {group.name} of Virtual I/O Server {vios.name}"
        raise say.NO_SPACE.error(place=place, free=tidy(group.free_space), object=about, needed=gigabytes(wanted))
    return wanted


def take(change: Change, vios: VirtualIOServer, group: VolumeGroup, mb: int) -> None:
    """Lets a pool, whose record tells so already, take so many MB of its group, or give them back (below 0). A pool with several
    copies takes them for each. Raises Failure when these have no room on separate disks."""
    layout = planned_layout(change, vios, group, group)
    if layout is not None:
        mb = (layout.used - layout_of(change, group).used) * layout.partition_mb
    after = group.evolve(
        free_space=tidy(group.free_space - gigabytes(mb)),
        available_size=tidy(group.available_size - gigabytes(mb)),
    )
    change.put(after)
    if layout is not None:
        keep_layout(change, after, layout)
