"""File storage pools, their files and second copies: as they are written by hand, and as a dump has them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.chance import SeededEntropy
from openlpar.engine.clock import SimulationClock
from openlpar.messages import Failure, general
from openlpar.messages import inventory as say
from openlpar.messages import storage as say_storage
from openlpar.ops.inventory import local_storage
from openlpar.ops.inventory.complete import complete
from openlpar.ports.file_pools import free_mb
from openlpar.ports.group_layouts import layout_of
from openlpar.ports.records import BackingFile, ExportedGroup, FilePool, GroupLayout
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.wire import inventory
from tests.ops.small_system import open_system

SERVER = """
openlpar: 1
VirtualIOServer:
- {name: vios1, state: running}
PhysicalVolume:
- {parent: vios1, name: hdisk0, capacity: 10240}
- {parent: vios1, name: hdisk1, capacity: 10240}
VolumeGroup:
- parent: vios1
  name: datavg
  phys_vols: [{name: hdisk0}, {name: hdisk1}]
  virtual_disks: [{name: disk1, capacity: 2}, {name: disk2, capacity: 1}]
"""
STORED = """
local_storage:
  file_pools:
  - {vios: vios1, group: datavg, name: files, size_gb: 3}
  files:
  - {vios: vios1, pool: files, name: a, size_gb: 1.5}
  - {vios: vios1, pool: files, name: b, size_gb: 0.5}
  copies:
  - {vios: vios1, group: datavg, volume: disk1, disks: [hdisk1]}
  - {vios: vios1, group: datavg, volume: files}
"""


def _installed(folder: Path, text: str) -> Any:
    """The state that a service makes of a file."""
    described = inventory.load(text, "file")
    clock = SimulationClock("stepped", lambda: 1.7e9, lambda: 0.0)
    objects = complete(described.elements, clock, SeededEntropy(1), exact=described.exact, place=described.place)
    engine, _ = open_system(folder, "stepped", *objects)
    with engine.alter() as change:
        local_storage.install(
            change,
            described.local_storage,
            lambda path: described.place(None, ("local_storage", *path)),
            exact=described.exact,
        )
    return engine.state


def _dumped(state: Any) -> str:
    objects = [obj for kind in inventory.KINDS.values() for obj in state.all(kind) if obj.uuid[:3] != "5a7"]
    objects += local_storage.unlisted(state)
    return inventory.dump(objects, local_storage=local_storage.described(state))


def test_what_is_written_by_hand(tmp_path: Path) -> None:
    plain = next(_installed(tmp_path / "plain", SERVER).all(VolumeGroup))
    state = _installed(tmp_path / "stored", SERVER + STORED)
    group = next(state.all(VolumeGroup))
    pool = next(state.all(FilePool))
    assert (pool.name, pool.size_mb, free_mb(state, pool)) == ("files", 3072, 1024)
    assert {file.name: file.size_mb for file in state.all(BackingFile)} == {"a": 1536, "b": 512}
    assert layout_of(state, group).copies() == {"disk1": 2, "disk2": 1, "files": 2}
    assert group.free_space == plain.free_space - Decimal(3) - Decimal(2) - Decimal(3)


def test_a_dump_has_it_all(tmp_path: Path) -> None:
    state = _installed(tmp_path / "first", SERVER + STORED)
    kept = next(state.all(GroupLayout))
    one, *others = kept.volumes["disk1"]
    stale = tuple(type(run)(run.disk, run.first, run.count, stale=True) for run in others[0])
    with_stale = GroupLayout(
        uuid=kept.uuid, partition_mb=kept.partition_mb, volumes={**kept.volumes, "disk1": (one, stale)}
    )
    state.swap(GroupLayout, kept.uuid, with_stale)
    text = _dumped(state)
    again = _installed(tmp_path / "again", text)
    for kind in (FilePool, BackingFile, GroupLayout, VolumeGroup):
        assert list(again.all(kind)) == list(state.all(kind))
    assert _dumped(again) == text


EXPORTED = """
local_storage:
  copies:
  - {vios: vios1, group: datavg, volume: disk1, disks: [hdisk1]}
  exported:
  - {vios: vios1, group: datavg}
"""


def test_a_dump_has_exported_groups_with_what_is_in_them(tmp_path: Path) -> None:
    state = _installed(tmp_path / "first", SERVER + EXPORTED)
    assert list(state.all(VolumeGroup)) == []
    (exported,) = state.all(ExportedGroup)
    assert exported.disks == tuple(disk.udid for disk in state.all(PhysicalVolume)) and all(exported.disks)
    assert exported.vios == next(state.all(VirtualIOServer)).uuid
    assert state.count(GroupLayout) == 1
    text = _dumped(state)
    again = _installed(tmp_path / "again", text)
    for kind in (ExportedGroup, GroupLayout, VolumeGroup, PhysicalVolume):
        assert list(again.all(kind)) == list(state.all(kind))
    assert _dumped(again) == text


def test_one_of_the_same_name_may_have_taken_its_place(tmp_path: Path) -> None:
    state = _installed(tmp_path / "first", SERVER + EXPORTED)
    vios, disk = next(state.all(VirtualIOServer)), next(state.all(PhysicalVolume))
    namesake = VolumeGroup(uuid="5e", parent=vios.uuid, name="datavg", phys_vols=(disk.evolve(uuid="", parent=None),))
    state.swap(VolumeGroup, namesake.uuid, namesake)
    again = _installed(tmp_path / "again", _dumped(state))
    assert [group.uuid for group in again.all(VolumeGroup)] == ["5e"]
    assert list(again.all(ExportedGroup)) == list(state.all(ExportedGroup))


def test_a_group_in_use_is_not_described_as_exported(tmp_path: Path) -> None:
    with pytest.raises(Failure) as refused:
        _installed(tmp_path, f"{SERVER}{STORED}  exported:\n  - {{vios: vios1, group: datavg}}\n")
    assert refused.value.message is say_storage.GROUP_MOUNTED


@pytest.mark.parametrize(("lists", "message", "shown"), [
    ("exported: [{vios: vios1, group: nonvg}]", say.DANGLING, "Existing ones: datavg."),
    ("exported: [{group: datavg}]", say.DANGLING, "volume group without a parent"),
    ("exported: [{vios: vios1, group: datavg, disks: [hdisk0]}]", say.UNKNOWN_NAME, "vios, group, was_on"),
    ("pools: []", say.UNKNOWN_NAME, "file_pools, files, copies, exported"),
    ("file_pools: [{vios: vios9, group: datavg, name: f, size_gb: 1}]", say.DANGLING, "Existing ones: vios1."),
    ("file_pools: [{vios: vios1, group: nonvg, name: f, size_gb: 1}]", say.DANGLING, "Existing ones: datavg."),
    ("file_pools: [{vios: vios1, group: datavg, size_gb: 1}]", say.MISSING, "name"),
    ("file_pools: [{vios: vios1, group: datavg, name: f, size_gb: -1}]", say.WRONG_VALUE, "a size in GB"),
    ("file_pools: [{vios: vios1, group: datavg, name: f, size: 1}]", say.UNKNOWN_NAME, "size_gb"),
    ("file_pools: [{vios: vios1, group: datavg, name: f, size_gb: 99}]", say_storage.NO_SPACE, "99"),
    ("file_pools: [{vios: vios1, group: datavg, name: disk1, size_gb: 1}]", general.NAME_TAKEN, "disk1"),
    ("files: [{vios: vios1, pool: f, name: a, size_gb: 1}]", say.DANGLING, "Describe a file storage pool"),
    ("copies: [{vios: vios1, group: datavg, volume: x}]", say.DANGLING, "disk1, disk2"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, disks: [hdisk7]}]", say.WRONG_VALUE, "hdisk0, hdisk1"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, disks: [hdisk0]}]", say_storage.NO_ROOM_APART, "datavg"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, places: [hdisk0]}]", say.WRONG_VALUE, "hdisk0 1-16"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, places: [hdisk0 1-2]}]", say.WRONG_VALUE, "partitions"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, places: [hdisk0 1-9999]}]", say.WRONG_VALUE, "disks have"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, copy: 2, places: [hdisk0 1-128]}]", say.WRONG_VALUE, "1,"),
    ("copies: [{vios: vios1, group: datavg, volume: disk1, places: [hdisk0 1-128]}]", say.MISSING, "disk2"),
])  # fmt: skip
def test_what_cannot_be(tmp_path: Path, lists: str, message: object, shown: str) -> None:
    with pytest.raises(Failure) as refused:
        _installed(tmp_path, f"{SERVER}\nlocal_storage: {{{lists}}}\n")
    assert refused.value.message is message
    assert shown in f"{refused.value} {refused.value.remedy}"


def test_a_file_needs_room_in_its_pool(tmp_path: Path) -> None:
    more = STORED.replace("size_gb: 0.5", "size_gb: 1.75")
    with pytest.raises(Failure) as refused:
        _installed(tmp_path, SERVER + more)
    assert refused.value.message is say.WRONG_VALUE
    assert "file:19:" in str(refused.value)
