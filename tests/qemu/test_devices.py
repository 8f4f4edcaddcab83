"""Cores and media of a running guest, and one operation at a time, against a model of QEMU."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from openlpar.hypervisor.qemu.devices import Devices
from openlpar.hypervisor.qemu.qmp import QmpLost, QmpTimeout
from openlpar.hypervisor.qemu.unplug import DeviceInterrupted, DeviceRefused
from tests.qemu.fake_devices import MIB, REFUSES, SILENT, FakeQemu, Fault, refuse

SLOT = "vscsi2-1"


def devices(qemu: FakeQemu, core_remove: bool = True, patience_s: float = 0.02) -> Devices:
    return Devices(qemu, core_remove=core_remove, dimm_mib=256, patience_s=patience_s)


def node(export: str = "lu1", name: str = "disk-2-1") -> dict[str, Any]:
    server = {"type": "unix", "path": "../v/nbd.sock"}
    return {"driver": "nbd", "node-name": name, "server": server, "export": export}


# ---- cores ------------------------------------------------------------------------------------------------------------


async def test_cores_come_and_go() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    real = await ours.resize_cores(3)
    assert (real.real, real.reason, sorted(qemu.cores)) == (3, "", [0, 1, 2])
    real = await ours.resize_cores(1)
    assert (real.real, real.reason, sorted(qemu.cores)) == (1, "", [0])


async def test_a_core_of_the_command_line_goes_by_its_path() -> None:
    qemu = FakeQemu(cores={0: "/machine/unattached/device[1]", 1: "/machine/unattached/device[2]"})
    assert (await devices(qemu).resize_cores(1)).real == 1


@pytest.mark.parametrize("count", [0, 9])
async def test_an_impossible_number_of_cores_is_refused(count: int) -> None:
    with pytest.raises(DeviceRefused, match="from 1 to 8 cores"):
        await devices(FakeQemu()).resize_cores(count)


async def test_a_qemu_that_would_crash_is_not_asked_to_remove_a_core() -> None:
    qemu = FakeQemu()
    ours = devices(qemu, core_remove=False)
    await ours.resize_cores(2)
    with pytest.raises(DeviceRefused, match="crashes when a core is removed"):
        await ours.resize_cores(1)
    assert "device_del" not in qemu.sent


async def test_the_budget_of_threads_is_never_exceeded() -> None:
    qemu = FakeQemu(maxcpus=4)
    ours = devices(qemu)
    for _ in range(3):
        assert (await ours.resize_cores(2)).real == 2
        assert (await ours.resize_cores(1)).real == 1
    with pytest.raises(DeviceRefused, match="the 4 emulated threads of this QEMU are used up"):
        await ours.resize_cores(2)
    assert qemu.alive and qemu.threads == 4


async def test_what_the_budget_still_allows_is_added() -> None:
    qemu = FakeQemu(maxcpus=4)
    ours = devices(qemu)
    await ours.resize_cores(3)
    await ours.resize_cores(1)
    real = await ours.resize_cores(3)
    assert real.real == 2 and "used up" in real.reason


async def test_a_lost_answer_counts_as_a_started_thread() -> None:
    qemu = FakeQemu(maxcpus=2)
    ours = devices(qemu)
    qemu.faults.append(Fault("device_add", QmpTimeout("late"), carried_out=True))
    with pytest.raises(DeviceInterrupted):
        await ours.resize_cores(2)
    assert (await ours.resize_cores(1)).real == 1
    with pytest.raises(DeviceRefused, match="used up"):
        await ours.resize_cores(2)
    assert qemu.alive


async def test_a_refused_core_stops_the_growth() -> None:
    qemu = FakeQemu()
    qemu.faults.append(Fault("device_add", refuse("out of memory")))
    real = await devices(qemu).resize_cores(3)
    assert (real.real, real.reason) == (1, "out of memory")


async def test_the_guest_keeps_one_core_and_gives_another() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_cores(4)
    qemu.guest.append(REFUSES)
    real = await ours.resize_cores(3)
    assert (real.real, real.reason, sorted(qemu.cores)) == (3, "", [0, 1, 3])


async def test_the_guest_keeps_all_cores() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_cores(2)
    qemu.guest.append(REFUSES)
    real = await ours.resize_cores(1)
    assert (real.real, real.reason) == (2, "the guest does not give core1 up")


async def test_a_silent_guest_is_asked_for_one_core_only_and_again_for_the_same() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_cores(4)
    qemu.guest.append(SILENT)
    real = await ours.resize_cores(2)
    assert real.real == 4 and qemu.leaving == {"/machine/peripheral/core3"}
    patient = asyncio.create_task(devices(qemu, patience_s=5).resize_cores(2))
    while "device_del" not in qemu.sent[-1:]:
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    qemu.answer("/machine/peripheral/core3", gone=True)
    assert (await patient).real == 2


async def test_other_devices_leave_meanwhile() -> None:
    qemu = FakeQemu()
    ours = devices(qemu, patience_s=0.2)
    await ours.resize_cores(2)
    qemu.guest.append(SILENT)
    shrinking = asyncio.create_task(ours.resize_cores(1))
    while not qemu.leaving:
        await asyncio.sleep(0)
    qemu.say("DEVICE_DELETED", path="/machine/peripheral/core1/thread[0]/icp")
    qemu.say("DEVICE_DELETED", path="/machine/peripheral/nic", device="nic")
    resized = await shrinking
    assert resized.real == 2 and "did not say whether it gives core1 up" in resized.reason


async def test_a_device_that_left_without_a_word_is_missed() -> None:
    """Its event was lost with a connection."""
    qemu = FakeQemu()
    ours = devices(qemu, patience_s=10)
    await ours.resize_cores(2)
    qemu.guest.append(SILENT)
    shrinking = asyncio.create_task(ours.resize_cores(1))
    while not qemu.leaving:
        await asyncio.sleep(0)
    del qemu.cores[1]
    async with asyncio.timeout(5):
        assert (await shrinking).real == 1


# ---- media ------------------------------------------------------------------------------------------------------------


async def test_insert_and_eject() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    slot = await ours.insert(SLOT, node())
    assert (slot.node, slot.size, slot.tray_open) == ("disk-2-1", 64 * MIB, False)
    slot = await ours.eject(SLOT)
    assert (slot.node, slot.tray_open, qemu.nodes) == ("", False, {})


async def test_both_may_be_repeated() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    qemu.bays[SLOT].tray_open = True  # the guest opened it
    assert not (await ours.insert(SLOT, node())).tray_open
    assert qemu.sent.count("blockdev-add") == 1
    await ours.eject(SLOT)
    assert (await ours.eject(SLOT)).node == ""


@pytest.mark.parametrize("other", [node("lu2"), node(name="other"), {**node(), "read-only": True}])
async def test_another_medium_is_refused_unless_it_replaces(other: dict[str, Any]) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    with pytest.raises(DeviceRefused, match=r"lu1.* is in vscsi2-1"):
        await ours.insert(SLOT, other)
    slot = await ours.insert(SLOT, other, replace=True)
    assert slot.node == other["node-name"] and list(qemu.nodes) == [other["node-name"]]


@pytest.mark.parametrize(
    "command", ["blockdev-add", "blockdev-open-tray", "blockdev-insert-medium", "blockdev-close-tray"]
)
async def test_a_refused_step_takes_back_those_before(command: str) -> None:
    qemu = FakeQemu()
    qemu.faults.append(Fault(command, refuse("no")))
    with pytest.raises(DeviceRefused, match="no"):
        await devices(qemu).insert(SLOT, node())
    assert not qemu.nodes
    assert not qemu.bays[SLOT].node and not qemu.bays[SLOT].tray_open


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize(
    "command", ["blockdev-add", "blockdev-open-tray", "blockdev-insert-medium", "blockdev-close-tray"]
)
@pytest.mark.parametrize("finish", ["insert", "eject"])
async def test_an_interrupted_insertion_is_finished_or_cleared_away(
    command: str, carried_out: bool, finish: str
) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    qemu.faults.append(Fault(command, QmpLost("gone"), carried_out))
    with pytest.raises(DeviceInterrupted, match="inserting into vscsi2-1"):
        await ours.insert(SLOT, node())
    if finish == "insert":
        assert (await ours.insert(SLOT, node())).node == "disk-2-1"
        assert list(qemu.nodes) == ["disk-2-1"]
    else:
        assert (await ours.eject(SLOT)).node == ""
        assert not qemu.nodes
    assert not qemu.bays[SLOT].tray_open


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("command", ["blockdev-open-tray", "blockdev-remove-medium", "blockdev-del"])
async def test_an_interrupted_ejection_can_be_repeated(command: str, carried_out: bool) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    qemu.faults.append(Fault(command, QmpTimeout("late"), carried_out))
    with pytest.raises(DeviceInterrupted):
        await ours.eject(SLOT)
    await ours.eject(SLOT)
    assert (await ours.insert(SLOT, node("lu2"))).size == 32 * MIB
    assert list(qemu.nodes) == ["disk-2-1"]


async def test_a_medium_in_use_goes_by_force_only() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    qemu.bays[SLOT].locked = True
    with pytest.raises(DeviceRefused, match="the guest uses what is in vscsi2-1"):
        await ours.eject(SLOT, force=False)
    assert (await ours.eject(SLOT)).node == ""


async def test_a_refused_ejection_leaves_the_tray_closed() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    qemu.faults.append(Fault("blockdev-remove-medium", refuse("no")))
    with pytest.raises(DeviceRefused):
        await ours.eject(SLOT)
    assert qemu.bays[SLOT].node and not qemu.bays[SLOT].tray_open


async def test_a_node_in_another_slot_is_not_taken_away() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    with pytest.raises(DeviceRefused, match="is in use"):
        await ours.insert("vscsi2-2", node())
    assert qemu.bays[SLOT].node == "disk-2-1"


async def test_an_unknown_slot_is_refused() -> None:
    with pytest.raises(DeviceRefused, match="no slot vscsi9-1"):
        await devices(FakeQemu()).eject("vscsi9-1")


async def test_a_disk_grows() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    with pytest.raises(DeviceRefused, match="Cannot grow"):  # not on the server yet
        await ours.resize_disk(SLOT, 128 * MIB, node())
    qemu.exports["lu1"] = 128 * MIB
    assert (await ours.resize_disk(SLOT, 128 * MIB, node())).size == 128 * MIB
    with pytest.raises(DeviceRefused, match="cannot shrink"):
        await ours.resize_disk(SLOT, 64 * MIB, node())
    with pytest.raises(DeviceRefused, match="other is not in"):
        await ours.resize_disk(SLOT, 256 * MIB, node(name="other"))


async def test_statistics_are_those_of_the_slots() -> None:
    traffic = await devices(FakeQemu()).statistics()
    assert set(traffic) == {"vscsi2-1", "vscsi2-2"}
    one = traffic[SLOT]
    assert (one.read_bytes, one.written_bytes, one.reads, one.writes) == (1, 2, 3, 4)
    assert (one.failed_reads, one.failed_writes, one.failed_flushes) == (5, 6, 7)


# ---- all --------------------------------------------------------------------------------------------------------------


async def test_sizes_are_read_from_qemu() -> None:
    qemu = FakeQemu(dimms={"dimm1": 256}, backends={"mem1": 256})
    sizes = await devices(qemu).sizes()
    assert (sizes.memory_mib, sizes.cores, set(sizes.slots)) == (768, 1, {"vscsi2-1", "vscsi2-2"})


async def test_a_lost_monitor_is_said_clearly() -> None:
    qemu = FakeQemu(alive=False)
    with pytest.raises(DeviceInterrupted, match="reading the sizes: QEMU is gone"):
        await devices(qemu).sizes()


async def test_one_operation_at_a_time() -> None:
    qemu = FakeQemu()
    ours = devices(qemu, patience_s=5)
    await ours.resize_cores(2)
    qemu.guest.append(SILENT)
    shrinking = asyncio.create_task(ours.resize_cores(1))
    while not qemu.leaving:
        await asyncio.sleep(0)
    behind = asyncio.create_task(ours.resize_memory(768))
    for _ in range(20):
        await asyncio.sleep(0)
    assert "object-add" not in qemu.sent
    qemu.answer("/machine/peripheral/core1", gone=True)
    assert ((await shrinking).real, (await behind).real) == (1, 768)


async def test_a_hung_monitor_ends_an_operation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("openlpar.hypervisor.qemu.devices._QMP_ALONE_S", 0.05)
    qemu = FakeQemu()

    async def hang(command: str, arguments: object = None) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(qemu, "execute", hang)
    ours = devices(qemu)
    first, second = await asyncio.gather(ours.sizes(), ours.clear(), return_exceptions=True)
    assert isinstance(first, DeviceInterrupted) and "took more than" in str(first)
    assert isinstance(second, DeviceRefused) and "has not come to an end" in str(second)


async def test_a_node_is_connected_anew_behind_the_guest_s_back() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    with pytest.raises(DeviceRefused, match="disk-2-1 is not in vscsi2-1"):
        await ours.reconnect(SLOT, node())
    await ours.insert(SLOT, node())
    qemu.bays[SLOT].locked, qemu.sent = True, []
    assert (await ours.reconnect(SLOT, node())).node == "disk-2-1"
    assert not {command for command in qemu.sent if "tray" in command or "medium" in command}
    assert qemu.sent.count("blockdev-add") == qemu.sent.count("qom-set") == 2
    assert set(qemu.nodes) == {"disk-2-1"}
    with pytest.raises(DeviceRefused, match="disk-2-1 is not in vscsi2-1"):
        await ours.reconnect(SLOT, node("lu2"))


@pytest.mark.parametrize("error", [refuse("no"), QmpTimeout("late")])
@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("after", [0, 1])
@pytest.mark.parametrize("command", ["blockdev-add", "qom-set", "blockdev-del"])
async def test_a_connection_that_is_not_made_anew_leaves_the_disk_in_place_and_can_be_tried_again(
    command: str, after: int, carried_out: bool, error: Exception
) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.insert(SLOT, node())
    qemu.faults.append(Fault(command, error, carried_out and isinstance(error, QmpTimeout), after))
    with pytest.raises((DeviceRefused, DeviceInterrupted), match="connecting vscsi2-1 anew"):
        await ours.reconnect(SLOT, node())
    assert qemu.bays[SLOT].node in qemu.nodes, "the guest has its disk"
    assert (await ours.reconnect(SLOT, node())).node == "disk-2-1"
    assert set(qemu.nodes) == {"disk-2-1"}
