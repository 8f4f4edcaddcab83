"""Virtual I/O Servers as nodes of a cluster."""

from __future__ import annotations

from openlpar.messages import storage as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.shared_storage.accounts import node_vios
from openlpar.ops.storage.usage import serving
from openlpar.ports.state import Change, World
from openlpar.uom.cluster import Cluster, Node, NodeState
from openlpar.uom.virtual_io_server import VirtualIOServer


def resolved(world: World, node: Node, cluster: str) -> VirtualIOServer:
    """The Virtual I/O Server that a client names by reference, by system and partition id, or by host name alone.
    It must serve, and be in no cluster. Raises Failure."""
    found = next((vios for vios in world.all(VirtualIOServer) if _is(world, vios, node)), None)
    if found is None:
        named = node.hostname or node.lpar_name or node.vios_uri.rpartition("/")[2] or f"partition {node.lpar_id}"
        raise say.UNKNOWN_NODE.error(node=named, cluster=cluster)
    vios = serving(world, found.uuid)
    for other in world.all(Cluster):
        if any(present.vios_uri.rpartition("/")[2] == vios.uuid for present in other.nodes):
            raise say.OTHER_CLUSTER.error(vios=vios.name, cluster=other.name)
    return vios


def _is(world: World, vios: VirtualIOServer, node: Node) -> bool:
    if node.vios_uri:
        return node.vios_uri.rpartition("/")[2].upper() == vios.uuid
    if node.lpar_id and node.mtms:
        return node.lpar_id == vios.id and node.mtms.serial == managed_system(world).mtms.serial
    short = vios.hostname.partition(".")[0]  # as cluster -status shows it
    return bool(node.hostname) and node.hostname in (vios.hostname, short, vios.name, vios.rmc_ip)


def touch_servers(change: Change) -> None:
    """Which disks of a Virtual I/O Server are free follows from the pools: what was rendered of it is out of date when they
    change. Putting back the same version says so, and changes nothing else."""
    for vios in change.all(VirtualIOServer):
        change.put(vios)


def same_node(one: Node, other: Node) -> bool:
    if one.vios_uri and other.vios_uri:
        return one.vios_uri.rpartition("/")[2].upper() == other.vios_uri.rpartition("/")[2].upper()
    if one.mtms and other.mtms and one.lpar_id and other.lpar_id:
        return (one.mtms.serial, one.lpar_id) == (other.mtms.serial, other.lpar_id)
    return bool(one.hostname) and one.hostname == other.hostname


def node_of(world: World, vios: VirtualIOServer, hostname: str) -> Node:
    """A complete node entry. hostname: as the client wrote it, for a server that does not tell its own."""
    return Node(
        hostname=vios.hostname or hostname or vios.rmc_ip or vios.name,
        lpar_id=vios.id,
        mtms=managed_system(world).mtms,
        vios_level=vios.operating_system.removeprefix("VIOS").strip() or "Unknown",
        vios_uri=f"ManagedSystem/{vios.parent}/VirtualIOServer/{vios.uuid}",
        state=NodeState.UP.value,
    )


def node_name(world: World, node: Node) -> str:
    vios = node_vios(world, node)
    return vios.name if vios is not None else node.hostname
