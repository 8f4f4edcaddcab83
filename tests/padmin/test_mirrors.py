"""Copies of logical volumes: what survives a lost disk, and what falls behind meanwhile."""

from __future__ import annotations

import pytest

from openlpar.messages import Failure
from openlpar.messages import storage as say
from openlpar.ops.storage.group_arrange import ArrangeVolumes, Task
from openlpar.ops.storage.group_update import UpdateGroup
from openlpar.ports.group_layouts import layout_of, lost_storage
from openlpar.ports.records import GroupLayout
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VolumeGroup
from openlpar.uom.volume_layout import lie_apart
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin
from tests.padmin.test_error_log import become, lose, told


@pytest.fixture
def mirrored(padmin: Padmin) -> Padmin:
    """appvg on hdisk5 and hdisk1 with a mirrored volume that is lent, one that is not, and one without a mirror on hdisk5."""
    for command in (
        "reducevg datavg hdisk1",
        "mkvg -vg appvg hdisk5 hdisk1",
        "mklv -lv lent -mirror appvg 4G",
        "mklv -lv idle -mirror appvg 2G",
        "mklv -lv single appvg 1G hdisk5",
        "mkvdev -vdev lent -vadapter vhost2",
        "mkvdev -vdev single -vadapter vhost2",
    ):
        padmin.out(command)
    return padmin


def group(padmin: Padmin) -> VolumeGroup:
    return next(group for group in padmin.engine.state.all(VolumeGroup) if group.name == "appvg")


def states(padmin: Padmin) -> list[str]:
    return padmin.out('lsvg -lv appvg -field "LV NAME" "LV STATE" -fmt :').splitlines()


def unreadable(padmin: Padmin) -> set[str]:
    """Names of the virtual disks that no client can be served with."""
    names = {disk.udid: disk.name for disk in group(padmin).virtual_disks}
    return {names[udid] for _, udid in lost_storage(padmin.engine.state) if udid in names}


def test_a_mirrored_volume_survives_a_lost_disk(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    assert unreadable(mirrored) == {"single"}
    assert states(mirrored) == ["lent:open/stale", "idle:closed/syncd", "single:open/syncd"]
    assert "PV STATE" in mirrored.out("lsvg -pv appvg")
    assert mirrored.out('lsvg -pv appvg -field PV_NAME "PV STATE" -fmt :') == "hdisk5:missing\nhdisk1:active\n"
    assert mirrored.out('lsvg appvg -field "STALE PVs" "STALE PPs" "ACTIVE PVs" -fmt :') == "1:8:1\n"
    assert mirrored.out('lspv hdisk5 -field "PV STATE" "STALE PARTITIONS" -fmt :') == "missing:8\n"
    assert mirrored.out('lslv lent -field "STALE PPs" -fmt :') == "8\n"


def test_the_copy_stays_behind_until_it_is_synchronised(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    refused = mirrored.run("syncvg -vg appvg")
    assert (refused.status, "PVME01052041-0014" in refused.stderr) == (Status.INCOMPLETE, True)
    assert "hdisk5 is missing" in refused.stderr
    lose(mirrored, "hdisk5", "active")
    assert unreadable(mirrored) == set()
    assert states(mirrored)[0] == "lent:open/stale"
    lose(mirrored, "hdisk1", "missing")
    assert unreadable(mirrored) == {"lent"}, "what hdisk5 holds is old"
    lose(mirrored, "hdisk1", "active")
    mirrored.out("syncvg -lv lent")
    assert states(mirrored)[0] == "lent:open/syncd"
    lose(mirrored, "hdisk1", "missing")
    assert unreadable(mirrored) == set()


def test_synchronising_by_disk_and_by_a_restart(mirrored: Padmin) -> None:
    for _ in range(2):
        lose(mirrored, "hdisk5", "missing")
        lose(mirrored, "hdisk5", "active")
        assert states(mirrored)[0] == "lent:open/stale"
        mirrored.out("syncvg -pv hdisk5")
        assert states(mirrored)[0] == "lent:open/syncd"
    lose(mirrored, "hdisk5", "missing")
    lose(mirrored, "hdisk5", "active")
    become(mirrored, "vios1", "not activated", "running")
    assert states(mirrored)[0] == "lent:open/syncd"


def test_what_is_lent_while_the_disk_is_lost_falls_behind_too(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    mirrored.out("mkvdev -vdev idle -vadapter vhost2")
    lose(mirrored, "hdisk5", "active")
    assert states(mirrored)[:2] == ["lent:open/stale", "idle:open/stale"]


def test_a_server_that_was_off_while_the_disk_was_lost(mirrored: Padmin) -> None:
    """Nobody wrote then."""
    become(mirrored, "vios1", "not activated")
    lose(mirrored, "hdisk5", "missing")
    lose(mirrored, "hdisk5", "active")
    become(mirrored, "vios1", "running")
    assert states(mirrored)[:2] == ["lent:open/syncd", "idle:closed/syncd"]


def test_the_last_good_copy_is_kept(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    lose(mirrored, "hdisk5", "active")
    refused = mirrored.run("rmlvcopy lent hdisk1")
    assert (refused.status, "PVME01052041-0013" in refused.stderr) == (Status.INCOMPLETE, True)
    mirrored.out("rmlvcopy lent")
    assert mirrored.out("lslv -pv lent | grep hdisk").split()[0] == "hdisk1", "the stale one goes"
    mirrored.out("mklvcopy lent")
    assert states(mirrored)[0] == "lent:open/syncd"


def test_nothing_is_put_on_a_lost_disk_or_read_from_it(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    for command in ("mklvcopy single", "migratepv -lv single hdisk5 hdisk1", "mklv -lv new appvg 1G hdisk5"):
        refused = mirrored.run(command)
        assert (refused.status, "PVME01052041-0015" in refused.stderr) == (Status.INCOMPLETE, True), command
    mirrored.out("rmlvcopy idle hdisk5")
    mirrored.out("rmlvcopy lent")
    assert group(mirrored).free_space == group(mirrored).capacity - 4 - 2 - 1


def test_a_copy_of_a_lost_disk_can_be_given_up(mirrored: Padmin) -> None:
    """As an administrator replaces a disk: without its copies it leaves the group, with its volumes it takes them along."""
    mirrored.out("rmvdev -vdev single")
    mirrored.out("rmlv -f single")
    lose(mirrored, "hdisk5", "missing")
    assert mirrored.run("reducevg appvg hdisk5").status == Status.INCOMPLETE
    mirrored.out("rmlvcopy lent hdisk5")
    mirrored.out("rmlvcopy idle hdisk5")
    mirrored.out("reducevg appvg hdisk5")
    assert mirrored.engine.state.count(GroupLayout) == 0, "where they lie follows from the group again"
    assert [disk.name for disk in group(mirrored).phys_vols] == ["hdisk1"]


def test_capacity_counts_every_copy(mirrored: Padmin) -> None:
    state = mirrored.engine.state
    for command in (
        "extendlv lent 3G",
        "rmlv -f idle",
        "extendlv single 1G hdisk1",
        "mklvcopy single",
        "chlv -lv x idle",
    ):
        mirrored.run(command)
        found = group(mirrored)
        layout = layout_of(state, found)
        assert found.capacity - found.free_space == layout.used * layout.partition_mb / 1024
        assert all(lie_apart(copies) for copies in layout.volumes.values()), command
        runs = [run for copies in layout.volumes.values() for copy in copies for run in copy]
        numbers = [(run.disk, number) for run in runs for number in range(run.first, run.first + run.count)]
        assert len(numbers) == len(set(numbers)) == layout.used, "no partition is given twice"


def test_the_log_tells_of_a_lost_copy(mirrored: Padmin) -> None:
    lose(mirrored, "hdisk5", "missing")
    assert told(mirrored) == [
        "hdisk5 PATH HAS FAILED",
        "hdisk5 DISK OPERATION ERROR",
        "LVDD PHYSICAL VOLUME DECLARED MISSING",
        "LVDD PHYSICAL PARTITION MARKED STALE",
    ]


def test_a_mirrored_group_moves_and_comes_back(mirrored: Padmin) -> None:
    for command in ("rmvdev -vdev lent", "rmvdev -vdev single", "exportvg appvg", "importvg -vg again hdisk5"):
        mirrored.out(command)
    assert mirrored.out('lsvg -lv again -field "LV NAME" PPs -fmt :') == "lent:16\nidle:8\nsingle:2\n"
    mirrored.out("exportvg again")
    mirrored.out("mkvg -f -vg other hdisk5")
    assert mirrored.engine.state.count(GroupLayout) == 0


def test_a_restart_goes_with_mirrorios(padmin: Padmin) -> None:
    padmin.out("extendvg rootvg hdisk5")
    assert "SHUTDOWN PROGRAM" in padmin.out("mirrorios -f")
    assert padmin.engine.edges.hypervisor.stopped == [("vios1", "osshutdown", True)]  # type: ignore[attr-defined]


def test_backups_keep_the_copies(mirrored: Padmin) -> None:
    """The volumes come back empty, and mirrored."""
    for command in (
        "rmvdev -vdev lent",
        "rmvdev -vdev single",
        "viosbr -backup -file saved",
        "savevgstruct appvg",
        "rmlv -f lent",
        "rmlv -f idle",
        "rmlv -f single",
        "reducevg appvg hdisk5 hdisk1",
        "viosbr -restore -file saved.tar.gz -type sp",
        "viosbr -restore -file saved.tar.gz -type lv",
    ):
        mirrored.out(command)
    wanted = "lent:8:16\nidle:4:8\nsingle:2:2\n"
    assert mirrored.out('lsvg -lv appvg -field "LV NAME" LPs PPs -fmt :') == wanted
    assert mirrored.out("lslv -pv single | grep hdisk").split()[0] == "hdisk5"
    for command in ("rmlv -f lent", "rmlv -f idle", "rmlv -f single", "reducevg appvg hdisk5 hdisk1"):
        mirrored.out(command)
    mirrored.out("restorevgstruct -vg appvg")
    assert mirrored.out('lsvg -lv appvg -field "LV NAME" LPs PPs -fmt :') == wanted


def test_tasks_are_refused_for_what_is_not_there(mirrored: Padmin) -> None:
    uuid = group(mirrored).uuid
    with pytest.raises(Failure) as refused:
        mirrored.engine.perform(ArrangeVolumes(uuid, Task.MIRROR, ("nosuch",)))
    assert "nosuch" in refused.value.text
    with pytest.raises(Failure) as refused:
        mirrored.engine.perform(ArrangeVolumes(uuid, Task.UNMIRROR, ("single",)))
    assert refused.value.message is say.NOT_MIRRORED


def test_rest_keeps_copies_apart(mirrored: Padmin) -> None:
    """A client that takes a disk out of the group: what lay on it moves, but no copy onto the other one's disk."""
    vios = next(mirrored.engine.state.where(VirtualIOServer, name="vios1"))
    found = group(mirrored)
    fewer = found.evolve(phys_vols=tuple(disk for disk in found.phys_vols if disk.name == "hdisk1"))
    with pytest.raises(Failure) as refused:
        mirrored.engine.perform(UpdateGroup(found.uuid, fewer, vios.uuid))
    assert refused.value.message is say.NO_ROOM_APART


def test_a_file_storage_pool_can_be_mirrored(mirrored: Padmin) -> None:
    for command in ("mksp -fb files -sp appvg -size 2G", "mklvcopy files", "chsp -add -sp files -size 1G"):
        mirrored.out(command)
    assert mirrored.out("lslv files -field LPs PPs -fmt :") == "6:12\n"
    found = group(mirrored)
    assert found.capacity - found.free_space == 8 + 4 + 1 + 6
    mirrored.out("viosbr -backup -file saved")
    mirrored.out("rmsp -f files")
    mirrored.out("viosbr -restore -file saved.tar.gz -type fbpool")
    assert mirrored.out("lslv files -field LPs PPs -fmt :") == "6:12\n"
    mirrored.out("rmsp -f files")
    found = group(mirrored)
    assert found.capacity - found.free_space == 8 + 4 + 1
    assert "files" not in layout_of(mirrored.engine.state, found).volumes
