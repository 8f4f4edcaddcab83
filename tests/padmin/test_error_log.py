"""The error log tells what happened to the server, and nothing else; the counts of ``entstat`` agree with it."""

from __future__ import annotations

import pytest

from openlpar.messages import GiveUp, general
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import ErrorEntry, ServerHistory, SoftwareHistory, ViosSettings
from openlpar.uom.cluster import Cluster
from openlpar.uom.error_log import TEMPLATES
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup
from openlpar.vios.padmin.refusal import Status
from tests.padmin.conftest import Padmin, made


def become(padmin: Padmin, name: str, *states: str) -> None:
    for state in states:
        with padmin.engine.alter() as change:
            change.put(padmin.vios(name).evolve(state=state))


def told(padmin: Padmin, vios: str = "vios1") -> list[str]:
    """Resource and description of each entry, the oldest first."""
    lines = padmin.out("errlog", vios).splitlines()[1:]
    return [" ".join(line[26:].split()) for line in reversed(lines)]


def lose(padmin: Padmin, disk: str, state: str) -> None:
    with padmin.engine.alter() as change:
        found = next(change.where(PhysicalVolume, parent=padmin.vios("vios1").uuid, name=disk))
        change.put(found.evolve(state=state))


def test_a_restart_is_told_as_aix_does(padmin: Padmin) -> None:
    """The shutdown stands after the start that noted it, with the time at which it was."""
    become(padmin, "vios1", "shutting down")
    padmin.engine.clock.step(60_000)
    become(padmin, "vios1", "not activated")
    padmin.engine.clock.step(3_600_000)
    become(padmin, "vios1", "starting", "running")
    assert padmin.out("errlog") == (
        "IDENTIFIER TIMESTAMP  T C RESOURCE_NAME  DESCRIPTION\n"
        "A6DF45AA   0602220616 I O RMCdaemon      The daemon is started.\n"
        "2BFA76F6   0602210616 T S SYSPROC        SYSTEM SHUTDOWN BY USER\n"
        "9DBCFDEE   0602220616 T O errdemon       ERROR LOGGING TURNED ON\n"
        "192AC071   0602210616 T O errdemon       ERROR LOGGING TURNED OFF\n"
    )


def test_a_server_that_is_switched_off_notes_nothing(padmin: Padmin) -> None:
    become(padmin, "vios1", "not activated", "starting", "running")
    assert told(padmin) == ["errdemon ERROR LOGGING TURNED ON", "RMCdaemon The daemon is started."]


def test_failover_and_return(pair: Padmin) -> None:
    one, other = made(pair, "vios1"), made(pair, "vios2")
    become(pair, "vios1", "shutting down", "not activated", "starting", "running")
    seas = [line for line in told(pair) if "BECOME" in line]
    assert seas == [f"{one} BECOME PRIMARY", f"{one} BECOME PRIMARY"]
    seas = [line for line in told(pair, "vios2") if "BECOME" in line]
    assert seas == [f"{other} BECOME BACKUP", f"{other} BECOME PRIMARY", f"{other} BECOME BACKUP"]
    times = "entstat -all {} | grep 'Number of Times' | awk '{{print $NF}}'"
    assert pair.out(times.format(one)).split() == ["0", "1"], "it counts since the server was started"
    assert pair.out(times.format(other), "vios2").split() == ["2", "1"]


def test_a_new_priority_is_a_failover(pair: Padmin) -> None:
    from openlpar.uom.client_network_adapter import ClientNetworkAdapter
    from openlpar.uom.network_bridge import NetworkBridge

    one = made(pair, "vios1")
    made(pair, "vios2")
    with pair.engine.alter() as change:
        for trunk in [each for each in change.all(ClientNetworkAdapter) if each.uuid.startswith("trunk-vios1")]:
            change.put(trunk.evolve(trunk_pri=9))
        for bridge in tuple(change.all(NetworkBridge)):
            change.put(bridge.evolve(udid="1"))
    assert told(pair)[-1] == f"{one} BECOME BACKUP"


def test_an_adapter_that_nothing_backs_tells_nothing(pair: Padmin) -> None:
    made(pair, "vios1", "disabled")
    become(pair, "vios2", "not activated")
    assert not any("BECOME" in line for line in told(pair))


def test_counts_begin_anew_with_a_new_adapter(pair: Padmin) -> None:
    device = made(pair, "vios1")
    pair.out(f"rmvdev -sea {device}")
    assert made(pair, "vios1") == device
    assert "Number of Times Server became Primary: 1" in pair.out(f"entstat -all {device}")


def test_a_lost_path_and_its_return(padmin: Padmin) -> None:
    lose(padmin, "hdisk4", "missing")
    assert padmin.out("lspath -dev hdisk4").splitlines()[1].split() == ["Failed", "hdisk4", "fscsi0"]
    lose(padmin, "hdisk4", "active")
    assert padmin.out("lspath -dev hdisk4").splitlines()[1].split() == ["Enabled", "hdisk4", "fscsi0"]
    lose(padmin, "hdisk5", "missing")
    assert told(padmin) == [
        "hdisk4 PATH HAS FAILED",
        "hdisk4 DISK OPERATION ERROR",
        "hdisk4 PATH HAS RECOVERED",
        "hdisk5 PATH HAS FAILED",  # nothing uses that one
    ]
    assert "PARENT DEVICE\nfscsi0\n" in padmin.out("errlog -seq 1")


@pytest.mark.parametrize(("states", "lost"), [(("not activated",), True), (("shutting down", "not activated"), False)])
def test_a_client_that_is_lost(padmin: Padmin, states: tuple[str, ...], lost: bool) -> None:
    for state in states:
        with padmin.engine.alter() as change:
            change.put(next(change.where(LogicalPartition, name="vm1")).evolve(state=state))
    entries = ["vhost1 Underlying transport error", "vfchost0 Underlying transport error"]
    assert told(padmin) == (entries if lost else [])


def test_nodes_of_a_cluster(padmin: Padmin) -> None:
    become(padmin, "vios2", "not activated")
    become(padmin, "vios2", "running")
    with padmin.engine.alter() as change:
        cluster = next(change.all(Cluster))
        change.put(cluster.evolve(nodes=cluster.nodes[:1]))
    assert told(padmin) == ["cluster1 Informational Message"] * 3
    texts = [padmin.out(f"errlog -seq {number}").splitlines()[-1] for number in (1, 2, 3)]
    assert texts == [
        "Node vios2 of cluster cluster1 is DOWN.",
        "Node vios2 of cluster cluster1 is UP.",
        "Node vios2 has left cluster cluster1.",
    ]


def test_a_pool_that_fills_up(padmin: Padmin) -> None:
    padmin.out("alert -set -value 99")
    padmin.out("alert -set -value 35")
    assert told(padmin) == ["pool1 Informational Message"] * 2
    assert padmin.out("errlog -seq 1").endswith("pool1 is less than its threshold of 99 percent.\n")
    assert padmin.out("errlog -seq 2").endswith("pool1 is not less than its threshold of 35 percent.\n")


def test_everything_about_an_entry(padmin: Padmin) -> None:
    """Head and order of the blocks are those of the entries that IBM's support pages print."""
    padmin.out("alert -set -value 99")
    assert padmin.out("errlog -seq 1") == (
        "---------------------------------------------------------------------------\n"
        "LABEL:\t\tVIO_ALERT_EVENT\n"
        "IDENTIFIER:\t0FD4CF1A\n"
        "\n"
        "Date/Time:       Thu Jun  2 21:05:57 2016\n"
        "Sequence Number: 1\n"
        "Machine Id:      0012E3CA4C00\n"
        "Node Id:         gannet2\n"
        "Class:           O\n"
        "Type:            INFO\n"
        "WPAR:            Global\n"
        "Resource Name:   pool1\n"
        "\n"
        "Description\n"
        "Informational Message\n"
        "\n"
        "Probable Causes\n"
        "Asynchronous Event Occurred\n"
        "\n"
        "Failure Causes\n"
        "PROCESSOR\n"
        "\n"
        "\tRecommended Actions\n"
        "\tCheck Detail Data\n"
        "\n"
        "Detail Data\n"
        "Alert Event Message\n"
        "Free space of storage pool pool1 is less than its threshold of 99 percent.\n"
    )
    assert padmin.out("errlog -ls") == padmin.out("errlog -seq 1") == padmin.out("errlog -ls -seq 1")


def test_old_entries_are_removed(padmin: Padmin) -> None:
    lose(padmin, "hdisk5", "missing")
    padmin.engine.clock.step(10 * 86_400_000)
    lose(padmin, "hdisk5", "active")
    assert padmin.run("errlog -rm 5 | nosuch").status == Status.NO_COMMAND
    assert len(told(padmin)) == 2, "what failed has changed nothing"
    padmin.out("errlog -rm 5")
    assert told(padmin) == ["hdisk5 PATH HAS RECOVERED"]
    padmin.out("errlog -rm 0")
    assert padmin.out("errlog") == ""
    lose(padmin, "hdisk5", "missing")
    assert "Sequence Number: 3" in padmin.out("errlog -ls"), "numbers are not given twice"


def test_the_log_does_not_grow_for_ever(padmin: Padmin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ErrorEntry, "KEPT", 10)
    for _ in range(10):
        lose(padmin, "hdisk5", "missing")
        lose(padmin, "hdisk5", "active")
    numbers = sorted(entry.number for entry in padmin.engine.state.all(ErrorEntry))
    assert numbers == list(range(11, 21))


def test_times_are_those_of_the_servers_clock(padmin: Padmin) -> None:
    with padmin.engine.alter() as change:
        vios = padmin.vios("vios1")
        change.put(ViosSettings(uuid=vios.uuid, clock_offset_s=86_400))
    lose(padmin, "hdisk5", "missing")
    assert "0603210516" in padmin.out("errlog")


def test_a_change_that_fails_is_not_told(padmin: Padmin, monkeypatch: pytest.MonkeyPatch) -> None:
    def strike(operation: object, step: str, count: int, change: object) -> None:
        if count == -1:
            raise general.INJECTED.error(operation="vios.run_command", rule="test")

    monkeypatch.setattr(padmin.engine.faults, "strike", strike)
    with pytest.raises(GiveUp):
        padmin.engine.perform(RunCommand(padmin.vios("vios1").uuid, "alert -set -value 99"))
    assert padmin.engine.state.count(ErrorEntry) == padmin.engine.state.count(ServerHistory) == 0


def test_the_log_goes_with_its_server(padmin: Padmin) -> None:
    padmin.out("alert -set -value 99")
    assert padmin.engine.state.count(ErrorEntry) == 2
    padmin.out("cluster -rmnode -hostname vios2")
    padmin.out("updateios -remove ios.cli.man.fr_FR", "vios2")
    with padmin.engine.alter() as change:
        for kind in (VolumeGroup, PhysicalVolume):
            for each in tuple(change.all(kind, padmin.vios("vios2").uuid)):
                change.remove(each)
        change.put(padmin.vios("vios2").evolve(state="not activated", rmc_state="inactive"))
    uuid = padmin.vios("vios2").uuid
    padmin.engine.perform(DeletePartition(uuid))
    assert not list(padmin.engine.state.where(ErrorEntry, vios=uuid))
    assert padmin.engine.state.find(ServerHistory, uuid) is None
    assert padmin.engine.state.find(SoftwareHistory, uuid) is None


def test_identifiers_are_different() -> None:
    assert len({template.identifier for template in TEMPLATES.values()}) == len(TEMPLATES)
    assert all(len(template.identifier) == 8 for template in TEMPLATES.values())
