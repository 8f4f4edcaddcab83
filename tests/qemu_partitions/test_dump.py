"""A restart with a dump, of a guest that is not set up to take one."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.engine.jobs import Jobs
from openlpar.ports.records import Activation, Job
from openlpar.qemu_host.kit import GuestKit
from tests.qemu.conftest import until
from tests.qemu_partitions.house import House
from tests.qemu_partitions.site import saved_states
from tests.qemu_scenarios.site import BOOT_S

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]


@pytest.fixture
async def house(kit: GuestKit) -> AsyncIterator[House]:
    made = House(kit, Path(tempfile.mkdtemp(prefix="ol")), states=saved_states(kit))
    await made.open()
    yield made
    await made.end()


@pytest.mark.parametrize("busy", [False, True])
async def test_a_dump_restart_ends_in_a_restart(house: House, busy: bool) -> None:
    uuid = await house.bootable("vm1")
    await house.up(uuid)
    if busy:
        house.type(uuid, "echo b''usy; while :; do :; done")
        await until(lambda: "busy" in house.shown(uuid), "the guest to be busy")
    job = await Jobs(house.engine).submit("LogicalPartition", uuid, "PowerOff", {"operation": "dumprestart"}, NOBODY)
    await until(lambda: house.engine.state.get(Job, job.uuid).completed, "the end of the restart", 2 * BOOT_S)
    assert house.engine.state.get(Job, job.uuid).status == "COMPLETED_OK"
    assert house.partition(uuid).state == "running"
    notices = house.notices(uuid)
    (panic,) = [notice for notice in notices if notice.kind == "panicked"]
    assert panic.data["text"] == "OS panic: System Reset"
    assert [notice.kind for notice in notices if notice.number > panic.number].count("started") == 1
    assert not house.engine.state.get(Activation, uuid).restart
