"""Clusters of Virtual I/O Servers that share a storage pool."""

from __future__ import annotations

from enum import StrEnum

from openlpar.uom.core import Child, Collection, Element, Enum, Href, Int, Text
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.volume_group import PhysicalVolume


class NodeState(StrEnum):
    """Whether a node takes part in its cluster."""

    UP = "Up"
    DOWN = "Down"
    UNKNOWN = "Unknown"


class RepositoryDisk(Element, schema="V1_2_0"):
    """The disk on which the cluster keeps its own state."""

    repos_pv = Child("PhysicalVolume", PhysicalVolume)


class Node(Element, schema="V1_2_0"):
    """A Virtual I/O Server as member of a cluster."""

    hostname = Text("HostName", access="CUD")
    lpar_id = Int("PartitionID", access="CUD")
    lpar_name = Text("PartitionName", recorded=False)
    mtms = Child("MachineTypeModelAndSerialNumber", MachineTypeModelAndSerialNumber, access="CUD")
    vios_level = Text("VirtualIOServerLevel", access="CUD")
    vios_uri = Href("VirtualIOServer", access="CUD")
    ip_address = Text("IPAddress", recorded=False)
    state = Enum("State", NodeState, access="ROR", since="V1_3_0")


class Cluster(Element, metadata="id", schema="V1_2_0"):
    """Virtual I/O Servers that share a storage pool. ``Cluster``."""

    name = Text("ClusterName", access="COR")
    id = Text("ClusterID", access="CUD")
    repository_disk = Child("RepositoryDisk", RepositoryDisk, flat=True, access="CUD")
    ssp_uri = Href("ClusterSharedStoragePool", access="CUD")
    nodes = Collection("Node", Node, access="CUD")
    capabilities = Text("ClusterCapabilities", recorded=False)
