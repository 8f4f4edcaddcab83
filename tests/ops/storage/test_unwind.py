"""Whatever step of an operation fails, the world is as before; and many operations in a row keep the accounts right."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from openlpar.messages import Failure, general
from openlpar.ops.core import Operation
from openlpar.ops.shared_storage.cluster_create import CreateCluster
from openlpar.ops.storage.import_disk_image import ImportDiskImage
from openlpar.ops.storage.import_media import ImportMedia
from openlpar.ops.storage.media_rename import RenameMedia
from openlpar.ops.storage.sizes import gigabytes, taken_mb
from openlpar.ports.pool_space import taken_gb
from openlpar.ports.records import Fault
from openlpar.uom.cluster import Cluster, Node, RepositoryDisk
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VirtualDisk, VirtualOpticalMedia, VolumeGroup
from tests.ops.small_system import SYSTEM, digest
from tests.ops.storage.conftest import CLUSTER, DATAVG, TIER, VIOS1, Stored, request

VIOS3 = "AAAAAAAA-0000-4000-8000-00000000000A"


def _full_update(stored: Stored) -> Operation:
    """A disk grows, two are made, media come and go, the repository and the group grow."""
    group = stored.group()
    disks = [group.virtual_disks[0].evolve(capacity=Decimal(11))]
    disks += [VirtualDisk(name=name, capacity=Decimal(1)) for name in ("new1", "new2")]
    media = (VirtualOpticalMedia(name="blank", size=Decimal("0.1")),)
    repository = group.vmedia_repos[0].evolve(size=Decimal(3), optical_media=media)
    volumes = [*group.phys_vols, PhysicalVolume(name="hdisk4")]
    return request("update", group.evolve(virtual_disks=disks, vmedia_repos=[repository], phys_vols=volumes))


def _shrinking(stored: Stored) -> Operation:
    return request("update", stored.group().evolve(virtual_disks=(), vmedia_repos=()))


def _new_group(stored: Stored) -> Operation:
    disks = [VirtualDisk(name="new", capacity=Decimal(1))]
    volumes = [PhysicalVolume(name="hdisk4")]
    return request("create", VolumeGroup(parent=VIOS1, name="vg2", phys_vols=volumes, virtual_disks=disks))


def _new_cluster(stored: Stored) -> Operation:
    repository = RepositoryDisk(repos_pv=PhysicalVolume(name="hdisk4"))
    pool = SharedStoragePool(name="p2", physical_volumes=[PhysicalVolume(name="hdisk5")])
    return CreateCluster(Cluster(name="c2", repository_disk=repository, nodes=[Node(hostname="vios3")]), pool)


def _pool_update(stored: Stored) -> Operation:
    pool = stored.pool()
    kept = [unit.evolve(capacity=unit.capacity + 1) for unit in pool.logical_units if unit.name == "kept"]
    new = [LogicalUnit(name=name, capacity=Decimal(1), is_thin=False) for name in ("n1", "n2")]
    return request("update", pool.evolve(name="renamed", logical_units=[*kept, *new]))


CASES: dict[str, Callable[[Stored], Operation]] = {
    "volume_group.create": _new_group,
    "volume_group.update": _full_update,
    "volume_group.update, deleting": _shrinking,
    "volume_group.delete": lambda s: request("delete", s.group("spare")),
    "storage.import_media": lambda s: ImportMedia(VIOS1, "new.iso", 1024, "upload"),
    "volume_group.rename_media": lambda s: RenameMedia(DATAVG, "old.iso", "new.iso"),
    "storage.import_disk_image": lambda s: ImportDiskImage(VIOS1, "image", 1024, "upload", s.disk("old").udid),
    "logical_unit.create": lambda s: request("create", LogicalUnit(parent=TIER, name="lu", capacity=Decimal(1))),
    "logical_unit.update": lambda s: request("update", s.unit("kept").evolve(capacity=Decimal(5), name="other")),
    "logical_unit.delete": lambda s: request("delete", s.unit("kept")),
    "shared_storage_pool.update": _pool_update,
    "tier.update": lambda s: request("update", s.state.get(Tier, TIER).evolve(name="FAST")),
    "cluster.create": _new_cluster,
    "cluster.update": lambda s: request(
        "update", s.state.get(Cluster, CLUSTER).evolve(nodes=s.state.get(Cluster, CLUSTER).nodes[:1])
    ),
    "cluster.delete": lambda s: request("delete", s.state.get(Cluster, "spare")),
}


@pytest.fixture
async def prepared(stored: Stored) -> Stored:
    """With a third server that is in no cluster, an empty group, a cluster without units, and two units in the pool."""
    serving = {"parent": SYSTEM.uuid, "state": "running", "rmc_state": "active"}
    with stored.engine.alter() as change:
        change.put(VirtualIOServer(uuid=VIOS3, id=5, name="vios3", **serving))
        for number in (4, 5):
            volume = next(v for v in change.all(PhysicalVolume, VIOS1) if v.name == f"hdisk{number}")
            change.put(volume.evolve(uuid=f"vios3-{number}", parent=VIOS3))
        change.put(VolumeGroup(uuid="spare", parent=VIOS1, name="spare", virtual_disks=(), vmedia_repos=()))
        change.put(SharedStoragePool(uuid="spare", name="spare"))
        change.put(Cluster(uuid="spare", name="spare", ssp_uri="SharedStoragePool/spare"))
    for name, thin in (("kept", False), ("gone", True)):
        await stored.run(request("create", LogicalUnit(parent=TIER, name=name, capacity=Decimal(2), is_thin=thin)))
    return stored


@pytest.mark.parametrize("case", CASES)
async def test_a_failure_in_any_step_leaves_nothing_behind(prepared: Stored, case: str) -> None:
    """Step after step fails, until the operation gets through."""
    before, devices = digest(prepared.engine), set(prepared.devices.devices)
    operation = CASES[case](prepared)
    assert operation.name == case.partition(",")[0]
    for steps in range(20):
        rule = Fault(uuid="rule", effect="fail", operation=operation.name, step="?*", after=steps, times=1)
        prepared.engine.put_record(rule)
        try:
            await prepared.run(CASES[case](prepared))
        except Failure as failure:
            assert failure.message is general.INJECTED
        else:
            break
        assert digest(prepared.engine) == before, f"step {steps}"
        assert prepared.devices.devices == devices, f"step {steps}"
    assert 1 <= steps < 20
    if case != "storage.import_disk_image":
        assert digest(prepared.engine) != before


@pytest.mark.parametrize(
    ("case", "method"),
    [
        ("volume_group.create", "create_disk"),
        ("volume_group.update", "create_media"),
        ("volume_group.rename_media", "link_media"),
        ("shared_storage_pool.update", "create_unit"),
    ],
)
async def test_a_device_that_fails_leaves_nothing_behind(prepared: Stored, case: str, method: str) -> None:
    before, devices = digest(prepared.engine), set(prepared.devices.devices)
    prepared.devices.refusing = method
    with pytest.raises(Failure) as caught:
        await prepared.run(CASES[case](prepared))
    assert caught.value.message is general.INTERNAL
    assert digest(prepared.engine) == before
    assert prepared.devices.devices == devices


def _random_change(stored: Stored, number: int) -> Operation:
    entropy: Any = stored.engine.entropy
    group, pool = stored.group(), stored.pool()
    size = Decimal(entropy.between(1, 15_000)) / 1000
    disk = VirtualDisk(name=f"d{number}", capacity=size)
    unit = LogicalUnit(parent=TIER, name=f"u{number}", capacity=size, is_thin=entropy.chance(0.5))
    grown = [present.evolve(capacity=present.capacity + Decimal("0.3")) for present in pool.logical_units]
    changes = [
        request("update", group.evolve(virtual_disks=[*group.virtual_disks, disk])),
        request("update", group.evolve(virtual_disks=group.virtual_disks[1:])),
        request("create", unit),
        request("update", pool.evolve(logical_units=pool.logical_units[1:])),
        request("update", pool.evolve(logical_units=grown)),
    ]
    chosen: int = entropy.between(0, 4)
    return changes[chosen]


async def test_accounts_stay_right(prepared: Stored) -> None:
    """After many random changes, granted or refused, what is free is what is not taken."""
    refused = 0
    for number in range(150):
        try:
            await prepared.run(_random_change(prepared, number))
        except Failure:
            refused += 1
        group, pool = prepared.group(), prepared.pool()
        assert group.free_space == group.capacity - gigabytes(taken_mb(group, 64)) >= 0
        assert (
            pool.free_space == pool.capacity - sum(taken_gb(prepared.state, unit) for unit in pool.logical_units) >= 0
        )
        assert pool.total_lu_size == sum(unit.capacity for unit in pool.logical_units)
    assert 0 < refused < 100
