"""Making and removing virtual SCSI mappings."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ops.core import Step
from openlpar.ops.mapping.plan import Lending, MappingPlan
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.ports.io_server import IoServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

ScsiPlan = MappingPlan[VirtualSCSIMapping]


def mapping_steps(io_server: IoServer, plan: ScsiPlan) -> Iterator[Step]:
    """One step for each mapping, so that each is taken back when a later one fails. Removals come first: they free devices."""
    lending = Lending(io_server.connect, io_server.disconnect)
    for mapping in plan.removed:
        yield Step(f"unmap {_called(mapping)}", *lending.removal(mapping))
    for before, after in plan.changed:
        yield Step(f"change {_called(before)}", *lending.alteration(before, after))
    for mapping in plan.added:
        yield Step(f"map {_called(mapping)}", *lending.addition(mapping))


def _called(mapping: VirtualSCSIMapping) -> str:
    adapter = mapping.server_adapter
    device = target_of(mapping.target_dev).name or name_of(mapping.backing_storage)
    return device or adapter.name or adapter.loc_code
