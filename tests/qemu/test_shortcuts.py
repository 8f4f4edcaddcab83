"""The short way to a disk lasts as long as the process that lends it, against a model of QEMU."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from openlpar.hypervisor.qemu import shortcuts
from openlpar.hypervisor.qemu.devices import Devices
from openlpar.hypervisor.qemu.qmp import QmpLost
from openlpar.hypervisor.qemu.unplug import DeviceInterrupted, DeviceRefused
from openlpar.ports.lent_file import LentFile
from openlpar.qemu_host.processes import Process
from tests.qemu.conftest import until
from tests.qemu.fake_devices import MIB, FakeQemu, Fault, refuse
from tests.qemu.test_devices import SLOT, devices, node

LONG, SHORT = "disk-2-1", "disk-2-1-short"


class Lender:
    """A server's process, and a file of its."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        self.path = folder / "lu1.raw"
        self.path.touch()
        os.truncate(self.path, 64 * MIB)

    def file(self, size: int = 64 * MIB) -> LentFile:
        process = Process.of(self.process.pid)
        node = {"driver": "raw", "size": size, "file": {"driver": "file", "filename": str(self.path), "locking": "off"}}
        return LentFile(node, process.pid, process.started)

    def words(self, size: int = 64 * MIB, **other: Any) -> dict[str, Any]:
        return asdict(self.file(size)) | other

    def elsewhere(self) -> dict[str, Any]:
        file = {"driver": "file", "filename": str(self.path.with_name("other.raw"))}
        return self.words(node={"driver": "raw", "file": file})

    def end(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def lender(tmp_path: Path) -> Iterator[Lender]:
    made = Lender(tmp_path)
    yield made
    made.end()


@pytest.fixture
def qemu() -> FakeQemu:
    return FakeQemu()


@pytest.fixture
async def ours(qemu: FakeQemu) -> AsyncIterator[Devices]:
    made = devices(qemu)
    await made.insert(SLOT, node())
    yield made
    made.close()


def goes_long(qemu: FakeQemu) -> bool:
    """And nothing of the other way is left."""
    return qemu.bays[SLOT].node == LONG and list(qemu.nodes) == [LONG] and not any(qemu.files)


async def test_a_slot_is_led_to_its_file(qemu: FakeQemu, ours: Devices, lender: Lender) -> None:
    before = (await ours.sizes()).slots[SLOT]
    await ours.shorten(SLOT, **lender.words())
    assert qemu.bays[SLOT].node == SHORT and set(qemu.nodes) == {LONG, SHORT} and not any(qemu.files)
    assert qemu.nodes[SHORT]["size"] == 64 * MIB and qemu.nodes[SHORT]["file"]["locking"] == "off"
    slot = (await ours.sizes()).slots[SLOT]
    assert slot.shortcut == lender.file().mark
    assert (slot.node, slot.driver, slot.source) == (before.node, before.driver, before.source)
    asked = len(qemu.sent)
    await ours.shorten(SLOT, **lender.words())
    assert "blockdev-add" not in qemu.sent[asked:], "it goes there already"


async def test_it_asks_its_server_again_when_that_has_ended(qemu: FakeQemu, ours: Devices, lender: Lender) -> None:
    await ours.shorten(SLOT, **lender.words())
    lender.end()
    await until(lambda: goes_long(qemu))
    assert (await ours.sizes()).slots[SLOT].shortcut == ""
    with pytest.raises(DeviceRefused, match="who lends the file has ended"):
        await ours.shorten(SLOT, **lender.words(started=1))
    assert goes_long(qemu)


async def test_a_server_that_ends_meanwhile_is_noticed(
    qemu: FakeQemu, ours: Devices, lender: Lender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcuts, "_AGAIN_S", 0.01)
    qemu.faults.append(Fault("qom-set", QmpLost("gone"), carried_out=True))
    with pytest.raises(DeviceInterrupted, match="leading vscsi2-1 to its file: gone"):
        await ours.shorten(SLOT, **lender.words())
    assert qemu.bays[SLOT].node == SHORT, "though nobody was told"
    qemu.faults.append(Fault("qom-set", QmpLost("gone")))
    lender.end()
    await until(lambda: goes_long(qemu))


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("command", ["add-fd", "blockdev-add", "remove-fd", "qom-set"])
async def test_an_interrupted_way_is_taken_or_left(
    qemu: FakeQemu, ours: Devices, lender: Lender, command: str, carried_out: bool
) -> None:
    qemu.faults.append(Fault(command, QmpLost("gone"), carried_out))
    if command != "remove-fd":
        with pytest.raises(DeviceInterrupted):
            await ours.shorten(SLOT, **lender.words())
    await ours.shorten(SLOT, **lender.words())
    assert qemu.bays[SLOT].node == SHORT and set(qemu.nodes) == {LONG, SHORT}
    await ours.lengthen()
    assert qemu.bays[SLOT].node == LONG and list(qemu.nodes) == [LONG]


@pytest.mark.parametrize("command", ["add-fd", "blockdev-add", "qom-set"])
async def test_a_refused_one_changes_nothing(qemu: FakeQemu, ours: Devices, lender: Lender, command: str) -> None:
    qemu.faults.append(Fault(command, refuse("no")))
    with pytest.raises(DeviceRefused, match="no"):
        await ours.shorten(SLOT, **lender.words())
    assert goes_long(qemu)
    with pytest.raises(DeviceRefused, match=r"other\.raw cannot be opened: No such file"):
        await ours.shorten(SLOT, **lender.elsewhere())
    assert goes_long(qemu)


async def test_an_empty_slot_and_one_that_is_only_read_have_none(qemu: FakeQemu, ours: Devices, lender: Lender) -> None:
    with pytest.raises(DeviceRefused, match="there is no disk in vscsi2-2"):
        await ours.shorten("vscsi2-2", **lender.words())
    await ours.insert("vscsi2-2", {**node("lu2", "disk-2-2"), "read-only": True})
    with pytest.raises(DeviceRefused, match="there is no disk in vscsi2-2 that a guest writes"):
        await ours.shorten("vscsi2-2", **lender.words())


async def test_every_other_operation_takes_it_back(qemu: FakeQemu, ours: Devices, lender: Lender) -> None:
    for operation in (
        lambda: ours.insert(SLOT, node()),
        lambda: ours.reconnect(SLOT, node()),
        lambda: ours.resize_disk(SLOT, 64 * MIB, node()),
        ours.lengthen,
    ):
        await ours.shorten(SLOT, **lender.words())
        await operation()
        assert goes_long(qemu)
    await ours.shorten(SLOT, **lender.words())
    assert (await ours.eject(SLOT)).node == "" and not qemu.nodes


async def test_another_file_takes_its_place(qemu: FakeQemu, ours: Devices, lender: Lender) -> None:
    await ours.shorten(SLOT, **lender.words())
    await ours.shorten(SLOT, **lender.words(size=32 * MIB))
    assert qemu.nodes[SHORT]["size"] == 32 * MIB and set(qemu.nodes) == {LONG, SHORT}
    assert (await ours.sizes()).slots[SLOT].shortcut == lender.file(32 * MIB).mark


async def test_nothing_is_watched_when_qemu_has_ended(ours: Devices, lender: Lender) -> None:
    before = len(os.listdir("/proc/self/fd"))
    await ours.shorten(SLOT, **lender.words())
    assert len(os.listdir("/proc/self/fd")) == before + 1
    ours.close()
    assert len(os.listdir("/proc/self/fd")) == before
    lender.end()
    await asyncio.sleep(0)
