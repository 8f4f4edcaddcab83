"""Making and removing virtual SCSI mappings: what was planned becomes devices of the Virtual I/O Server, and state."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ops.core import Step, partition_of
from openlpar.ops.scsi.plan import MappingPlan
from openlpar.ops.scsi.storage import name_of, target_of
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


def mapping_steps(io_server: IoServer, plan: MappingPlan) -> Iterator[Step]:
    """One step for each mapping, so that each is taken back when a later one fails. Removals come first: they free devices."""
    for mapping in plan.removed:
        yield _removal(io_server, mapping)
    for before, after in plan.changed:
        yield _alteration(io_server, before, after)
    for mapping in plan.added:
        yield _addition(io_server, mapping)


def _called(mapping: VirtualSCSIMapping) -> str:
    adapter = mapping.server_adapter
    device = target_of(mapping.target_dev).name or name_of(mapping.backing_storage)
    return device or adapter.name or adapter.loc_code


def _removal(io_server: IoServer, mapping: VirtualSCSIMapping) -> Step:
    def do(change: Change) -> None:
        io_server.disconnect(change, server_of(change, mapping), mapping)
        change.remove(mapping)
        touch_client(change, mapping)

    def undo(change: Change) -> None:
        io_server.connect(change, server_of(change, mapping), mapping)

    return Step(f"unmap {_called(mapping)}", do, undo)


def _alteration(io_server: IoServer, before: VirtualSCSIMapping, after: VirtualSCSIMapping) -> Step:
    def do(change: Change) -> None:
        change.put(io_server.connect(change, server_of(change, after), after))

    def undo(change: Change) -> None:
        io_server.connect(change, server_of(change, before), before)

    return Step(f"change {_called(before)}", do, undo)


def _addition(io_server: IoServer, mapping: VirtualSCSIMapping) -> Step:
    made: list[VirtualSCSIMapping] = []

    def do(change: Change) -> None:
        wanted = mapping.evolve(uuid=change.entropy.uuid())
        made.append(io_server.connect(change, server_of(change, mapping), wanted))
        change.put(made[0])
        touch_client(change, mapping)

    def undo(change: Change) -> None:
        io_server.disconnect(change, server_of(change, mapping), made[0])

    return Step(f"map {_called(mapping)}", do, undo)


def server_of(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> VirtualIOServer:
    return change.get(VirtualIOServer, mapping.parent or "")


def touch_client(change: Change, mapping: VirtualSCSIMapping | VirtualFibreChannelMapping) -> None:
    """The partition shows references to its adapters, which live below the Virtual I/O Server: what was rendered of it is
    out of date. Putting back the same version says so, and changes nothing else."""
    client = partition_of(change, mapping.client_lpar_href.rpartition("/")[2])
    if client is not None:
        change.put(client)
