"""What passes virtual disks is told by mapping."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu.backend import Qemu
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.media import Traffic
from openlpar.hypervisor.qemu.requests import _plain
from openlpar.hypervisor.qemu.traffic import disk_traffic
from openlpar.ports.hypervisor import DiskTraffic, Measuring
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from tests.qemu.test_outside import Yard, mapping


class Counting:
    """The guest's supervisor; answer: to ``statistics``."""

    def __init__(self, yard: Yard, answer: Any) -> None:
        self.uuid, self.answer, self.linked = yard.guest.uuid, answer, True

    def has_link(self) -> bool:
        return self.linked

    async def request(self, do: str) -> Any:
        assert do == "statistics"
        if isinstance(self.answer, Exception):
            raise self.answer
        return _plain(self.answer)


async def told(yard: Yard, guest: Any, blocks: Any) -> dict[str, DiskTraffic]:
    return await disk_traffic(yard.engine.state, blocks, {guest.uuid: guest})


async def test_each_mapping_has_what_passed_its_slot(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    empty = mapping(5, 2).evolve(uuid="not-in-the-guest")
    yard.put(mapping(2, 1), mapping(5, 1, "lu2"), empty)
    counts = {
        "vscsi2-1": Traffic(4096, 512, 2, 1, 1, 2, 4),
        "vscsi5-1": Traffic(0, 0, 0, 0, 0, 0, 0),
        "vscsi5-3": Traffic(9, 9, 9, 9, 9, 9, 9),
    }
    guest = Counting(yard, counts)
    found = await told(yard, guest, yard.blocks)
    assert found == {
        "m2-1": DiskTraffic(reads=2, writes=1, read_bytes=4096, written_bytes=512, failed=7),
        "m5-1": DiskTraffic(0, 0, 0, 0, 0),
    }
    assert {yard.engine.state.get(VirtualSCSIMapping, uuid).parent for uuid in found}, "a server adapter for each"


@pytest.mark.parametrize("error", [Refused("no"), Lost("gone")])
async def test_who_does_not_answer_is_left_out(tmp_path: Path, error: Exception) -> None:
    yard = Yard(tmp_path)
    yard.put(mapping(2, 1))
    guest = Counting(yard, error)
    assert await told(yard, guest, yard.blocks) == {}
    guest.linked, guest.answer = False, AssertionError("asked")
    assert await told(yard, guest, yard.blocks) == {}
    assert await told(yard, guest, None) == {}


def test_the_back_end_measures() -> None:
    assert issubclass(Qemu, Measuring)
