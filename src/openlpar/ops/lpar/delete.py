"""Deleting a partition, with the virtual adapters that belong to it on either side."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.messages import general
from openlpar.messages import partition as say
from openlpar.ops.core import DeleteOperation, Evidence, Level, Step, partition_name, partition_of
from openlpar.ops.network.virtual_network import drop_unused_networks
from openlpar.ops.scsi import mappings as scsi_mappings
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.vfc import mappings as vfc_mappings
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.vnic.vnic import remove_of_partition, served_by
from openlpar.ports.file_pools import files_of, pools_of
from openlpar.ports.records import (
    AfterBoot,
    Console,
    ConsoleSession,
    ErrorEntry,
    GuestDisks,
    LinkAggregation,
    RemovedDisk,
    RmcConnection,
    ServerHistory,
    SoftwareHistory,
    UncommittedUpdate,
    ViosSettings,
)
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


class DeletePartition(DeleteOperation, name="lpar.delete", verb="delete", on=(LogicalPartition, VirtualIOServer)):
    """Removes a partition that is off."""

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.wrappers.logical_partition")

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions")

    def about(self, world: World) -> str:
        return partition_name(world, self.uuid)

    def check(self, world: World) -> None:
        partition = partition_of(world, self.uuid)
        if partition is None:
            raise general.NOT_FOUND.error(kind="Partition", name=self.uuid)
        if partition.state != PartitionState.NOT_ACTIVATED:
            raise say.MUST_BE_OFF.error(partition=partition.name, state=partition.state)
        if partition.is_mgmt_partition:
            raise say.MANAGEMENT_PARTITION.error(partition=partition.name, task="deleted")
        if isinstance(partition, VirtualIOServer):
            served: list[VirtualSCSIMapping | VirtualFibreChannelMapping] = [
                *world.all(VirtualSCSIMapping, partition.uuid),
                *world.all(VirtualFibreChannelMapping, partition.uuid),
            ]
            vnics = served_by(world, partition.uuid)
            if served or vnics:
                ids = [mapping.server_adapter.lpar_id for mapping in served] + [vnic.lpar_id for vnic in vnics]
                clients = f"partitions {', '.join(sorted(set(map(str, ids))))}"
                raise say.HAS_CLIENTS.error(vios=partition.name, count=len(ids), clients=clients)
        self.plan(world)

    def plan(self, world: World) -> None:
        """What the steps remove, for an operation that has reasons of its own to run them instead of those of ``check``.

        Without a client's checks, and whatever the Virtual I/O Server's state: the partition goes, and its mappings with it.
        """
        partition = partition_of(world, self.uuid)
        assert partition is not None
        self._scsi = ScsiPlan(removed=list(client_mappings(world, VirtualSCSIMapping, partition)))
        self._vfc = FibreChannelPlan(removed=list(client_mappings(world, VirtualFibreChannelMapping, partition)))

    def steps(self) -> Iterable[Step]:
        yield from scsi_mappings.mapping_steps(self.edges.io_server, self._scsi)
        yield from vfc_mappings.mapping_steps(self.edges.io_server, self._vfc)
        yield Step("remove its virtual adapters", self._remove_adapters)
        yield Step("tell the hypervisor", self._tell, undo=self._untell)
        yield Step("remove the partition", self._remove)

    def _partition(self, change: Change) -> BasePartition:
        partition = partition_of(change, self.uuid)
        assert partition is not None
        return partition

    def _remove_adapters(self, change: Change) -> None:
        partition = self._partition(change)
        for adapter in change.all(ClientNetworkAdapter, partition.uuid):
            change.remove(adapter)
        drop_unused_networks(change)
        remove_of_partition(change, partition.uuid)

    def _tell(self, change: Change) -> None:
        self._gone = self._partition(change)
        self.edges.hypervisor.undefine(change, self._gone)

    def _untell(self, change: Change) -> None:
        self.edges.hypervisor.define(change, self._gone)

    def _remove(self, change: Change) -> None:
        change.cancel(self.uuid)
        for kind in (
            AfterBoot,
            Console,
            ConsoleSession,
            GuestDisks,
            RmcConnection,
            ServerHistory,
            SoftwareHistory,
            UncommittedUpdate,
            ViosSettings,
        ):
            record = change.find(kind, self.uuid)
            if record is not None:
                change.remove(record)
        for kept in (*change.where(RemovedDisk, vios=self.uuid), *change.where(ErrorEntry, vios=self.uuid)):
            change.remove(kept)
        for group in change.where(LinkAggregation, vios=self.uuid):
            change.remove(group)
        for pool in list(pools_of(change, self.uuid)):
            for file in list(files_of(change, pool)):
                change.remove(file)
            change.remove(pool)
        change.remove(self._partition(change))
