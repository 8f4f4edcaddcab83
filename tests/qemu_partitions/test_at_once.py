"""A disk is cloned, mapped and booted from within a fraction of a second, on a service that has just come up."""

from __future__ import annotations

import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.engine.jobs import Jobs
from openlpar.hypervisor.qemu import journal
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.ops.lpar.create import CreatePartition
from openlpar.qemu_host.kit import GuestKit
from openlpar.uom.shared_storage_pool import LogicalUnitType
from tests.ops.small_system import wished
from tests.qemu.conftest import until
from tests.qemu_partitions.house import House
from tests.qemu_scenarios.site import BOOT_S

pytestmark = [pytest.mark.qemu, pytest.mark.slow, pytest.mark.xdist_group("qemu_partitions"), pytest.mark.timeout(7200)]

ROUNDS = 20


@pytest.fixture
async def house(kit: GuestKit) -> AsyncIterator[House]:
    """Not opened yet."""
    made = House(kit, Path(tempfile.mkdtemp(prefix="ol")), states=None)
    yield made
    await made.end()


@pytest.mark.parametrize("number", range(ROUNDS))
async def test_clone_map_and_power_on_on_a_fresh_service(house: House, number: int) -> None:
    await house.open()
    image = await house.unit("image", house.kit.minimal_disk, lu_type=LogicalUnitType.IMAGE)
    created = await house.engine.run(CreatePartition(wished("vm1")))
    assert created.subject is not None
    uuid = created.subject[1]
    if number % 2:  # the servers have had no time to come up, or serve nothing yet
        await house.close()
        await house.open()
    jobs = Jobs(house.engine)
    began = time.monotonic()
    unit = await house.unit("root", cloned_from_udid=image.udid)
    await house.map(uuid, unit)
    await jobs.submit("LogicalPartition", uuid, "PowerOn", {}, NOBODY)
    took = time.monotonic() - began
    notices = house.data / "qemu" / "p" / uuid[:8].lower() / journal.FILE

    def came_up() -> Notice | None:
        return next((notice for notice in journal.read(notices) if notice.kind in ("running", "prompt", "ended")), None)

    notice = await until(came_up, "its prompt", 2 * BOOT_S)
    assert notice.kind == "running", f"asked for within {took:.2f} s: {notice}"
