"""What is to become of virtual Fibre Channel mappings."""

from __future__ import annotations

from openlpar.ops.mapping.plan import MappingPlan, StepNames
from openlpar.ops.vfc.wwpn import take_pairs
from openlpar.ports.io_server import IoServer
from openlpar.ports.state import Change
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer


class FibreChannelPlan(MappingPlan[VirtualFibreChannelMapping]):
    """Of virtual Fibre Channel. added: without ``WWPNs`` too, when new ones are wanted."""

    __slots__ = ()
    changes_client = True

    def connect(
        self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping
    ) -> VirtualFibreChannelMapping:
        return io_server.connect_fc(change, vios, mapping)

    def disconnect(
        self, io_server: IoServer, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping
    ) -> None:
        io_server.disconnect_fc(change, vios, mapping)

    def named(self, mapping: VirtualFibreChannelMapping) -> StepNames:
        adapter = mapping.server_adapter.name or mapping.server_adapter.loc_code
        port = mapping.backing_port.name or "no port"
        return StepNames(
            f"remove {adapter}", f"change port of {adapter}", f"map {mapping.client_adapter.loc_code} to {port}"
        )

    def new(self, change: Change, mapping: VirtualFibreChannelMapping) -> VirtualFibreChannelMapping:
        adapter = mapping.client_adapter
        if not adapter.wwpns:
            mapping = mapping.evolve(client_adapter=adapter.evolve(wwpns=" ".join(take_pairs(change, 1))))
        return super().new(change, mapping)
