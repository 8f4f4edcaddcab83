"""vfcmap: which physical port carries a virtual Fibre Channel adapter."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.devices import fibre_ports
from openlpar.vios.padmin.options import Value, form
from openlpar.vios.padmin.refusal import no_such


class Vfcmap(Command, name="vfcmap", group="Virtual Fibre Channel"):
    """Maps a virtual Fibre Channel adapter to a port."""

    vadapter = Value("-vadapter", "VirtualServerFCAdapter", "the virtual adapter")
    fcp = Value("-fcp", "FCPName", 'the physical port; "" for none')

    @form(vadapter, fcp)
    def change(self) -> Iterator[str]:
        slot = self.server.channel(self.vadapter).server_adapter.vios_slot_num
        vios = self.server.vios
        if self.fcp and self.fcp not in [port.name for port in fibre_ports(vios)]:
            raise no_such("Fibre Channel port", self.fcp, "lsnports lists the ports.")
        mappings = []
        for mapping in vios.vfc_mappings:
            if mapping.server_adapter.vios_slot_num == slot:
                adapter = mapping.server_adapter.evolve(map_port=None, physical_port=None)
                port = PhysicalFibreChannelPort(name=self.fcp) if self.fcp else None
                mapping = mapping.evolve(backing_port=port, server_adapter=adapter)
            mappings.append(mapping)
        self.server.operator.update(vios.evolve(vfc_mappings=tuple(mappings)), "ViosFCMapping")
        yield f"{self.vadapter} changed"
