"""Removing a device of a Virtual I/O Server by its name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Self

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.messages import storage as say_storage
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.scsi import mappings as scsi_mappings
from openlpar.ops.scsi import plan as scsi_plan
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.storage import target_of
from openlpar.ops.storage.usage import TakenVolumes, serving
from openlpar.ops.vfc import mappings as vfc_mappings
from openlpar.ops.vfc import plan as vfc_plan
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.vios.job import ServerJob
from openlpar.ports.records import RemovedDisk
from openlpar.ports.state import Change, World
from openlpar.uom.plain import to_plain
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import PhysicalVolume


@dataclass
class RemoveDevice(ServerJob, name="vios.remove_device", job="RemoveDevice", groups=("VirtualIOServer",)):
    """Removes a virtual target device (its adapter stays), a virtual server adapter with all it serves, or a free disk."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.hdisk")

    target: str
    device: str

    parameters: ClassVar[dict[str, str]] = {
        "devName": "name of a virtual target device (vtscsi0), a virtual server adapter (vhost0, vfchost0) or a disk (hdisk4)"
    }

    @classmethod
    def from_job(cls, target: str, parameters: dict[str, str]) -> Self:
        name = parameters.get("devName", "")
        if not name:
            raise general.MISSING_VALUE.error(object="Job RemoveDevice", field="devName")
        return cls(target, name)

    def check(self, world: World) -> None:
        vios = serving(world, self.target)
        self._scsi, self._vfc = ScsiPlan(), FibreChannelPlan()
        self._volume = next((pv for pv in world.all(PhysicalVolume, vios.uuid) if pv.name == self.device), None)
        served = list(world.all(VirtualSCSIMapping, vios.uuid))
        channels = list(world.all(VirtualFibreChannelMapping, vios.uuid))
        named = [mapping for mapping in served if target_of(mapping.target_dev).name == self.device]
        adapters = [mapping for mapping in served if mapping.server_adapter.name == self.device]
        if self._volume is not None:
            use = TakenVolumes(world, vios.uuid).use_of(self._volume)
            if use:
                raise say_storage.VOLUME_TAKEN.error(volume=self.device, vios=vios.name, use=use)
        elif named:
            self._scsi = scsi_plan.planned_without(world, vios, named[:1])
        elif adapters:
            self._scsi = scsi_plan.planned_bus(world, vios, None, adapters[0].server_adapter.vios_slot_num)
        elif any(mapping.server_adapter.name == self.device for mapping in channels):
            left = [mapping for mapping in channels if mapping.server_adapter.name != self.device]
            self._vfc = vfc_plan.planned(world, vios, left)
        else:
            raise say.NO_DEVICE.error(vios=vios.name, device=self.device)

    def steps(self) -> Iterable[Step]:
        if self._volume is not None:
            yield Step(f"remove {self.device}", self._remove_volume)
        yield from scsi_mappings.mapping_steps(self.edges.io_server, self._scsi)
        yield from vfc_mappings.mapping_steps(self.edges.io_server, self._vfc)

    def _remove_volume(self, change: Change) -> None:
        """The disk is still attached: the server finds it again when it looks for devices."""
        assert self._volume is not None
        change.put(RemovedDisk(uuid=self._volume.uuid, vios=self.target, disk=to_plain(self._volume)))
        change.remove(self._volume)
