"""What is to become of virtual SCSI mappings."""

from __future__ import annotations

from openlpar.ops.mapping.plan import MappingPlan, StepNames
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


class ScsiPlan(MappingPlan[VirtualSCSIMapping]):
    """Of virtual SCSI."""

    __slots__ = ()

    def connect(
        self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping
    ) -> VirtualSCSIMapping:
        return io_server.connect(change, vios, mapping)

    def disconnect(
        self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping
    ) -> None:
        io_server.disconnect(change, vios, mapping)

    def named(self, mapping: VirtualSCSIMapping) -> StepNames:
        adapter = mapping.server_adapter
        device = target_of(mapping.target_dev).name or name_of(mapping.backing_storage)
        device = device or adapter.name or adapter.loc_code
        return StepNames(f"unmap {device}", f"change {device}", f"map {device}")
