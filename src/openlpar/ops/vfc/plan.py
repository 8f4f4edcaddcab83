"""What a client's version of the virtual Fibre Channel mappings changes: which are new, on another port, and gone.

A mapping is an adapter pair of its own: it is known again by the slot of its server adapter, else by its port names.
"""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.messages import adapters as say
from openlpar.messages import general
from openlpar.ops.core import partition_of
from openlpar.ops.lpar.connection import check_io_dlpar
from openlpar.ops.mapping.planner import MappingPlanner
from openlpar.ops.mobility.moving import check_stays
from openlpar.ops.scsi.slots import FreeSlots, references
from openlpar.ops.storage.usage import serving
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.vfc.ports import carried, ports_of
from openlpar.ops.vfc.wwpn import check_pair, check_stock, pair_of
from openlpar.ports.state import World
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer


def planned(
    world: World,
    vios: VirtualIOServer,
    requested: Iterable[VirtualFibreChannelMapping],
    free: FreeSlots | None = None,
) -> FibreChannelPlan:
    """The difference between all stored mappings and the requested ones. Raises Failure for what cannot be done."""
    return _Planner(world, vios, free or FreeSlots(world)).plan(list(requested))


class _Planner(MappingPlanner[VirtualFibreChannelMapping]):
    adapters = "virtual Fibre Channel adapters"
    _plan: FibreChannelPlan

    def __init__(self, world: World, vios: VirtualIOServer, free: FreeSlots) -> None:
        super().__init__(world, vios, free, FibreChannelPlan())

    def plan(self, requested: list[VirtualFibreChannelMapping]) -> FibreChannelPlan:
        rows = {
            row.server_adapter.vios_slot_num: row
            for row in self._world.all(VirtualFibreChannelMapping, self._vios.uuid)
        }
        by_name = {
            name: slot for slot, row in rows.items() for name in (row.server_adapter.udid, row.server_adapter.name)
        }
        by_pair = {frozenset(pair_of(row.client_adapter.wwpns)): slot for slot, row in rows.items()}
        left = dict(rows)
        new: list[VirtualFibreChannelMapping] = []
        for wish in requested:
            server = wish.server_adapter
            pair = frozenset(pair_of(wish.client_adapter.wwpns))
            slot = 0 if server.use_next_slot else server.vios_slot_num
            if slot not in left:
                slot = by_name.get(server.udid or server.name or "-", 0)
            if slot not in left and pair:
                slot = by_pair.get(pair, 0)
            if slot in left:
                self._compare(left.pop(slot), wish)
            else:
                new.append(wish)
        for row in left.values():
            self._remove([row])
        for wish in new:
            self._add(wish)
        self._check_ports()
        if self._plan:
            serving(self._world, self._vios.uuid)
            check_stock(self._world, sum(not mapping.client_adapter.wwpns for mapping in self._plan.added))
        return self._plan

    def _compare(self, row: VirtualFibreChannelMapping, wish: VirtualFibreChannelMapping) -> None:
        """A mapping that stays: it may go to another port, or from all of them; its port names are its own for life."""
        self._check_client(row, wish.client_lpar_href)
        old, new = pair_of(row.client_adapter.wwpns), pair_of(wish.client_adapter.wwpns)
        if new and old and frozenset(old) != frozenset(new):
            raise general.READ_ONLY.error(
                field="WWPNs", object=_called(self._vios, row), old=" ".join(old), new=" ".join(new)
            )
        before = row.backing_port.name
        after = _port_name(wish)
        if after != before:
            if partition := partition_of(self._world, row.client_lpar_href.rpartition("/")[2]):
                check_stays(self._world, partition, "given other Fibre Channel ports")
            port = self._port(after) if after else None
            self._plan.changed.append((row, row.evolve(backing_port=port)))

    def _add(self, wish: VirtualFibreChannelMapping) -> None:
        vios, wanted, server = self._vios, wish.client_adapter, wish.server_adapter
        about = f"a virtual Fibre Channel mapping of Virtual I/O Server {vios.name}"
        if not wish.client_lpar_href:
            raise general.MISSING_VALUE.error(object=about, field="AssociatedLogicalPartition")
        client = partition_of(self._world, wish.client_lpar_href.rpartition("/")[2])
        if client is None or client.uuid == vios.uuid:
            raise say.NO_CLIENT.error(vios=vios.name, client=wish.client_lpar_href)
        check_io_dlpar(self._world, client, self.adapters)
        pair = pair_of(wanted.wwpns)
        if pair:
            self._check_new_pair(pair, about)
        name = _port_name(wish)
        port = self._port(name) if name else None
        adapters = self._pair(client, wanted, server, 0 if server.use_next_slot else server.vios_slot_num)
        self._plan.added.append(
            VirtualFibreChannelMapping(
                parent=vios.uuid,
                client_lpar_href=references(client)[0],
                client_adapter=adapters.client(VirtualFibreChannelClientAdapter, wwpns=" ".join(pair) or None),
                backing_port=port,
                server_adapter=adapters.server(VirtualFibreChannelServerAdapter),
            )
        )

    def _check_new_pair(self, pair: tuple[str, ...], about: str) -> None:
        """A pair is free again when the same request removes the adapter that had it."""
        leaving = {name for row in self._plan.removed for name in pair_of(row.client_adapter.wwpns)}
        planned = {name for row in self._plan.added for name in pair_of(row.client_adapter.wwpns)}
        for name in pair:
            if name in planned:
                raise say.WWPN_TAKEN.error(wwpn=name, partition="of the same request")
        check_pair(self._world, pair, about, free=leaving)

    # ports

    def _port(self, name: str) -> PhysicalFibreChannelPort:
        ports = {port.name: port for port in ports_of(self._vios)}
        found = ports.get(name)
        if found is None:
            names = ", ".join(ports) or "it has none"
            raise say.NO_PORT.error(vios=self._vios.name, port=name, ports=names)
        if not found.npiv_total_ports:
            raise say.NO_NPIV.error(port=name, vios=self._vios.name)
        return found.evolve(phys_vols=None, npiv_available_ports=None)

    def _check_ports(self) -> None:
        """Counted at the end: two mappings may exchange their ports on full ones."""
        gaining = [after for _, after in self._plan.changed] + self._plan.added
        if not any(mapping.has("backing_port") for mapping in gaining):
            return
        carries = carried(self._world, self._vios.uuid)
        for row in (*self._plan.removed, *(before for before, _ in self._plan.changed)):
            carries[row.backing_port.name] -= 1
        for mapping in gaining:
            if not mapping.has("backing_port"):
                continue
            port = mapping.backing_port
            carries[port.name] += 1
            if carries[port.name] > port.npiv_total_ports:
                raise say.PORT_FULL.error(port=port.name, vios=self._vios.name, total=port.npiv_total_ports)


def _port_name(wish: VirtualFibreChannelMapping) -> str:
    return wish.backing_port.name if wish.has("backing_port") else ""


def _called(vios: VirtualIOServer, row: VirtualFibreChannelMapping) -> str:
    return f"adapter {row.server_adapter.name or row.server_adapter.loc_code} of Virtual I/O Server {vios.name}"
