"""The two virtual adapters of a mapping, one in a Virtual I/O Server and one in its client: each names the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

from openlpar.uom.virtual_adapter import VirtualAdapterType
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelClientAdapter, VirtualFibreChannelServerAdapter
from openlpar.uom.virtual_scsi import VirtualSCSIClientAdapter, VirtualSCSIServerAdapter

C = TypeVar("C", VirtualSCSIClientAdapter, VirtualFibreChannelClientAdapter)
S = TypeVar("S", VirtualSCSIServerAdapter, VirtualFibreChannelServerAdapter)
ClientAdapter = VirtualSCSIClientAdapter | VirtualFibreChannelClientAdapter
ServerAdapter = VirtualSCSIServerAdapter | VirtualFibreChannelServerAdapter


@dataclass(frozen=True, slots=True)
class AdapterPair:
    """Where both are: ids of their partitions, virtual slots, location codes."""

    vios_id: int
    vios_slot: int
    vios_location: str
    lpar_id: int
    lpar_slot: int
    lpar_location: str = ""

    def client(self, kind: type[C], **more: Any) -> C:
        """The partition's. more: further fields of it."""
        return kind(
            side=VirtualAdapterType.CLIENT.value,
            drc_name=self.lpar_location,
            loc_code=self.lpar_location,
            lpar_id=self.lpar_id,
            lpar_slot_num=self.lpar_slot,
            vios_id=self.vios_id,
            vios_slot_num=self.vios_slot,
            **more,
        )

    def server(self, kind: type[S], **more: Any) -> S:
        """The Virtual I/O Server's. more: further fields of it."""
        return kind(
            side=VirtualAdapterType.SERVER.value,
            drc_name=self.vios_location,
            loc_code=self.vios_location,
            vios_id=self.vios_id,
            vios_slot_num=self.vios_slot,
            lpar_id=self.lpar_id,
            lpar_slot_num=self.lpar_slot,
            **more,
        )
