"""Finding one partition, be it a logical partition or a Virtual I/O Server, without reading it whole."""

from __future__ import annotations

from typing import Any, NamedTuple

from openlpar.client.connection import Connection
from openlpar.client.errors import NotFound
from openlpar.messages import general
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.virtual_io_server import VirtualIOServer


class Found(NamedTuple):
    """kind: ``LogicalPartition`` or ``VirtualIOServer``, which with the uuid makes its path. env: its PartitionType."""

    kind: str
    uuid: str
    id: int
    name: str
    env: str

    @property
    def path(self) -> str:
        return f"{self.kind}/{self.uuid}"


def find(connection: Connection, *, name: str = "", id: int = 0) -> Found:
    """The partition with this name, or with this id. Raises Failure NOT_FOUND."""
    kinds: tuple[type[Any], ...] = (LogicalPartition, VirtualIOServer)
    key, value = ("PartitionName", name) if name else ("PartitionID", str(id))
    for kind in kinds:
        try:
            entries = connection.search(kind, key, value)
        except NotFound:
            continue
        for entry in entries:
            partition = entry.element
            return Found(kind.tag, partition.uuid, partition.id, partition.name, partition.env)
    raise general.NOT_FOUND.error(kind="Partition", name=name or f"with id {id}")
