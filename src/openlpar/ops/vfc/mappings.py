"""Making and removing virtual Fibre Channel mappings: what was planned becomes adapters of the Virtual I/O Server, and state."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ops.core import Step
from openlpar.ops.scsi.mappings import server_of, touch_client
from openlpar.ops.vfc.plan import FibreChannelPlan
from openlpar.ops.vfc.wwpn import take_pairs
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping


def mapping_steps(io_server: IoServer, plan: FibreChannelPlan) -> Iterator[Step]:
    """One step for each mapping, so that each is taken back when a later one fails. Removals come first: they free ports."""
    for mapping in plan.removed:
        yield _removal(io_server, mapping)
    for before, after in plan.changed:
        yield _alteration(io_server, before, after)
    for mapping in plan.added:
        yield _addition(io_server, mapping)


def _removal(io_server: IoServer, mapping: VirtualFibreChannelMapping) -> Step:
    def do(change: Change) -> None:
        io_server.disconnect_fc(change, server_of(change, mapping), mapping)
        change.remove(mapping)
        touch_client(change, mapping)

    def undo(change: Change) -> None:
        io_server.connect_fc(change, server_of(change, mapping), mapping)

    return Step(f"remove {mapping.server_adapter.name or mapping.server_adapter.loc_code}", do, undo)


def _alteration(io_server: IoServer, before: VirtualFibreChannelMapping, after: VirtualFibreChannelMapping) -> Step:
    def do(change: Change) -> None:
        change.put(io_server.connect_fc(change, server_of(change, after), after))
        touch_client(change, after)

    def undo(change: Change) -> None:
        io_server.connect_fc(change, server_of(change, before), before)

    return Step(f"change port of {before.server_adapter.name or before.server_adapter.loc_code}", do, undo)


def _addition(io_server: IoServer, mapping: VirtualFibreChannelMapping) -> Step:
    made: list[VirtualFibreChannelMapping] = []

    def do(change: Change) -> None:
        adapter = mapping.client_adapter
        if not adapter.wwpns:
            adapter = adapter.evolve(wwpns=" ".join(take_pairs(change, 1)))
        wanted = mapping.evolve(uuid=change.entropy.uuid(), client_adapter=adapter)
        made.append(io_server.connect_fc(change, server_of(change, mapping), wanted))
        change.put(made[0])
        touch_client(change, mapping)

    def undo(change: Change) -> None:
        io_server.disconnect_fc(change, server_of(change, mapping), made[0])

    return Step(f"map {mapping.client_adapter.loc_code} to {mapping.backing_port.name or 'no port'}", do, undo)
