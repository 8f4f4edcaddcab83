"""Search: ``{Root}/search/(Key=='value')`` (rest-contract 2.8)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from openlpar.faces.novalink.address import Address
from openlpar.messages import rest as say
from openlpar.ops import views
from openlpar.ports.state import World
from openlpar.uom.cluster import Cluster
from openlpar.uom.core import BadValue, Element, Field
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_io_server import VirtualIOServer

KEYS: dict[type[Element], tuple[str, ...]] = {
    LogicalPartition: ("PartitionName", "PartitionID"),
    VirtualIOServer: ("PartitionName", "PartitionID"),
    Cluster: ("ClusterName",),
    SharedStoragePool: ("StoragePoolName",),
}
_EXPRESSION = re.compile(r"^\((\w+)(==|!=)(?:'(.*)'|([^']*))\)$", re.DOTALL)


def matching(world: World, address: Address) -> Iterator[Element]:
    """The objects that the expression selects. Raises Failure for a key that the type cannot be searched by."""
    kind = address.kind
    keys = KEYS.get(kind, ())
    parsed = _EXPRESSION.match(unquote(address.argument))
    if parsed is None or parsed[1] not in keys:
        key = parsed[1] if parsed else address.argument
        raise say.BAD_SEARCH.error(kind=kind.tag, key=key, keys=", ".join(keys) or "none")
    key, operator, quoted, bare = parsed.groups()
    field: Field[object] = kind.by_tag[key]
    try:
        wanted = field.parse(quoted if quoted is not None else bare)
    except BadValue:
        return iter(()) if operator == "==" else views.unshown(world, kind)
    if operator == "==":
        return world.where(kind, **{field.name: wanted})
    return (found for found in views.unshown(world, kind) if getattr(found, field.name) != wanted)
