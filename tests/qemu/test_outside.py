"""The world outside follows the state: servers, switch, and what is in the slots of running guests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import Engine
from openlpar.hypervisor.qemu import reconciler
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.outside import Outside
from openlpar.hypervisor.qemu.switch import SwitchError
from openlpar.hypervisor.qemu.switch_links import Links
from openlpar.ports.io_server import BlockAddress
from openlpar.ports.lent_file import LentFile
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.virtual_switch import VirtualSwitch
from tests.ops.small_system import SYSTEM, open_system
from tests.qemu.conftest import until

VIOS, VM = "00000002-0000-4000-8000-000000000002", "00000004-0000-4000-8000-000000000004"
BELOW = {"parent": SYSTEM.uuid}
SOCKET = Path("/data/v/0/nbd.sock")


def mapping(slot: int, target: int, unit: str = "lu1") -> VirtualSCSIMapping:
    kind: Any = VirtualSCSITargetDevice.by_name["logical_unit"]
    device = kind.target(lua=f"0x{0x80 + target:x}00000000000000", udid=f"09{slot}{target}", name="vtscsi0")
    return VirtualSCSIMapping(
        uuid=f"m{slot}-{target}",
        parent=VIOS,
        client_adapter=VirtualSCSIClientAdapter(lpar_id=4, lpar_slot_num=slot),
        backing_storage=VirtualSCSIStorage(logical_unit=LogicalUnit(name=unit, udid=unit)),
        target_dev=VirtualSCSITargetDevice(logical_unit=device),
    )


@dataclass
class Blocks:
    """A block service that notes what is asked of it. left: processes of a server that crashed; fails: it cannot serve; files:
    units that lie in files, lent by a process that began at a time."""

    story: list[str]
    runs: set[str] = field(default_factory=set)
    left: list[int] = field(default_factory=list)
    fails: bool = False
    during: Any = None
    files: set[str] = field(default_factory=set)
    unreadable: set[str] = field(default_factory=set)
    began: int = 1
    size: int = 1 << 20

    def address(self, world: World, mapping: VirtualSCSIMapping) -> BlockAddress:
        unit = mapping.backing_storage.logical_unit.name
        target = int(mapping.target_dev.logical_unit.lua[2:4], 16) & 0x3F
        return BlockAddress(SOCKET, f"export-of-{unit}", 4, target, "", size=self.size)

    def lent_file(self, world: World, mapping: VirtualSCSIMapping) -> LentFile | None:
        unit = mapping.backing_storage.logical_unit.name
        if unit in self.unreadable:
            raise OSError(f"{unit} cannot be read")
        return LentFile({"file": {"filename": f"/{unit}.raw"}}, 8, self.began) if unit in self.files else None

    def serves(self, vios: str) -> bool:
        return vios in self.runs

    def processes(self, vios: str) -> list[int]:
        return [8] if vios in self.runs else self.left

    async def start(self, world: World, vios: str) -> None:
        if self.fails:
            raise OSError("no room")
        self.story.append("start")
        self.runs.add(vios)

    async def stop(self, vios: str) -> None:
        self.story.append("stop")
        self.runs.discard(vios)
        self.left.clear()

    async def converge(self, world: World, vios: str) -> None:
        self.story.append("serve")
        if self.during is not None:
            self.during()

    async def close(self) -> None:
        self.story.append("let go")


@dataclass
class FakeGuest:
    """A guest with slots 2 and 5. inside: what is in a slot, by name."""

    story: list[str]
    inside: dict[str, str] = field(default_factory=dict)
    short: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    error: Exception | None = None
    refused: str = ""
    linked: bool = True
    uuid: str = VM
    run: Path = Path("/data/p/0")

    def has_link(self) -> bool:
        return self.linked

    async def request(self, do: str, **arguments: Any) -> Any:
        if self.error is not None:
            raise self.error
        if do == "sizes":
            names = [f"vscsi{slot}-{target}" for slot in (2, 5) for target in range(1, 11)]
            return {"slots": {name: self._slot(name) for name in names}}
        if do == self.refused:
            raise Refused("no")
        slot = arguments["slot"]
        self.story.append(f"{do} {slot}")
        if do == "shorten":
            self.short[slot] = LentFile(arguments["node"], arguments["pid"], arguments["started"]).mark
            return {}
        self.short.pop(slot, None)
        if do == "eject":
            del self.inside[slot]
        else:
            assert arguments["node"]["node-name"] == slot.replace("vscsi", "disk-")
            self.inside[slot] = arguments["node"]["export"]
            self.sizes[slot] = arguments.get("size", self.sizes.get(slot, 1 << 20))
        return self._slot(slot)

    def _slot(self, name: str) -> dict[str, Any]:
        if name not in self.inside:
            return {"node": "", "source": "", "size": 0, "shortcut": ""}
        return {
            "node": name.replace("vscsi", "disk-"),
            "source": f"nbd+unix:///{self.inside[name]}?socket=x",
            "size": self.sizes.get(name, 1 << 20),
            "shortcut": self.short.get(name, ""),
        }


@dataclass
class Uplinks:
    story: list[str]
    error: str = ""
    unlinked: str = ""

    async def carry(self, switch: Any, wanted: Any) -> bool:
        if self.unlinked and any(port["name"] in self.unlinked for port in wanted["ports"]):
            raise SwitchError(self.unlinked)
        if self.error:
            raise SwitchError(self.error)
        self.story.append("carry")
        return True

    async def close(self) -> None:
        """Nothing of it stays."""


class Yard:
    """A system with one Virtual I/O Server and one guest, and what has been done to them."""

    def __init__(self, folder: Path) -> None:
        self.story: list[str] = []
        objects = (
            VirtualIOServer(uuid=VIOS, id=2, name="vios1", state="running", **BELOW),
            LogicalPartition(uuid=VM, id=4, name="vm1", env="AIX/Linux", state="running", **BELOW),
        )
        self.engine: Engine = open_system(folder / "data", "immediate", *objects)[0]
        self.blocks, self.guest = Blocks(self.story, {VIOS}), FakeGuest(self.story)
        guests: Any = {VM: self.guest}
        blocks: Any = self.blocks
        self.outside = Outside(self.engine.state, blocks, folder / "n", guests)
        self.uplinks = Uplinks(self.story)
        self.outside.uplinks = self.uplinks  # type: ignore[assignment]

    def put(self, *objects: Any) -> None:
        with self.engine.alter() as change:
            for obj in objects:
                change.put(obj)

    async def round(self) -> list[str]:
        """What one round does."""
        self.story.clear()
        await self.outside.converge()
        return list(self.story)


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    made = Yard(tmp_path)
    await made.engine.start()
    yield made
    await made.outside.close()
    await made.engine.stop()


async def test_what_is_mapped_comes_in_and_what_is_not_goes_out_first(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    assert await yard.round() == ["serve", "carry", "insert vscsi2-1"]
    assert yard.guest.inside == {"vscsi2-1": "export-of-lu1"}
    assert await yard.round() == ["serve", "carry"]
    yard.put(mapping(2, 2))
    with yard.engine.alter() as change:
        change.remove(mapping(2, 1))
    assert await yard.round() == ["eject vscsi2-1", "serve", "carry", "insert vscsi2-2"]


async def test_what_lies_in_a_file_is_read_there(yard: Yard) -> None:
    yard.put(mapping(2, 1), mapping(2, 2, "clone"), mapping(2, 3, "gone"))
    yard.blocks.files, yard.blocks.unreadable = {"lu1", "gone"}, {"gone"}
    inserted = ["insert vscsi2-1", "insert vscsi2-2", "insert vscsi2-3"]
    assert await yard.round() == ["serve", "carry", *inserted, "shorten vscsi2-1"]
    assert await yard.round() == ["serve", "carry"]
    yard.blocks.began += 1
    assert await yard.round() == ["serve", "carry", "shorten vscsi2-1"], "another process lends it"


async def test_a_guest_is_told_of_a_disk_that_has_grown(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    yard.blocks.files = {"lu1"}
    await yard.round()
    yard.blocks.size *= 2
    assert await yard.round() == ["serve", "carry", "resize_disk vscsi2-1", "shorten vscsi2-1"]
    assert yard.guest.sizes == {"vscsi2-1": 2 << 20}
    assert await yard.round() == ["serve", "carry"]


async def test_a_guest_that_is_not_led_to_a_file_goes_on(yard: Yard, caplog: pytest.LogCaptureFixture) -> None:
    yard.put(mapping(2, 1))
    yard.blocks.files, yard.guest.refused = {"lu1"}, "shorten"
    assert await yard.outside.converge()
    assert yard.guest.inside and "vscsi2-1 of partition vm1 goes on over its server: no" in caplog.text


async def test_the_last_disk_of_an_adapter_goes_out_too(yard: Yard) -> None:
    yard.guest.inside = {"vscsi5-1": "export-of-lu1"}
    yard.put(mapping(2, 1))
    assert "eject vscsi5-1" in await yard.round()


async def test_another_disk_at_the_same_place_is_exchanged(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    await yard.round()
    yard.put(mapping(2, 1, "lu2"))
    assert await yard.round() == ["eject vscsi2-1", "serve", "carry", "insert vscsi2-1"]
    assert yard.guest.inside == {"vscsi2-1": "export-of-lu2"}


async def test_a_slot_that_the_guest_was_not_started_with_stays_away(yard: Yard) -> None:
    yard.put(mapping(7, 1))
    assert await yard.round() == ["serve", "carry"]


async def test_a_disk_that_is_mapped_during_a_round_comes_in_the_next_one(yard: Yard) -> None:
    """Its server has not heard of it: QEMU would stand still and wait for it."""
    yard.blocks.during = lambda: yard.put(mapping(2, 1))
    assert await yard.round() == ["serve", "carry"]
    assert await yard.round() == ["serve", "carry", "insert vscsi2-1"]


async def test_the_disks_of_a_server_that_is_off_stay_where_they_are(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    await yard.round()
    yard.put(yard.engine.state.get(VirtualIOServer, VIOS).evolve(state="not activated"))
    assert await yard.round() == ["stop", "carry"]
    assert yard.guest.inside
    yard.put(yard.engine.state.get(VirtualIOServer, VIOS).evolve(state="running"))
    assert await yard.round() == ["start", "carry", "reconnect vscsi2-1"]
    assert await yard.round() == ["serve", "carry"]


async def test_what_is_left_of_a_server_that_crashed_goes_before_others_are_served(yard: Yard) -> None:
    yard.put(VirtualIOServer(uuid=VIOS[:-1] + "9", id=9, name="vios2", state="not activated", **BELOW))
    yard.blocks.left = [4711]
    assert await yard.round() == ["stop", "serve", "carry"]
    assert await yard.round() == ["serve", "carry"]


async def test_a_disk_that_cannot_be_connected_anew_is_left_to_qemu(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    await yard.round()
    yard.blocks.runs.clear()
    yard.guest.refused = "reconnect"
    assert await yard.round() == ["start", "carry"]
    assert await yard.round() == ["serve", "carry"]


async def test_a_guest_without_a_link_is_left_alone(yard: Yard) -> None:
    yard.put(mapping(2, 1))
    yard.guest.linked = False
    assert await yard.outside.converge()
    assert not yard.guest.inside


@pytest.mark.parametrize("error", [Refused("busy"), Lost("it is gone")])
async def test_a_guest_that_refuses_is_asked_again(
    yard: Yard, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciler, "AGAIN_S", 0.01)
    yard.guest.error = error
    yard.put(mapping(2, 1))
    yard.outside.start()
    await until(lambda: yard.story.count("serve") > 2)
    yard.guest.error = None
    await until(lambda: yard.guest.inside)


@pytest.mark.parametrize("part", ["blocks", "switch"])
async def test_a_round_that_failed_is_tried_again(yard: Yard, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciler, "AGAIN_S", 0.01)
    yard.blocks.runs.clear()
    if part == "blocks":
        yard.blocks.fails = True
    else:
        yard.uplinks.error = "it does not answer"
    assert not await yard.outside.converge()
    yard.outside.start()
    await asyncio.sleep(0)
    yard.blocks.fails, yard.uplinks.error = False, ""
    await until(lambda: {"start", "carry"} <= set(yard.story))


async def test_only_what_concerns_the_outside_wakes_it(yard: Yard) -> None:
    await yard.engine.settled()
    yard.engine.followers.append(yard.outside.committed)
    yard.outside.start()
    await until(lambda: "carry" in yard.story)
    yard.story.clear()
    yard.put(LogicalPartition(uuid=VM, id=4, name="other", **BELOW))
    await yard.engine.settled()
    assert not yard.story
    yard.put(mapping(2, 1))
    await until(lambda: "insert vscsi2-1" in yard.story)


async def test_a_link_that_cannot_be_had_cuts_nobody_off(yard: Yard) -> None:
    yard.put(VirtualSwitch(uuid="switch", name="ETHERNET0", switch_id=0, **BELOW))
    yard.outside.links = Links(yard.engine.state, ["switch=ETHERNET0,local=:4801,peer=:4802"])
    assert await yard.outside.converge()
    yard.uplinks.unlinked = "the virtual switch refuses configure: port link-1: its link cannot be opened"
    yard.story.clear()
    assert not await yard.outside.converge(), "it is tried again"
    assert yard.story == ["serve", "carry"]


async def test_a_partition_that_sets_out_or_has_come_to_rest_wakes_it(yard: Yard) -> None:
    yard.engine.followers.append(yard.outside.committed)
    await yard.engine.settled()
    yard.outside.start()
    await until(lambda: "carry" in yard.story)
    for now in ("migrating running", "running"):
        yard.story.clear()
        yard.put(yard.engine.state.get(LogicalPartition, VM).evolve(state=now))
        await until(lambda: "carry" in yard.story)
