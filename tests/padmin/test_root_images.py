"""A server runs from the first disk of its boot list that holds a system, with the level that is there."""

from __future__ import annotations

import pytest

from openlpar.messages import Failure
from openlpar.ops.vios.root_images import CopySystem
from openlpar.ports.records import RootImage, SoftwareHistory, UncommittedUpdate
from openlpar.uom.cluster import Cluster
from openlpar.uom.volume_group import VolumeGroup
from openlpar.vios.padmin.refusal import Status
from openlpar.vios.padmin.system_image import packed
from tests.padmin.conftest import Padmin
from tests.padmin.test_error_log import become, lose


@pytest.fixture
def alone(padmin: Padmin) -> Padmin:
    """vios1 has left the cluster, so that it can be updated."""
    padmin.out("rmvdev -vtd vtscsi2")
    padmin.out("cluster -rmnode -hostname gannet2.pbm.ihost.com")
    return padmin


def update(padmin: Padmin, level: str) -> None:
    offer(padmin, level)
    padmin.out("updateios -dev fix -accept")


def offer(padmin: Padmin, level: str) -> None:
    padmin.out(f"ioslevel | awk '{{print \"{level}\"}}' | tee fix/ios.level")


def start(padmin: Padmin) -> None:
    become(padmin, "vios1", "shutting down", "not activated", "starting", "running")


def groups(padmin: Padmin) -> dict[str, str]:
    """Disk to volume group, with ``*`` when it is active."""
    rows = (row.split(":") for row in padmin.out("lspv -field NAME VG STATUS -fmt :").splitlines())
    return {name: group + "*" * (status == "active") for name, group, status in rows if group != "None"}


def images(padmin: Padmin) -> dict[str, str]:
    """Volume group to the level of the system that it holds without being run from."""
    state = padmin.engine.state
    return {group.name: image.level for group in state.all(VolumeGroup) if (image := state.find(RootImage, group.uuid))}


def test_an_update_is_undone_by_starting_from_the_copy(alone: Padmin) -> None:
    alone.out("alt_root_vg -target hdisk5")
    update(alone, "3.1.4.10")
    alone.out("updateios -commit")
    start(alone)
    assert alone.out("ioslevel") == "3.1.2.10\n"
    # What partitions use of the old volume group stays in use.
    assert groups(alone) == {"hdisk0": "old_rootvg*", "hdisk1": "datavg*", "hdisk5": "rootvg*"}
    assert images(alone) == {"old_rootvg": "3.1.4.10"}
    assert "novalink_lv1" in alone.out("lsmap -all")
    assert alone.vios("vios1").operating_system == "VIOS 3.1.2.10"
    assert alone.run("updateios -commit").status == Status.NOT_FOUND

    alone.out("bootlist -mode normal hdisk0")
    start(alone)
    assert alone.out("ioslevel") == "3.1.4.10\n"
    assert groups(alone) == {"hdisk0": "rootvg*", "hdisk1": "datavg*", "hdisk5": "altinst_rootvg"}
    assert "APPLY" in alone.out("lssw -hist")
    start(alone)
    assert groups(alone)["hdisk0"] == "rootvg*"


def test_the_copy_keeps_an_update_that_is_not_committed(alone: Padmin) -> None:
    update(alone, "3.1.4.10")
    alone.out("alt_root_vg -target hdisk5")
    alone.out("updateios -commit")
    alone.out("updateios -remove ios.cli.man.fr_FR")
    start(alone)
    assert "fr_FR" in alone.out("lssw")
    assert alone.out("lssw | grep ios.cli.rte").split()[2] == "A"
    alone.out("updateios -reject -f")
    assert alone.out("ioslevel") == "3.1.2.10\n"
    alone.out("bootlist -mode normal hdisk0")
    start(alone)
    assert "fr_FR" not in alone.out("lssw")
    assert alone.engine.state.find(UncommittedUpdate, alone.vios("vios1").uuid) is None


def test_a_copy_is_updated_while_the_server_runs(padmin: Padmin) -> None:
    """Also that of a node of a cluster, which cannot be updated while it is up; the cluster knows the level then."""
    offer(padmin, "3.1.4.10")
    padmin.out("alt_root_vg -target hdisk5 -bundle update_all -location fix")
    assert padmin.out("ioslevel") == "3.1.2.10\n"
    start(padmin)
    assert padmin.out("ioslevel") == "3.1.4.10\n"
    assert "APPLY" in padmin.out("lssw -hist")
    node = next(iter(padmin.engine.state.all(Cluster))).nodes[0]
    assert node.vios_level == "3.1.4.10"
    padmin.out("updateios -commit")


def test_a_copy_takes_one_update_at_a_time(alone: Padmin) -> None:
    update(alone, "3.1.4.10")
    offer(alone, "3.1.4.20")
    refused = alone.run("alt_root_vg -target hdisk5 -bundle update_all -location fix")
    assert (refused.status, "3.1.2.10 is not committed" in refused.stderr) == (Status.INCOMPLETE, True)


@pytest.mark.parametrize(("level", "code"), [("3.1.2.10", "PVME01053004-0001"), ("4.1.0.10", "PVME01053004-0001")])
def test_a_copy_is_updated_within_its_version(padmin: Padmin, level: str, code: str) -> None:
    offer(padmin, level)
    refused = padmin.run("alt_root_vg -target hdisk5 -bundle update_all -location fix")
    assert (refused.status, code in refused.stderr) == (Status.INCOMPLETE, True)
    assert "hdisk5" not in groups(padmin), "what was begun is taken back"
    assert padmin.out("bootlist -mode normal -ls") == "hdisk0 blv=hd5\n"


def test_a_disk_that_is_lost_is_passed_over(padmin: Padmin) -> None:
    padmin.out("alt_root_vg -target hdisk5")
    lose(padmin, "hdisk5", "missing")
    start(padmin)
    assert groups(padmin)["hdisk0"] == "rootvg*"
    padmin.out("bootlist -mode normal hdisk4 hdisk5 hdisk0")
    lose(padmin, "hdisk5", "active")
    start(padmin)
    assert groups(padmin)["hdisk5"] == "rootvg*"


def test_a_system_needs_its_room(padmin: Padmin) -> None:
    """The system itself takes what is neither free nor in logical volumes."""
    vios = padmin.vios("vios1").uuid
    with padmin.engine.alter() as change:
        root = next(group for group in change.all(VolumeGroup, vios) if group.name == "rootvg")
        change.put(root.evolve(free_space=root.free_space - 120, available_size=root.available_size - 120))
    refused = padmin.run("alt_root_vg -target hdisk5")
    assert (refused.status, "PVME01052040-0001" in refused.stderr) == (Status.INCOMPLETE, True)
    assert "hdisk5" not in groups(padmin)
    with padmin.engine.alter() as change:
        root = next(group for group in change.all(VolumeGroup, vios) if group.name == "rootvg")
        change.put(root.evolve(free_space=root.free_space + 60, available_size=root.available_size + 60))
    padmin.out("alt_root_vg -target hdisk5")
    padmin.out("activatevg altinst_rootvg")
    assert padmin.out("lsvg altinst_rootvg -field 'USED PPs' -fmt :").strip() == "480 (61440 megabytes)"


def test_a_system_is_put_into_an_empty_volume_group_of_the_server(padmin: Padmin) -> None:
    groups_of = {(group.parent, group.name): group.uuid for group in padmin.engine.state.all(VolumeGroup)}
    one, other = padmin.vios("vios1").uuid, padmin.vios("vios2").uuid
    with pytest.raises(Failure, match="holds virtual disk novalink_lv1"):
        padmin.engine.perform(CopySystem(one, groups_of[one, "rootvg"]))
    with pytest.raises(Failure, match="does not exist"):
        padmin.engine.perform(CopySystem(other, groups_of[one, "datavg"]))


def test_backups_are_not_about_copies(padmin: Padmin) -> None:
    """Restoring would bring back an empty volume group of that name, without the system."""
    padmin.out("alt_root_vg -target hdisk5")
    padmin.out("viosbr -backup -file now")
    said = padmin.out("backupios -file image.mksysb -mksysb")
    assert "datavg" in said and "altinst_rootvg" not in said
    padmin.out("exportvg altinst_rootvg")
    assert "altinst_rootvg" not in padmin.run("viosbr -restore -file now").stdout
    padmin.out("importvg -vg altinst_rootvg hdisk5")
    start(padmin)
    padmin.out("viosbr -backup -file later")
    assert "old_rootvg" in padmin.out("viosbr -view -file later -type sp"), "it holds what partitions use"


def test_a_backup_from_before_is_restored_afterwards(padmin: Padmin) -> None:
    padmin.out("viosbr -backup -file before")
    padmin.out("alt_root_vg -target hdisk5")
    start(padmin)
    padmin.out("rmlv -f spare_lv")
    report = padmin.run("viosbr -restore -file before -type lv").stdout
    assert ("spare_lv" in report, "novalink_lv1" in report) == (True, False)
    assert "spare_lv" in padmin.out("lsvg -lv rootvg")


def test_a_copy_that_was_exported_can_be_had_back(padmin: Padmin) -> None:
    padmin.out("alt_root_vg -target hdisk5")
    padmin.out("exportvg altinst_rootvg")
    start(padmin)
    assert groups(padmin)["hdisk0"] == "rootvg*", "no server knows the volume group"
    padmin.out("importvg -vg spare hdisk5")
    start(padmin)
    assert groups(padmin)["hdisk5"] == "rootvg*"


@pytest.mark.parametrize(
    "commands",
    [
        ["exportvg altinst_rootvg", "mkvg -f -vg other hdisk5"],
        ["exportvg altinst_rootvg", "alt_root_vg -target hdisk5"],
        ["activatevg altinst_rootvg", "reducevg altinst_rootvg hdisk5"],
    ],
)
def test_a_copy_that_was_overwritten_is_gone(padmin: Padmin, commands: list[str]) -> None:
    padmin.out("alt_root_vg -target hdisk5")
    first = next(iter(padmin.engine.state.all(RootImage))).uuid
    for command in commands:
        padmin.out(command)
    assert padmin.engine.state.find(RootImage, first) is None


def test_a_copy_is_no_system_for_another_server(padmin: Padmin) -> None:
    padmin.out("alt_root_vg -target hdisk5")
    with padmin.engine.alter() as change:
        group = next(group for group in change.all(VolumeGroup) if group.name == "altinst_rootvg")
        change.put(group.evolve(parent=padmin.vios("vios2").uuid))
    assert not images(padmin)


def test_an_upgrade_from_an_image(padmin: Padmin) -> None:
    """The image is made on a server with a newer level; the configuration is that of the one that is upgraded."""
    with padmin.engine.alter() as change:
        change.put(padmin.vios("vios2").evolve(operating_system="VIOS 4.1.0.10"))
        for cluster in list(change.all(Cluster)):
            nodes = [cluster.nodes[0], cluster.nodes[1].evolve(vios_level="4.1.0.10")]
            change.put(cluster.evolve(nodes=nodes))
    padmin.out("backupios -file image.mksysb -mksysb", "vios2")
    content = padmin.engine.edges.io_server.read_file(padmin.vios("vios2"), "image.mksysb")
    refused = padmin.run("viosupgrade -l -i new.mksysb -a hdisk5")
    assert refused.status == Status.CLUSTER_ACTIVE
    padmin.engine.edges.io_server.write_file(padmin.vios("vios1"), "new.mksysb", content)
    said = padmin.out("viosupgrade -l -i new.mksysb -a hdisk5 -c")
    assert "Upgrading from ioslevel '3.1.2.10' to '4.1.0.10'." in said
    assert padmin.engine.edges.hypervisor.stopped == [("vios1", "osshutdown", True)]  # type: ignore[attr-defined]
    start(padmin)
    assert "gannet2.pbm.ihost.com.upgrade.tar.gz" in padmin.out("viosbr -view -list")
    assert padmin.out("ioslevel") == "4.1.0.10\n"
    assert padmin.out("viosupgrade -l -q") == "viosupgrade COMPLETED\n"
    assert "novalink_lv1" in padmin.out("lsmap -all")
    assert images(padmin) == {"old_rootvg": "3.1.2.10"}
    assert padmin.engine.state.find(SoftwareHistory, padmin.vios("vios1").uuid) == SoftwareHistory(
        uuid=padmin.vios("vios1").uuid
    )
    offer(padmin, "4.1.0.20")
    padmin.out("exportvg datavg")
    padmin.out("mkvg -f -vg gone hdisk1")
    padmin.out("reducevg gone hdisk1")
    padmin.out("alt_root_vg -target hdisk1 -bundle update_all -location fix")
    start(padmin)
    assert padmin.out("viosupgrade -l -q") == "viosupgrade COMPLETED\n", "it was updated since"
    padmin.out("bootlist -mode normal hdisk0")
    start(padmin)
    assert padmin.out("viosupgrade -l -q") == "viosupgrade FAILED\n"
    assert {groups(padmin)[disk] for disk in ("hdisk1", "hdisk5")} == {"altinst_rootvg", "old_rootvg1"}


def test_an_old_volume_group_that_nobody_uses_is_not_varied_on(padmin: Padmin) -> None:
    for command in ("rmvdev -vtd vtscsi0 -rmlv", "rmlv -f spare_lv", "rmvdev -vtd vtopt0", "rmrep -f"):
        padmin.out(command)
    padmin.out("alt_root_vg -target hdisk5")
    start(padmin)
    assert (groups(padmin)["hdisk0"], groups(padmin)["hdisk5"]) == ("old_rootvg", "rootvg*")
    padmin.out("exportvg old_rootvg")
    assert "hdisk0" not in groups(padmin)


@pytest.fixture
def newer(padmin: Padmin) -> Padmin:
    """vios1 has an image of 4.1.0.10 that is called new.mksysb."""
    image = packed({"usr/ios/cli/ios.level": b"4.1.0.10\n"}, 0)
    padmin.engine.edges.io_server.write_file(padmin.vios("vios1"), "new.mksysb", image)
    return padmin


def test_an_upgrade_keeps_the_files_that_are_named(newer: Padmin) -> None:
    newer.out("ioslevel | tee mine.txt")
    listed = b"mine.txt\n\n/home/padmin/new.mksysb\n"
    newer.engine.edges.io_server.write_file(newer.vios("vios1"), "list", listed)
    said = newer.out("viosupgrade -l -i new.mksysb -a hdisk5 -c -g list -F forcecopy")
    assert "Files of list that are kept: 2." in said
    start(newer)
    assert (newer.out("ioslevel"), newer.out("cat mine.txt")) == ("4.1.0.10\n", "3.1.2.10\n")


def test_an_upgrade_that_would_lose_a_file(newer: Padmin) -> None:
    newer.out("ioslevel | awk '{print \"gone.txt\"}' | tee list")
    refused = newer.run("viosupgrade -l -i new.mksysb -a hdisk5 -c -g list")
    assert (refused.status, "gone.txt" in refused.stderr) == (Status.NOT_FOUND, True)
    assert "hdisk5" not in groups(newer)


def test_the_last_node_of_a_cluster_that_is_up(newer: Padmin) -> None:
    become(newer, "vios2", "not activated")
    refused = newer.run("viosupgrade -l -i new.mksysb -a hdisk5 -c")
    assert (refused.status, "No other node" in refused.stderr) == (Status.CLUSTER_ACTIVE, True)
    assert "COMPLETED" not in newer.out("viosupgrade -l -i new.mksysb -a hdisk5 -c -F skipclusterstate")


@pytest.mark.parametrize(
    ("options", "status", "said"),
    [
        ("-P after.sh", Status.INCOMPLETE, "no AIX inside"),
        ("-k before.sh", Status.INCOMPLETE, "no AIX inside"),
        ("-F devname", Status.SYNTAX, "Use forcecopy or skipclusterstate"),
    ],
)
def test_what_an_upgrade_cannot_do(newer: Padmin, options: str, status: Status, said: str) -> None:
    refused = newer.run(f"viosupgrade -l -i new.mksysb -a hdisk5 -c {options}")
    assert (refused.status, said in refused.stderr) == (status, True)
    assert "hdisk5" not in groups(newer)


def test_what_is_copied_is_what_the_server_runs_from(padmin: Padmin) -> None:
    padmin.out("alt_root_vg -target hdisk5 -source hdisk0")
    start(padmin)
    refused = padmin.run("alt_root_vg -target hdisk4 -source hdisk0")
    assert refused.status == Status.INCOMPLETE
    assert "hdisk0 cannot be copied: it is not in rootvg" in refused.stderr
    assert "Use hdisk5" in refused.stderr
    padmin.out("rmvdev -vdev hdisk4")
    padmin.out("alt_root_vg -target hdisk4 -source hdisk5")
    assert groups(padmin)["hdisk4"] == "altinst_rootvg"
