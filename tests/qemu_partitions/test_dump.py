"""A restart with a dump, of a guest that is not set up to take one."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.qemu import journal
from openlpar.ports.records import Activation, Console, Job
from openlpar.qemu_host.kit import GuestKit
from tests.qemu.conftest import until
from tests.qemu_partitions.house import House
from tests.qemu_partitions.site import saved_states
from tests.qemu_scenarios.site import BOOT_S

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]


@pytest.fixture
async def house(kit: GuestKit) -> AsyncIterator[House]:
    made = House(kit, Path(tempfile.mkdtemp(prefix="ol")), saved_states(kit))
    await made.open()
    yield made
    await made.end()


@pytest.mark.parametrize("busy", [False, True])
async def test_a_dump_restart_ends_in_a_restart(house: House, busy: bool) -> None:
    uuid = await house.bootable("vm1")
    jobs = Jobs(house.engine)
    await jobs.submit("LogicalPartition", uuid, "PowerOn", {}, NOBODY)
    await until(lambda: house.partition(uuid).rmc_state == "active", "the guest agent", 2 * BOOT_S)
    if busy:
        with house.engine.alter() as change:
            hypervisor: Any = house.engine.edges.hypervisor
            hypervisor.type_on_console(change, house.partition(uuid), "echo b''usy; while :; do :; done\n", None)
        await until(
            lambda: "busy" in getattr(house.engine.state.find(Console, uuid), "text", ""), "the guest to be busy"
        )
    job = await jobs.submit("LogicalPartition", uuid, "PowerOff", {"operation": "dumprestart"}, NOBODY)
    await until(lambda: house.engine.state.get(Job, job.uuid).completed, "the end of the restart", 2 * BOOT_S)
    assert house.engine.state.get(Job, job.uuid).status == "COMPLETED_OK"
    assert house.partition(uuid).state == "running"
    notices = journal.read(house.data / "qemu" / "p" / uuid[:8].lower() / journal.FILE)
    (panic,) = [notice for notice in notices if notice.kind == "panicked"]
    assert panic.data["text"] == "OS panic: System Reset"
    assert [notice.kind for notice in notices if notice.number > panic.number].count("started") == 1
    assert not house.engine.state.get(Activation, uuid).restart
