"""A managed system in a hundred lines: what the real one must agree with after every operation.

It knows names, sizes, who has what, and when an operation is to be refused; nothing of adapters' numbers, devices or XML.
Sizes in MB (memory) and GB (storage). ``uuid`` and keys are those that the real system chose.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

REGION_MB = 256
TABLE_RATIO = 6


def _regions(memory_mb: int) -> int:
    """Rounded up to whole regions."""
    return -(-memory_mb // REGION_MB) * REGION_MB


@dataclass
class Partition:
    """wanted: where its last power command leads ("off", "running", "firmware"). settled: it must be there by now.
    held_mb: memory it got at its activation."""

    name: str
    desired_mb: int
    maximum_mb: int
    held_mb: int = 0
    wanted: str = "off"
    settled: bool = True
    minimum_mb = REGION_MB

    def is_size(self, memory_mb: int) -> bool:
        return self.minimum_mb <= memory_mb <= self.maximum_mb and memory_mb % REGION_MB == 0


@dataclass(frozen=True)
class Lent:
    """What a Virtual I/O Server lends to a client. kind, name: of the storage. bus: its server adapter's slot."""

    vios: str
    client: str
    kind: str
    name: str
    bus: int


@dataclass(frozen=True)
class Carried:
    """A virtual Fibre Channel adapter of a client on a port."""

    vios: str
    client: str
    port: str


@dataclass
class Model:
    """memory_mb: for partitions and page tables when none of ours runs; tables_mb: page tables of the others. disk_gb, media_gb,
    pool_gb: free space of each volume group (by Virtual I/O Server), of the media repository and of the pool at the beginning.
    slots: owner by DRC index."""

    memory_mb: int
    tables_mb: int
    disk_gb: dict[str, int]
    media_gb: int
    pool_gb: int
    ports_each: int
    slots: dict[int, str]
    partitions: dict[str, Partition] = field(default_factory=dict)
    adapters: dict[str, tuple[str, int]] = field(default_factory=dict)
    disks: dict[tuple[str, str], int] = field(default_factory=dict)
    media: dict[str, int] = field(default_factory=dict)
    units: dict[str, tuple[int, bool]] = field(default_factory=dict)
    lent: dict[str, Lent] = field(default_factory=dict)
    carried: dict[str, Carried] = field(default_factory=dict)

    # capacity

    def free_memory_mb(self, is_active: Callable[[str], bool]) -> int:
        """What is left beside the partitions that are on, with their page tables rounded up together."""
        active = [partition for uuid, partition in self.partitions.items() if is_active(uuid)]
        tables = self.tables_mb + sum(partition.maximum_mb >> TABLE_RATIO for partition in active)
        return self.memory_mb - sum(partition.held_mb for partition in active) - _regions(tables)

    def granted_mb(self, partition: Partition, free_mb: int) -> int:
        """What an activation gives it: less than desired when there is not enough; 0: not even its minimum."""
        table = _regions(max(1, partition.maximum_mb >> TABLE_RATIO))
        if partition.minimum_mb + table > free_mb:
            return 0
        return min(partition.desired_mb, (free_mb - table) // REGION_MB * REGION_MB)

    def free_disk_gb(self, vios: str) -> int:
        return self.disk_gb[vios] - sum(size for (owner, _), size in self.disks.items() if owner == vios)

    def free_media_gb(self) -> int:
        return self.media_gb - sum(self.media.values())

    def free_pool_gb(self) -> int:
        return self.pool_gb - sum(size for size, thin in self.units.values() if not thin)

    def free_ports(self, vios: str, port: str) -> int:
        return self.ports_each - sum((one.vios, one.port) == (vios, port) for one in self.carried.values())

    # rules

    def has_name(self, name: str) -> bool:
        return any(partition.name == name for partition in self.partitions.values())

    def is_lent(self, kind: str, name: str, vios: str = "") -> bool:
        return any((one.kind, one.name) == (kind, name) and vios in ("", one.vios) for one in self.lent.values())

    def can_lend(self, vios: str, client: str, kind: str, name: str) -> bool:
        """Disks and media that can be written serve one partition, the others each partition once."""
        for one in self.lent.values():
            same = (one.vios, one.kind, one.name) == (vios, kind, name)
            if same and (kind in ("disk", "medium") or one.client == client):
                return False
        return True

    def delete_partition(self, uuid: str) -> None:
        """With all that belongs to it."""
        del self.partitions[uuid]
        self.adapters = {key: one for key, one in self.adapters.items() if one[0] != uuid}
        self.lent = {key: one for key, one in self.lent.items() if one.client != uuid}
        self.carried = {key: one for key, one in self.carried.items() if one.client != uuid}
        for index, owner in self.slots.items():
            if owner == uuid:
                self.slots[index] = ""
