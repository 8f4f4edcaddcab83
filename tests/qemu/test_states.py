"""Which partitions may start from the same saved state."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from openlpar import app
from openlpar.hypervisor.qemu import saving, states
from openlpar.hypervisor.qemu.hardware import NetworkAdapter, ScsiAdapter
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.qmp import QmpRefused
from openlpar.ports.options import Options
from openlpar.settings import CannotStart, Settings
from tests.qemu.test_arguments import DISK, PLAIN, _targets

HOST = Host("pseries-11.1", command=("qemu",), version="11.1.3")
DISKS = replace(
    PLAIN, scsi=(ScsiAdapter(2, _targets(DISK)),), network=(NetworkAdapter(3, "fa:16:3e:00:00:01"),), firmware=""
)
ALIKE = {
    "name": replace(DISKS, uuid="00000000-0000-4000-8000-000000000000", name="other", lpar_id=9),
    "disk": replace(
        DISKS,
        scsi=(ScsiAdapter(2, _targets(replace(DISK, socket=Path("/elsewhere"), export="01", serial="other"))),),
    ),
}
DIFFERENT = {
    "memory": replace(DISKS, memory_mib=1280),
    "processors": replace(DISKS, processors=1),
    "disk": replace(DISKS, scsi=(ScsiAdapter(2, _targets()),)),
    "slot": replace(DISKS, scsi=(ScsiAdapter(4, _targets(DISK)),)),
    "mac": replace(DISKS, network=(NetworkAdapter(3, "fa:16:3e:00:00:02"),)),
    "mode": replace(DISKS, compat="power8"),
}
HOSTS = {
    "version": replace(HOST, version="11.1.4"),
    "place": replace(HOST, command=("other",)),
    "sandbox": replace(HOST, sandbox=True),
}


@pytest.mark.parametrize("case", ALIKE)
def test_partitions_that_differ_in_name_or_disk_share_a_state(case: str) -> None:
    assert states.shape(ALIKE[case], HOST) == states.shape(DISKS, HOST)


@pytest.mark.parametrize("case", DIFFERENT)
def test_other_hardware_has_another_state(case: str) -> None:
    assert states.shape(DIFFERENT[case], HOST) != states.shape(DISKS, HOST)


@pytest.mark.parametrize("case", HOSTS)
def test_another_qemu_has_another_state(case: str) -> None:
    assert states.shape(DISKS, HOSTS[case]) != states.shape(DISKS, HOST)


def test_a_partition_that_waits_in_the_firmware_has_none() -> None:
    assert states.file_of(Path("/states"), replace(DISKS, firmware="menu"), HOST) is None
    assert states.file_of(Path("/states"), DISKS, HOST) == Path(f"/states/{states.shape(DISKS, HOST)}.state")


def test_the_simulation_has_no_states_to_save(tmp_path: Path) -> None:
    settings = Settings(tmp_path, options=Options(saved_states=tmp_path / "states"))
    with pytest.raises(CannotStart, match=r"sim has no use for --saved-states\. Leave it out"):
        app.build(settings)


class Migrating:
    """A monitor that says how far a migration is, one answer after the other."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def execute(self, command: str, arguments: Any = None) -> Any:
        if command == "migrate":
            Path(arguments["uri"].removeprefix("file:")).write_text("half")
            return {}
        return {"status": self.answers.pop(0), "error-desc": "No space left on device"}

    async def add_file(self, descriptor: int) -> int:
        raise NotImplementedError

    def events(self, *names: str) -> Any:
        raise NotImplementedError


async def test_a_state_is_there_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "one.state"
    await saving.save(Migrating("setup", "active", "completed"), path)
    assert [each.name for each in tmp_path.iterdir()] == ["one.state"]


async def test_a_state_that_cannot_be_written_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(QmpRefused, match="No space left"):
        await saving.save(Migrating("active", "failed"), tmp_path / "one.state")
    assert not list(tmp_path.iterdir())
