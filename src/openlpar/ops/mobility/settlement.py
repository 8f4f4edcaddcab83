"""The steps that make a partition, with all that belongs to it, at the place that was planned for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Edges, Step
from openlpar.ops.mobility.place import Place
from openlpar.ops.network.virtual_network import realise_networks
from openlpar.ops.scsi import mappings as scsi_mappings
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.shared_storage.learning import learn_unit
from openlpar.ops.system.serial_number import made_number
from openlpar.ops.vfc import mappings as vfc_mappings
from openlpar.ports.state import Change
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


class Settlement:
    """define: puts the partition, in the state that is wanted, and what is to be remembered with it; returns it.

    units: logical units that became known with it, after the first step.
    """

    def __init__(self, edges: Edges, place: Place, define: Callable[[Change], LogicalPartition]) -> None:
        self.units: tuple[LogicalUnit, ...] = ()
        self._edges, self._place, self._make = edges, place, define

    def steps(self) -> Iterable[Step]:
        yield Step("learn of its logical units", self._learn)
        yield Step("define the partition", self._define)
        if self._place.partition.virtual_serial_number:
            yield Step("let its virtual serial number come along", self._number)
        yield Step("tell the hypervisor", self._tell, undo=self._untell)
        yield Step("add its adapters", self._add_adapters)
        for disks in self._place.disks:
            yield from scsi_mappings.mapping_steps(self._edges.io_server, disks)
        for channels in self._place.channels:
            yield from vfc_mappings.mapping_steps(self._edges.io_server, channels)

    def _learn(self, change: Change) -> None:
        new = []
        for unit in self._place.units:
            element = unit.element
            if not list(change.where(LogicalUnit, udid=element.udid)):
                element = _with_free_uuid(change, element)
                new.append(element)
            learn_unit(change, element, unit.written_kb)
        self.units = tuple(new)

    def _define(self, change: Change) -> None:
        self._partition = self._make(change)

    def _number(self, change: Change) -> None:
        number = self._place.partition.virtual_serial_number
        change.put(made_number(managed_system(change).uuid, number, self._place.auto_assign))

    def _tell(self, change: Change) -> None:
        self._edges.hypervisor.define(change, self._partition)

    def _untell(self, change: Change) -> None:
        self._edges.hypervisor.undefine(change, self._partition)

    def _add_adapters(self, change: Change) -> None:
        for adapter in self._place.adapters:
            if change.find(ClientNetworkAdapter, adapter.uuid) is not None:
                adapter = adapter.evolve(uuid=change.entropy.uuid())
            change.put(adapter)
            realise_networks(change, adapter)


def _with_free_uuid(change: Change, unit: LogicalUnit) -> LogicalUnit:
    return unit if change.find(LogicalUnit, unit.uuid) is None else unit.evolve(uuid=change.entropy.uuid())


def claim_units(change: Change, partition: LogicalPartition) -> None:
    """The logical units that it uses are in use here, and not by another system."""
    used = {mapping.storage_udid for mapping in client_mappings(change, VirtualSCSIMapping, partition)}
    for unit in list(change.all(LogicalUnit)):
        if unit.in_use and unit.udid in used:
            change.put(unit.evolve(in_use=False))
