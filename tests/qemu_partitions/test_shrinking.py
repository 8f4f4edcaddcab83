"""Memory is taken from a guest that can spare it, and not from one that cannot."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.qemu_host.kit import GuestKit
from openlpar.uom.partition_memory import PartitionMemoryConfiguration
from tests.qemu.conftest import until
from tests.qemu_partitions.house import House
from tests.qemu_partitions.site import saved_states
from tests.qemu_scenarios.site import BOOT_S

pytestmark = [pytest.mark.qemu, pytest.mark.timeout(600), pytest.mark.xdist_group("qemu_partitions")]

PROFILE = PartitionMemoryConfiguration(min=512, desired=1024, max=1024)


@pytest.fixture
async def house(kit: GuestKit) -> AsyncIterator[House]:
    made = House(kit, Path(tempfile.mkdtemp(prefix="ol")), states=saved_states(kit))
    await made.open()
    yield made
    await made.end()


async def test_a_guest_whose_programs_need_its_memory_keeps_it(house: House) -> None:
    uuid = await house.bootable("vm1", mem_config=PROFILE)
    await house.up(uuid)
    house.type(uuid, "mount -t tmpfs none /mnt; dd if=/dev/zero of=/mnt/f bs=1M count=500 2>/dev/null; echo sa''ted")
    await until(lambda: "sated" in house.shown(uuid), "the guest to use its memory", BOOT_S)

    def with_memory(size: int) -> UpdatePartition:
        now = house.partition(uuid)
        return UpdatePartition(uuid, now.evolve(mem_config=now.mem_config.evolve(desired=size)))

    with pytest.raises(Failure) as caught:
        await house.engine.run(with_memory(512))
    assert caught.value.message is say.GUEST_STARVED
    assert house.partition(uuid).mem_config.current == 1024

    house.type(uuid, "rm /mnt/f; echo hun''gry")
    await until(lambda: "hungry" in house.shown(uuid), "the guest to let go of it", BOOT_S)
    await house.engine.run(with_memory(768))  # the kernel keeps pages of its own in the rest
    assert house.partition(uuid).mem_config.current == 768
