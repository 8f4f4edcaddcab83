"""Making and removing virtual Fibre Channel mappings."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.ops.core import Step
from openlpar.ops.mapping.plan import Lending, MappingPlan
from openlpar.ops.vfc.wwpn import take_pairs
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping

FibreChannelPlan = MappingPlan[VirtualFibreChannelMapping]
"""added: without ``WWPNs`` too, when new ones are wanted."""


def mapping_steps(io_server: IoServer, plan: FibreChannelPlan) -> Iterator[Step]:
    """One step for each mapping, so that each is taken back when a later one fails. Removals come first: they free ports."""
    lending = Lending(io_server.connect_fc, io_server.disconnect_fc, changes_client=True)
    for mapping in plan.removed:
        yield Step(f"remove {_called(mapping)}", *lending.removal(mapping))
    for before, after in plan.changed:
        yield Step(f"change port of {_called(before)}", *lending.alteration(before, after))
    for mapping in plan.added:
        port = mapping.backing_port.name or "no port"
        yield Step(f"map {mapping.client_adapter.loc_code} to {port}", *lending.addition(mapping, _with_port_names))


def _called(mapping: VirtualFibreChannelMapping) -> str:
    return mapping.server_adapter.name or mapping.server_adapter.loc_code


def _with_port_names(change: Change, mapping: VirtualFibreChannelMapping) -> VirtualFibreChannelMapping:
    adapter = mapping.client_adapter
    if adapter.wwpns:
        return mapping
    return mapping.evolve(client_adapter=adapter.evolve(wwpns=" ".join(take_pairs(change, 1))))
