"""Deleting a partition, with the virtual adapters that belong to it on either side."""

from __future__ import annotations

from collections.abc import Iterable

from openlpar.messages import general
from openlpar.messages import partition as say
from openlpar.messages import storage as say_storage
from openlpar.ops.belongings import remove_with_belongings
from openlpar.ops.core import DeleteOperation, Evidence, Level, Step, partition_name, partition_of
from openlpar.ops.io_slot.assignment import release_slots
from openlpar.ops.network.bridge_plan import FOLLOWS_FROM_TRUNKS
from openlpar.ops.network.virtual_network import drop_unused_networks
from openlpar.ops.scsi import mappings as scsi_mappings
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.slots import client_mappings
from openlpar.ops.shared_storage.nodes import touch_servers
from openlpar.ops.vfc import mappings as vfc_mappings
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.vnic.vnic import remove_of_partition, served_by
from openlpar.ports.state import Change, World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.cluster import Cluster, Node
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.network_bridge import NetworkBridge, vios_uuid
from openlpar.uom.partition import BasePartition, PartitionState
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping


def _is_node(node: Node, vios: VirtualIOServer) -> bool:
    return node.vios_uri.rpartition("/")[2] == vios.uuid


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
            self._check_clusters(world, partition)
            if served or vnics:
                ids = [mapping.server_adapter.lpar_id for mapping in served] + [vnic.lpar_id for vnic in vnics]
                clients = f"partitions {', '.join(sorted(set(map(str, ids))))}"
                raise say.HAS_CLIENTS.error(vios=partition.name, count=len(ids), clients=clients)
        self.plan(world)

    @staticmethod
    def _check_clusters(world: World, vios: VirtualIOServer) -> None:
        """A pool is reached by its nodes only."""
        for cluster in world.all(Cluster):
            if cluster.nodes and all(_is_node(node, vios) for node in cluster.nodes):
                raise say_storage.LAST_NODE.error(vios=vios.name, cluster=cluster.name)

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
        yield Step("take it out of slots, network bridges and clusters", self._leave)
        yield Step("remove its virtual adapters", self._remove_adapters)
        yield Step("tell the hypervisor", self._tell, undo=self._untell)
        yield Step("remove the partition", self._remove)

    def _partition(self, change: Change) -> BasePartition:
        partition = partition_of(change, self.uuid)
        assert partition is not None
        return partition

    def _leave(self, change: Change) -> None:
        partition = self._partition(change)
        release_slots(change, partition.uuid)
        if not isinstance(partition, VirtualIOServer):
            return
        for bridge in change.all(NetworkBridge):
            seas = [sea for sea in bridge.seas if vios_uuid(sea) != partition.uuid]
            if not seas:
                change.remove(bridge)
            elif len(seas) < len(bridge.seas):
                change.put(bridge.evolve(seas=seas, **FOLLOWS_FROM_TRUNKS))
        for cluster in change.all(Cluster):
            nodes = [node for node in cluster.nodes if not _is_node(node, partition)]
            if len(nodes) < len(cluster.nodes):
                change.put(cluster.evolve(nodes=nodes))
                touch_servers(change)

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
        partition = self._partition(change)
        if isinstance(partition, VirtualIOServer):
            self.edges.io_server.delete_files(change, partition)
        remove_with_belongings(change, partition)
