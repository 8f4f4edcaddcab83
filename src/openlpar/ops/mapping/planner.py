"""How a client's version of a Virtual I/O Server's mappings is compared with the stored ones: what both kinds need for it."""

from __future__ import annotations

from typing import ClassVar, Generic

from openlpar.messages import adapters as say
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.mapping.pair import AdapterPair, ClientAdapter, ServerAdapter
from openlpar.ops.mapping.plan import M, MappingPlan
from openlpar.ops.scsi.slots import FreeSlots, location_code
from openlpar.ports.state import World
from openlpar.uom.partition import BasePartition
from openlpar.uom.virtual_io_server import VirtualIOServer


class MappingPlanner(Generic[M]):
    """Of one Virtual I/O Server. adapters: what its clients' adapters are called."""

    adapters: ClassVar[str]
    _plan: MappingPlan[M]

    def __init__(self, world: World, vios: VirtualIOServer, free: FreeSlots, plan: MappingPlan[M]) -> None:
        self._world, self._vios, self._free, self._plan = world, vios, free, plan

    def _client(self, reference: str) -> BasePartition:
        """The partition of a reference. Raises NO_CLIENT."""
        partition = partition_of(self._world, reference.rpartition("/")[2])
        if partition is None:
            raise say.NO_CLIENT.error(vios=self._vios.name, client=reference)
        return partition

    def _check_client(self, row: M, reference: str) -> None:
        """A stored adapter pair keeps its client. Raises OTHER_CLIENT."""
        old, new = row.client_lpar_href.rpartition("/")[2], reference.rpartition("/")[2]
        if old and new and old != new:
            owner = partition_of(self._world, old)
            raise say.OTHER_CLIENT.error(
                adapter=row.server_adapter.name,
                vios=self._vios.name,
                owner=f"partition {owner.name if owner else old}",
                client=f"partition {self._client(reference).name}",
            )

    def _remove(self, rows: list[M]) -> None:
        """All mappings of one adapter pair: it goes, and its slots are free."""
        row = rows[0]
        self._free.release(self._vios, row.server_adapter.vios_slot_num)
        client = partition_of(self._world, row.client_lpar_href.rpartition("/")[2])
        if client is not None and row.has("client_adapter"):
            check_io_dlpar(self._world, client, self.adapters)
            self._free.release(client, row.client_adapter.lpar_slot_num)
        self._plan.removed.extend(rows)

    def _pair(self, client: BasePartition, near: ClientAdapter, far: ServerAdapter, server_slot: int) -> AdapterPair:
        """A new pair in the slots that are asked for (server_slot 0: any), or in free ones. Raises Failure."""
        vios = self._vios
        lpar_slot = self._free.take(client, wanted_slot(near), high=near.use_next_high_slot)
        slot = self._free.take(vios, server_slot, high=far.use_next_high_slot)
        here, there = location_code(self._world, vios.id, slot), location_code(self._world, client.id, lpar_slot)
        return AdapterPair(vios.id, slot, here, client.id, lpar_slot, there)


def wanted_slot(adapter: ClientAdapter) -> int:
    """The slot of its own that a client's adapter asks for, 0 for any."""
    return 0 if adapter.use_next_slot or adapter.use_next_high_slot else adapter.lpar_slot_num
