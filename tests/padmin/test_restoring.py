"""``viosbr -restore``: brings back what is missing, whatever that is, and all of it or nothing when the system fails."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from openlpar.messages import general
from openlpar.ports.records import Fault
from openlpar.vios.padmin import backup
from openlpar.vios.padmin.refusal import Status
from tests.ops.small_system import digest
from tests.padmin.conftest import Padmin, open_system

LOSSES = (
    "rmvdev -vtd vtscsi0",
    "rmvdev -vtd vtscsi1",
    "rmvdev -vtd vtscsi2",
    "rmvdev -vtd vtopt0",
    "rmlv -f spare_lv",
    "rmvdev -vtd vtscsi0 -rmlv",
    'vfcmap -vadapter vfchost0 -fcp ""',
)


def mappings(padmin: Padmin) -> list[str]:
    """What is lent, without the order in which it came to be."""
    fields = "-field svsa vtd lun backing clientid -fmt :"
    disks = sorted(":".join(sorted(line.split(":"))) for line in padmin.out(f"lsmap -all {fields}").splitlines())
    return disks + sorted(padmin.out("lsmap -all -npiv -field name fc clntid -fmt :").splitlines())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(LOSSES), unique=True))
def test_whatever_is_lost_comes_back(tmp_path: Path, losses: list[str]) -> None:
    padmin = Padmin(open_system(tmp_path), tmp_path)
    padmin.out("viosbr -backup -file a")
    before = mappings(padmin)
    for loss in losses:
        padmin.run(loss)  # some of them exclude each other
    restored = padmin.run("viosbr -restore -file a")
    assert restored.status == Status.DONE, restored
    assert mappings(padmin) == before
    again = padmin.out("viosbr -restore -file a")
    assert again.splitlines()[3:] == [], "a second restore finds nothing to do"


def test_only_looking_changes_nothing(padmin: Padmin) -> None:
    padmin.out("viosbr -backup -file a")
    padmin.out("rmlv -f spare_lv")
    before = digest(padmin.engine)
    assert "spare_lv" in padmin.out("viosbr -restore -file a -validate")
    assert digest(padmin.engine) == before


def test_what_differs_stays_as_it_is(padmin: Padmin) -> None:
    """An adapter that was given another port keeps that one; only one without any is mapped again, as a disk is lent again."""
    padmin.out("viosbr -backup -file a")
    padmin.out("vfcmap -vadapter vfchost0 -fcp fcs1")
    before = digest(padmin.engine)
    padmin.out("viosbr -restore -file a")
    assert digest(padmin.engine) == before


def test_a_partition_that_is_gone_is_named(padmin: Padmin) -> None:
    """Its device is left out, the others come, and the exit status says that something is missing."""
    padmin.out("viosbr -backup -file a")
    path = padmin.files / "2" / "cfgbackups" / "a.tar.gz"
    saved = backup.opened(path.read_bytes(), "a")
    for one in saved["VirtualSCSIMapping"]:
        if one["ServerAdapter"]["AdapterName"] == "vhost0":
            one["AssociatedLogicalPartition"] = "LogicalPartition/00000000-0000-4000-8000-000000000000"
            one["ClientAdapter"]["LocalPartitionID"] = "99"
            one["ServerAdapter"]["VirtualSlotNumber"] = "33"
    document = json.dumps(saved).encode()
    with tarfile.open(path, "w:gz") as tar:
        entry = tarfile.TarInfo("viosbr.json")
        entry.size = len(document)
        tar.addfile(entry, io.BytesIO(document))
    padmin.out("rmvdev -vtd vtscsi2")
    result = padmin.run("viosbr -restore -file a")
    assert result.status == Status.INCOMPLETE
    assert "vtscsi2                   vtscsi2" in result.stdout
    assert (
        'vtscsi0                   Partition "id 99" does not exist. Restore it first with rstprofdata.'
        in result.stdout
    )


@pytest.mark.parametrize("after", range(3))
def test_when_the_system_fails_nothing_stays(padmin: Padmin, after: int) -> None:
    """A fault inside one of the operations: all that was restored before it is taken back."""
    padmin.engine.edges = type(padmin.engine.edges)(
        padmin.engine.edges.hypervisor, padmin.engine.edges.io_server, padmin.engine.faults.strike_inside
    )
    padmin.out("viosbr -backup -file a")
    for loss in ("rmvdev -vtd vtscsi0 -rmlv", "rmlv -f spare_lv", "rmvdev -vtd vtscsi2"):
        padmin.out(loss)
    before = digest(padmin.engine)
    padmin.engine.put_record(
        Fault(uuid="rule", effect="fail", operation="volume_group.update vios.update", step="?*", after=after, times=1)
    )
    result = padmin.run("viosbr -restore -file a")
    assert result.status == Status.INCOMPLETE
    assert general.INJECTED.id in result.stderr
    assert result.stdout == ""
    assert digest(padmin.engine) == before


def test_a_backup_of_something_else_is_refused(padmin: Padmin) -> None:
    padmin.engine.edges.io_server.write_file(padmin.vios("vios1"), "/home/padmin/cfgbackups/b.tar.gz", b"no archive")
    assert padmin.run("viosbr -restore -file b").status == Status.INCOMPLETE
