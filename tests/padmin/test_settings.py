"""What commands set is kept with the server, shown to others where they can see it, and gone with the server."""

from __future__ import annotations

import pytest

from openlpar.ops.vios.remove_device import RemoveDevice
from openlpar.ports.records import ExportedGroup, RemovedDisk, ViosSettings
from openlpar.uom.cluster import Cluster
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.vios.padmin.log import CommandLog
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin


def without_cluster(padmin: Padmin) -> None:
    """Lets vios1 be on its own: some things cannot be changed on a node of a cluster."""
    with padmin.engine.alter() as change:
        for kind in (Cluster, LogicalUnit):
            for each in tuple(change.all(kind)):
                change.remove(each)


def test_host_name_is_the_partitions(padmin: Padmin) -> None:
    without_cluster(padmin)
    padmin.out("hostname gannet7.example.com")
    assert padmin.vios("vios1").hostname == "gannet7.example.com"
    assert padmin.out("hostname") == "gannet7.example.com\n"
    assert padmin.run("hostname -x").status == Status.SYNTAX
    assert padmin.run("hostname not_a_name").status == Status.SYNTAX


def test_a_removed_disk_is_gone_for_everybody(padmin: Padmin) -> None:
    """And comes back as the object that it was."""
    vios = padmin.vios("vios1").uuid
    before = next(padmin.engine.state.where(PhysicalVolume, parent=vios, name="hdisk5"))
    padmin.out("rmdev -dev hdisk5")
    assert padmin.engine.state.find(PhysicalVolume, before.uuid) is None
    padmin.out("cfgdev")
    assert padmin.engine.state.find(PhysicalVolume, before.uuid) == before
    assert padmin.engine.state.count(RemovedDisk) == 0


def test_a_disk_that_a_rest_client_removed_is_found_again(padmin: Padmin) -> None:
    padmin.engine.perform(RemoveDevice(padmin.vios("vios1").uuid, "hdisk5"))
    assert "hdisk5" not in padmin.out("lspv")
    padmin.out("cfgdev")
    assert "hdisk5" in padmin.out("lspv")


def test_a_found_disk_takes_a_free_name(padmin: Padmin) -> None:
    vios = padmin.vios("vios1").uuid
    padmin.out("rmdev -dev hdisk5")
    with padmin.engine.alter() as change:
        change.put(PhysicalVolume(uuid="new", parent=vios, name="hdisk5", capacity=1024, udid="01new"))
    padmin.out("cfgdev")
    names = padmin.out("lspv -field NAME -fmt :").split()
    assert names == [f"hdisk{number}" for number in range(7)]


def test_cfgdev_of_one_disk(padmin: Padmin) -> None:
    for disk in ("hdisk1", "hdisk5"):
        padmin.out(f"chdev -dev {disk} -attr queue_depth=7 -perm")
    padmin.out("reducevg datavg hdisk1")
    padmin.out("rmdev -dev hdisk1 -ucfg")
    padmin.out("rmdev -dev hdisk5 -ucfg")
    padmin.out("cfgdev -dev hdisk5")
    assert padmin.out("lsdev -type disk -state defined -field name -fmt :") == "hdisk1\n"
    assert padmin.out("lsdev -dev hdisk1 -attr queue_depth").split() == ["value", "7"]


def test_an_exported_group_moves_to_another_server(padmin: Padmin) -> None:
    with padmin.engine.alter() as change:
        shared = next(change.where(PhysicalVolume, parent=padmin.vios("vios1").uuid, name="hdisk5"))
        change.put(shared.evolve(uuid="other", parent=padmin.vios("vios2").uuid, name="hdisk9"))
    padmin.out("mkvg -vg appvg hdisk5")
    padmin.out("mklv -lv app1 appvg 10G")
    assert padmin.run("importvg hdisk9", "vios2").status == Status.INCOMPLETE, "it is in use elsewhere"
    padmin.out("exportvg appvg")
    assert padmin.out("importvg hdisk9", "vios2") == "vg00\n"
    assert padmin.out("lsvg -pv vg00 -field PV_NAME -fmt :", "vios2") == "hdisk9\n"
    group = next(padmin.engine.state.where(VolumeGroup, name="vg00"))
    assert group.parent == padmin.vios("vios2").uuid
    assert [disk.vg_uri for disk in group.virtual_disks] == [f"VirtualIOServer/{group.parent}/VolumeGroup/{group.uuid}"]
    assert padmin.engine.state.count(ExportedGroup) == 0


def test_names_that_clash_are_not_imported(padmin: Padmin) -> None:
    padmin.out("mkvg -vg appvg hdisk5")
    padmin.out("mklv -lv app1 appvg 10G")
    padmin.out("exportvg appvg")
    padmin.out("mklv -lv app1 datavg 1G")
    assert padmin.run("importvg -vg datavg hdisk5").status == Status.SYNTAX
    refused = padmin.run("importvg -vg appvg hdisk5")
    assert refused.status == Status.SYNTAX
    assert "app1" in refused.stderr


def test_an_exported_group_needs_all_its_disks(padmin: Padmin) -> None:
    padmin.out("reducevg datavg hdisk1")
    padmin.out("mkvg -vg appvg hdisk5 hdisk1")
    padmin.out("exportvg appvg")
    padmin.out("rmdev -dev hdisk1")
    assert padmin.run("importvg hdisk5").status == Status.NOT_FOUND
    padmin.out("cfgdev")
    padmin.out("importvg hdisk5")


def test_a_whole_cluster_comes_and_goes(padmin: Padmin) -> None:
    with padmin.engine.alter() as change:
        for unit in tuple(change.all(LogicalUnit)):
            change.remove(unit)
    padmin.out("rmdev -pdev vhost1")
    assert padmin.out("cluster -remove").startswith("Cluster cluster1")
    assert padmin.run("cluster -status").status == Status.NOT_FOUND
    padmin.out("cluster -create -clustername c2 -repopvs hdisk2 -spname p2 -sppvs hdisk3")
    assert padmin.out("cluster -status -field CLUSTER_NAME NODE_NAME -fmt :") == "c2:gannet2\n"
    padmin.out("cluster -addnode -hostname vios2")
    assert len(next(padmin.engine.state.all(Cluster)).nodes) == 2


def test_settings_go_with_their_server(padmin: Padmin) -> None:
    from openlpar.ops.lpar.delete import DeletePartition

    padmin.out("motd -overwrite hello", "vios2")
    padmin.out("cluster -rmnode -hostname vios2")
    with padmin.engine.alter() as change:
        for kind in (VolumeGroup, PhysicalVolume):
            for each in tuple(change.all(kind, padmin.vios("vios2").uuid)):
                change.remove(each)
        change.put(padmin.vios("vios2").evolve(state="not activated", rmc_state="inactive"))
        change.put(RemovedDisk(uuid="gone", vios=padmin.vios("vios2").uuid, disk={}))
    padmin.engine.perform(DeletePartition(padmin.vios("vios2").uuid))
    assert padmin.engine.state.count(ViosSettings) == 0
    assert padmin.engine.state.count(RemovedDisk) == 0


def test_settings_of_servers_are_their_own(padmin: Padmin) -> None:
    padmin.out("mkuser operator")
    padmin.out("startnetsvc snmp")
    assert "operator" not in padmin.out("lsuser", "vios2")
    assert padmin.out("lsnetsvc snmp", "vios2") == "inactive\n"


def test_a_setting_of_a_command_that_fails_is_not_kept(padmin: Padmin) -> None:
    text = "mktcpip -hostname gannet2.pbm.ihost.com -interface en5 -inetaddr 192.0.2.30 -netmask 255.255.255.0 -start"
    before = padmin.out("lstcpip -stored")
    assert padmin.run(f"{text} -nsrvaddr 192.0.2.2 -nsrvdomain x | nonsense").status == Status.NO_COMMAND
    assert not padmin.altered
    assert padmin.out("lstcpip -stored") == before
    padmin.out(text)
    assert padmin.run("chdev -dev en5 -attr netaddr=192.0.2.22").status == Status.INCOMPLETE
    assert "192.0.2.30" in padmin.out("lstcpip -stored")


def test_shutdown_ends_the_server(padmin: Padmin) -> None:
    assert padmin.run("shutdown").status == Status.SYNTAX
    padmin.out("shutdown -force")
    padmin.out("shutdown -force -restart", "vios2")
    stopped = padmin.engine.edges.hypervisor.stopped  # type: ignore[attr-defined]
    assert stopped == [("vios1", "osshutdown", False), ("vios2", "osshutdown", True)]


def test_every_command_line_is_logged(padmin: Padmin) -> None:
    padmin.out("lspv | wc -l")
    padmin.run("lspv -nonsense")
    padmin.run("ioscli ioslevel")
    lines = padmin.out("lsgcl").splitlines()
    assert [line.partition("padmin     ")[2] for line in lines] == [
        "lspv | wc -l",
        "lspv -nonsense",
        "ioscli ioslevel",
        "lsgcl",
    ]


def test_the_log_does_not_grow_for_ever(padmin: Padmin, monkeypatch: pytest.MonkeyPatch) -> None:
    from openlpar.vios.padmin import log

    monkeypatch.setattr(log, "LARGEST", 2000)
    for number in range(100):
        padmin.out(f"date +{number}")
    lines = padmin.out("lsgcl").splitlines()
    assert len("\n".join(lines)) < 2200
    assert lines[-2].endswith("date +99")


def test_a_log_that_cannot_be_written_is_no_hindrance(padmin: Padmin) -> None:
    (padmin.files / "logs").write_text("in the way")
    padmin.out("ioslevel")
    assert CommandLog(padmin.files / "logs" / "2.trc").lines() == []
