"""cluster: the cluster that this Virtual I/O Server is a node of."""

from __future__ import annotations

from collections.abc import Iterator

from openlpar.uom.cluster import Cluster as ClusterElement
from openlpar.uom.cluster import Node, NodeState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.vios.padmin import changes
from openlpar.vios.padmin.command import Command
from openlpar.vios.padmin.layout import Column, Row, delimited, line, picked
from openlpar.vios.padmin.options import Flag, Value, Values, form, may
from openlpar.vios.padmin.refusal import Refusal, Status, no_such
from openlpar.vios.padmin.server import bare_id, machine

_CLUSTER = (Column("CLUSTER_NAME", "Cluster Name", 21), Column("CLUSTER_STATE", "State", 10))
_NODE = (
    Column("NODE_NAME", "Node Name", 17, gap=4),
    Column("NODE_MTM", "MTM", 19),
    Column("NODE_PARTITION_NUM", "Partition Num", 15),
    Column("NODE_STATE", "State", 7),
    Column("NODE_POOL_STATE", "Pool State", 10),
)
_STATES = {NodeState.UP.value: "OK", NodeState.DOWN.value: "DOWN", NodeState.UNKNOWN.value: "UNKNOWN"}


class Cluster(Command, name="cluster", group="Shared Storage Pool"):
    """Manages and displays a cluster."""

    show = Flag("-list", "the clusters")
    state = Flag("-status", "the state of the cluster and its nodes")
    make = Flag("-create", "a new cluster")
    add = Flag("-addnode", "takes in a node")
    remove_ = Flag("-rmnode", "lets a node go")
    drop = Flag("-remove", "removes the cluster")
    clustername = Value("-clustername", "ClusterName", "the cluster; may be left out, there is only one")
    hostname = Value("-hostname", "HostName", "a node")
    repopvs = Values("-repopvs", "PhysicalVolume", "the repository disk")
    spname = Value("-spname", "StoragePool", "name of the pool")
    sppvs = Values("-sppvs", "PhysicalVolume", "disks of the pool")
    force = Flag("-f", "without asking")
    verbose = Flag("-verbose", "everything about each node")
    field = Values("-field", "FieldName", "fields to print, in this order")
    fmt = Value("-fmt", "Delimiter", "print fields with this character between them")

    @form(show, may(field), may(fmt))
    def list_all(self) -> Iterator[str]:
        cluster = self.server.cluster()
        if cluster is None:
            return
        columns = (Column("CLUSTER_NAME", "CLUSTER_NAME", 0), Column("CLUSTER_ID", "CLUSTER_ID", 0))
        row = {"CLUSTER_NAME": cluster.name, "CLUSTER_ID": bare_id(cluster.id)}
        chosen = picked(columns, self.field)
        if self.fmt:
            yield delimited([row[column.name] for column in chosen], self.fmt)
            return
        for column in chosen:
            yield f"{column.heading + ':':<17}{row[column.name]}"

    @form(state, may(clustername), may(verbose), may(field), may(fmt))
    def status(self) -> Iterator[str]:
        cluster = self.server.the_cluster(self.clustername)
        nodes = [self._row(node) for node in cluster.nodes]
        own = {"CLUSTER_NAME": cluster.name, "CLUSTER_STATE": _state([node["NODE_STATE"] for node in nodes])}
        chosen = picked((*_CLUSTER, *_NODE), self.field)
        if self.fmt:
            for node in nodes:
                yield delimited([{**own, **node}[column.name] for column in chosen], self.fmt)
        elif self.verbose:
            yield from _verbose(cluster, own, nodes)
        else:
            yield from _table([column for column in chosen if column in _CLUSTER], [own])
            if any(column in _NODE for column in chosen):
                yield ""
            yield from _table([column for column in chosen if column in _NODE], nodes)

    def _row(self, node: Node) -> Row:
        """A node of this system is as its partition is; of another one only the cluster knows."""
        vios = self.server.change.find(VirtualIOServer, node.vios_uri.rpartition("/")[2])
        state = _STATES.get(node.state, "OK")
        if vios is not None:
            state = "OK" if vios.state == "running" else "DOWN"
        return {
            "NODE_NAME": node.hostname.partition(".")[0] or (vios.name if vios else ""),
            "NODE_MTM": machine(node.mtms if node.mtms else self.server.system.mtms),
            "NODE_PARTITION_NUM": str(node.lpar_id or (vios.id if vios else 0)),
            "NODE_STATE": state,
            "NODE_POOL_STATE": state,
            "NODE_UPGRADE_STATUS": "ON_LEVEL",
            "NODE_LEVEL": node.vios_level,
        }

    @form(make, clustername, repopvs, spname, sppvs, may(hostname))
    def create(self) -> Iterator[str]:
        if self.hostname and self.hostname not in (self.server.host, self.server.vios.name):
            raise Refusal(Status.SYNTAX, f'The first node is this server: "{self.server.host}", not "{self.hostname}".')
        changes.create_cluster(self.server, self.clustername, self.spname, self.repopvs, self.sppvs)
        yield f"Cluster {self.clustername} has been created successfully."

    @form(add, may(clustername), hostname)
    def add_node(self) -> Iterator[str]:
        cluster = self.server.the_cluster(self.clustername)
        nodes = (*cluster.nodes, Node(hostname=self.hostname))
        self.server.operator.update(cluster.evolve(nodes=nodes))
        yield f"Partition {self.hostname} has been added to the {cluster.name} cluster."

    @form(remove_, may(force), may(clustername), hostname)
    def remove_node(self) -> Iterator[str]:
        cluster = self.server.the_cluster(self.clustername)
        names = {self.hostname, self.hostname.partition(".")[0]}
        left = tuple(node for node in cluster.nodes if not names & self._names(node))
        if len(left) == len(cluster.nodes):
            raise no_such(f"Node of cluster {cluster.name}", self.hostname, "cluster -status lists the nodes.")
        self.server.operator.update(cluster.evolve(nodes=left))
        yield f"Partition {self.hostname} has been removed from the {cluster.name} cluster."

    def _names(self, node: Node) -> set[str]:
        vios = self.server.change.find(VirtualIOServer, node.vios_uri.rpartition("/")[2])
        return {node.hostname, node.hostname.partition(".")[0], vios.name if vios else ""} - {""}

    @form(drop, may(force), may(clustername))
    def remove(self) -> Iterator[str]:
        cluster = self.server.the_cluster(self.clustername)
        self.server.operator.delete(cluster)
        yield f"Cluster {cluster.name} has been removed successfully."


def _state(nodes: list[str]) -> str:
    """Of a cluster by its nodes': without half of them it has no quorum, and its pool cannot be changed."""
    if 2 * nodes.count("DOWN") > len(nodes):
        return "DOWN"
    return "OK" if set(nodes) == {"OK"} else "DEGRADED"


def _table(columns: list[Column], rows: list[Row]) -> Iterator[str]:
    if columns:
        yield line(columns, {column.name: column.heading for column in columns})
        yield from (line(columns, row) for row in rows)


def _verbose(cluster: ClusterElement, own: Row, nodes: list[Row]) -> Iterator[str]:
    width = 25
    yield f"{'Cluster Name:':<{width}}{own['CLUSTER_NAME']}"
    yield f"{'Cluster Id:':<{width}}{bare_id(cluster.id)}"
    yield f"{'Cluster State:':<{width}}{own['CLUSTER_STATE']}"
    yield f"{'Number of Nodes:':<{width}}{len(nodes)}"
    labels = (
        ("Node Name", "NODE_NAME"),
        ("Node MTM", "NODE_MTM"),
        ("Node Partition Num", "NODE_PARTITION_NUM"),
        ("Node State", "NODE_STATE"),
        ("Node Upgrade Status", "NODE_UPGRADE_STATUS"),
        ("Node Level", "NODE_LEVEL"),
        ("Pool State", "NODE_POOL_STATE"),
    )
    for node in nodes:
        yield ""
        for label, name in labels:
            yield f"    {label + ':':<{width}}{node[name]}"
