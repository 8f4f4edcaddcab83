"""What passes virtual disks is told by mapping, what passes the switch by port."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import traffic
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.media import Traffic
from openlpar.hypervisor.qemu.requests import _plain
from openlpar.hypervisor.qemu.switch import SwitchError
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


async def told(yard: Yard, guest: Any, blocks: Any) -> dict[str, traffic.Traffic]:
    return await traffic.of_disks(yard.engine.state, blocks, {guest.uuid: guest})


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
    assert found == {"m2-1": (2, 1, 4096, 512), "m5-1": (0, 0, 0, 0)}
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


class Switching:
    """The switch, or one that does not answer."""

    answer: Any = {
        "pid": 7,
        "ports": [{"name": "4-3", "in": {"frames": 1, "bytes": 100}, "out": {"frames": 2, "bytes": 300}}],
    }

    async def request(self, do: str) -> Any:
        assert do == "status"
        if self.answer is None:
            raise SwitchError("it does not answer")
        return self.answer


async def test_what_leaves_the_switch_comes_in_at_the_adapter() -> None:
    switch: Any = Switching()
    assert await traffic.of_ports(switch) == (7, {"4-3": (2, 1, 300, 100)})
    switch.answer = None
    assert await traffic.of_ports(switch) == (0, {})
