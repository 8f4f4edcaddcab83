"""A partition that is deleted leaves nothing behind: no object or record names its UUID any more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import storage as say_storage
from openlpar.ops.belongings import belongings
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.views import shown
from openlpar.ports.records import (
    RECORDS,
    AfterBoot,
    BackingFile,
    BackupOutcome,
    Due,
    ErrorEntry,
    Fault,
    FilePool,
    GroupLayout,
    IscsiSession,
    Job,
    LicenceKeys,
    LinkAggregation,
    Logins,
    Maintenance,
    RemovedDisk,
    ServerHistory,
    UncommittedUpdate,
    ViosSettings,
)
from openlpar.uom.catalogue import element_types
from openlpar.uom.cluster import Cluster
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.network_bridge import NetworkBridge
from openlpar.uom.partition import PartitionState
from openlpar.uom.plain import to_plain
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VolumeGroup
from openlpar.vios.padmin.files import Home
from tests.closing.gannet import Gannet


@pytest.fixture
def house(tmp_path: Path) -> Gannet:
    return Gannet(tmp_path / "data")


def naming(house: Gannet, uuid: str) -> list[str]:
    """What there is with this text in its identity or contents. History may name what is gone: finished jobs."""
    found = [
        f"{kind.__name__} {one.uuid}"
        for kind in element_types.values()
        for one in house.state.all(kind)
        if uuid in f"{one.uuid} {one.parent} {to_plain(one)}"
    ]
    found += [
        f"{record.__name__} {one.uuid}"
        for record in RECORDS
        for one in house.state.all(record)
        if record is not Job and uuid in repr(one)
    ]
    return found


def _off_without_clients(house: Gannet, vios: VirtualIOServer) -> None:
    with house.engine.alter() as change:
        for kind in (VirtualSCSIMapping, VirtualFibreChannelMapping):
            for mapping in change.all(kind, vios.uuid):
                change.remove(mapping)
        change.put(change.get(VirtualIOServer, vios.uuid).evolve(state=PartitionState.NOT_ACTIVATED.value))


def _records(vios: str, group: str) -> Iterator[Any]:
    yield FilePool(uuid="p", vios=vios, group=group, name="files", size_mb=64)
    yield BackingFile(uuid="f", pool="p", name="disk1", size_mb=1)
    yield GroupLayout(uuid=group, partition_mb=64, volumes={})
    yield LinkAggregation(uuid=f"{vios}/ent9", vios=vios, name="ent9", mode="8023ad", ports=())
    yield RemovedDisk(uuid="d", vios=vios, disk={})
    yield UncommittedUpdate(uuid=vios, previous="3.1.2.10")
    yield ErrorEntry(uuid=f"{vios}/1", vios=vios, number=1, at=1, label="REBOOT_ID", resource="SYSPROC")
    yield ServerHistory(uuid=vios, logged=1)
    yield ViosSettings(uuid=vios, texts={"motd": "hello"})
    yield Logins(uuid=vios, passwords={"padmin": "hash"})
    yield Maintenance(uuid=vios, phase="out of service")
    yield BackupOutcome(uuid=vios, subject="vios2", failed=1)
    yield IscsiSession(uuid="i", vios=vios, iqn="iqn.x", portal="192.0.2.1:3260", interface="en0")
    yield Due(uuid="due", at=1, what="hypervisor", subject=vios)
    yield AfterBoot(uuid=vios, what="hypervisor", delay_ms=1)


def test_of_a_virtual_io_server(house: Gannet) -> None:
    vios = house.partition("vios2")
    group = next(house.state.all(VolumeGroup, vios.uuid))
    _off_without_clients(house, vios)
    records = list(_records(vios.uuid, group.uuid))
    with house.engine.alter() as change:
        for record in records:
            change.put(record)
    assert naming(house, vios.uuid)
    assert naming(house, group.uuid)
    owned = belongings(house.state, vios.uuid)
    assert all(record in owned for record in records)
    house.do(DeletePartition(vios.uuid))
    assert not naming(house, vios.uuid)
    assert not naming(house, group.uuid)
    for record in records:
        assert house.state.find(type(record), record.uuid) is None
    bridge, cluster = house.only(NetworkBridge), house.only(Cluster)
    assert len(bridge.seas) == len(cluster.nodes) == 1
    seen = shown(house.state, next(house.state.all(ManagedSystem)))
    assert vios.uuid not in str(to_plain(seen)), "its slots can be given to others"


async def test_another_server_of_its_id_finds_none_of_its_files(house: Gannet, tmp_path: Path) -> None:
    await house.engine.start()
    vios = house.partition("vios2")
    _off_without_clients(house, vios)
    files = tmp_path / "data" / "vios"
    house.vios.write_file(vios, "cfgbackups/mine.tar.gz", b"backup")
    (files / "logs").mkdir(exist_ok=True)
    (files / "logs" / f"{vios.id}.trc").write_text("lsmap -all")
    kept = files / f"{vios.id}0"
    kept.mkdir()
    assert house.vios.read_file(vios, "cfgbackups/mine.tar.gz") == b"backup"
    house.engine.put_record(Fault(uuid="f", effect="fail", operation="lpar.delete", step="remove the partition"))
    assert house.refusal(DeletePartition(vios.uuid)) is not None
    assert house.vios.read_file(vios, "cfgbackups/mine.tar.gz") == b"backup", "it is not deleted"
    house.engine.remove_record(house.state.get(Fault, "f"))
    house.do(DeletePartition(vios.uuid))
    await house.engine.settled()
    await house.engine.stop()
    assert sorted(files.rglob("*")) == [kept, files / "logs"]


def test_a_start_removes_the_files_of_servers_that_are_no_more(house: Gannet, tmp_path: Path) -> None:
    """A crash between the commit and their removal leaves them."""
    files = tmp_path / "data" / "vios"
    kept = house.partition("vios1").id
    (files / "logs").mkdir(parents=True)
    for vios in (kept, 77):
        for place in Home(files / str(vios)).places:
            place.mkdir()
            (place / "file").write_text("content")
        (files / "logs" / f"{vios}.trc").write_text("lsmap -all")
    (files / "77-notes").write_text("somebody's own")
    house.vios.sweep(house.state)
    left = {place.name for place in (*files.iterdir(), *(files / "logs").iterdir())}
    assert left == {str(kept), f"{kept}-mnt", f"{kept}-cd0", "logs", f"{kept}.trc", "77-notes"}


def test_the_last_node_of_a_cluster_stays(house: Gannet) -> None:
    first, second = house.partition("vios1"), house.partition("vios2")
    _off_without_clients(house, second)
    house.do(DeletePartition(second.uuid))
    _off_without_clients(house, first)
    refused = house.refusal(DeletePartition(first.uuid))
    assert refused is not None
    assert refused.message is say_storage.LAST_NODE
    assert first.name in str(refused)


def test_the_last_server_takes_the_bridge_with_it(house: Gannet) -> None:
    with house.engine.alter() as change:
        for cluster in change.all(Cluster):
            change.remove(cluster)
    for name in ("vios1", "vios2"):
        vios = house.partition(name)
        _off_without_clients(house, vios)
        house.do(DeletePartition(vios.uuid))
        assert not naming(house, vios.uuid)
    assert not house.state.count(NetworkBridge)


def test_of_a_logical_partition(house: Gannet) -> None:
    made = house.lpar("vm1")
    with house.engine.alter() as change:
        change.put(LicenceKeys(uuid=made.uuid, keys=("key",)))
    house.do(DeletePartition(made.uuid))
    assert house.state.find(LogicalPartition, made.uuid) is None
    assert not naming(house, made.uuid)


def test_what_goes_with_what_is_declared_by_a_field_of_the_record() -> None:
    for kind in RECORDS:
        assert kind.goes_with == "" or kind.goes_with in kind.__dataclass_fields__, kind
