"""Jobs about single disks: ``RescanVirtualDisk`` and ``RBDExists`` of a Virtual I/O Server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Self

from openlpar.messages import general
from openlpar.messages import storage as say
from openlpar.ops.core import Evidence, JobOperation, Level, Step
from openlpar.ops.storage.group_plan import disk_of
from openlpar.ops.storage.usage import serving
from openlpar.ports.records import RbdImage
from openlpar.ports.state import World
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_io_server import VirtualIOServer

_NOT_FOUND, _FAILED = "-1", "1"


class ViosQuery(JobOperation):
    """A job that reads a Virtual I/O Server and changes nothing."""

    master_only = False

    def about(self, world: World) -> str:
        vios = world.find(VirtualIOServer, self.target)
        return vios.name if vios else self.target

    def steps(self) -> Iterable[Step]:
        return ()


@dataclass
class RescanVirtualDisk(
    ViosQuery, name="vios.rescan_virtual_disk", job="RescanVirtualDisk", groups=("VirtualIOServer",)
):
    """Lets the server look at a disk again that was changed from outside. What it would find is in the state already: the job
    tells whether the disk is there."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.storage")

    target: str
    udid: str
    _return_code: str = field(default=_FAILED, init=False)

    parameters: ClassVar[dict[str, str]] = {"VirtualDiskUDID": "UDID of a virtual disk or logical unit"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        if not parameters.get("VirtualDiskUDID"):
            raise general.MISSING_VALUE.error(object="Job RescanVirtualDisk", field="VirtualDiskUDID")
        return cls(target, parameters["VirtualDiskUDID"])

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        if disk_of(world, self.target, self.udid) is None and not any(
            unit.udid == self.udid for unit in world.all(LogicalUnit)
        ):
            self._return_code = _NOT_FOUND
            raise say.NO_SUCH_DEVICE.error(vios=vios.name, udid=self.udid)

    @property
    def results(self) -> dict[str, str]:
        return {"RETURN_CODE": "0"}

    @property
    def failure_results(self) -> dict[str, str]:
        """Clients tell by it that the disk does not exist."""
        return {"RETURN_CODE": self._return_code}


@dataclass
class RBDExists(ViosQuery, name="vios.rbd_exists", job="RBDExists", groups=("VirtualIOServer",)):
    """Whether a RADOS block device exists: an image of the simulated Ceph cluster (``ports.san``)."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    target: str
    image: str

    parameters: ClassVar[dict[str, str]] = {"name": "pool and image, such as volumes/disk1"}

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        if not parameters.get("name"):
            raise general.MISSING_VALUE.error(object="Job RBDExists", field="name")
        return cls(target, parameters["name"])

    def check(self, world: World) -> None:
        serving(world, self.target)
        self._exists = world.find(RbdImage, self.image) is not None

    @property
    def results(self) -> dict[str, str]:
        return {"exists": "true" if self._exists else "false"}
