"""DIMMs of a running guest, against a model of QEMU."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from openlpar.hypervisor.qemu.devices import Devices
from openlpar.hypervisor.qemu.dimms import SLOTS, dimm_mib, dimms_to_remove, new_dimm_mib
from openlpar.hypervisor.qemu.qmp import Event, QmpLost, QmpTimeout
from openlpar.hypervisor.qemu.unplug import DeviceInterrupted, DeviceRefused
from tests.qemu.conftest import until
from tests.qemu.fake_devices import GONE, REFUSES, SILENT, FakeQemu, Fault, refuse

blocks = st.integers(1, 4096).map(lambda count: count * 256)


def devices(qemu: FakeQemu, regular: int = 256, patience_s: float = 0.02) -> Devices:
    return Devices(qemu, core_remove=True, dimm_mib=regular, patience_s=patience_s)


@given(least=blocks, span=st.integers(0, 400_000), share=st.floats(0, 1))
def test_any_size_from_least_to_most_takes_at_most_32_dimms(least: int, span: int, share: float) -> None:
    most = least + span * 256
    regular = dimm_mib(least, most)
    missing = int(span * share) * 256
    plugged = 0
    while missing:
        size = new_dimm_mib(missing, regular, SLOTS - plugged)
        assert size % 256 == 0 and 0 < size <= missing
        missing -= size
        plugged += 1
    assert plugged <= SLOTS


@given(missing=blocks, regular=blocks, free=st.integers(1, SLOTS))
def test_whatever_slots_are_free_reach_the_wish(missing: int, regular: int, free: int) -> None:
    for left in range(free, 0, -1):
        if missing:
            missing -= new_dimm_mib(missing, regular, left)
    assert missing == 0


@given(sizes=st.lists(st.integers(1, 12), max_size=9), surplus=st.integers(1, 60))
def test_the_nearest_sum_is_found(sizes: list[int], surplus: int) -> None:
    dimms = {f"dimm{n}": size for n, size in enumerate(sizes)}
    sums = {0}
    for size in sizes:
        sums |= {total + size for total in sums}
    chosen, least = dimms_to_remove(dimms, surplus)
    assert sum(dimms[name] for name in chosen) == max(total for total in sums if total <= surplus)
    assert least == min((total for total in sums if total >= surplus), default=0)


async def test_grows_and_shrinks() -> None:
    qemu = FakeQemu()
    real = await devices(qemu).resize_memory(1280)
    assert (real.real, real.reason, qemu.dimms) == (1280, "", {"dimm1": 256, "dimm2": 256, "dimm3": 256})
    real = await devices(qemu).resize_memory(768)
    assert (real.real, real.reason) == (768, "")
    assert len(qemu.dimms) == len(qemu.backends) == 1


async def test_the_lowest_free_number_is_used() -> None:
    qemu = FakeQemu(dimms={"dimm1": 256, "dimm3": 256}, backends={"mem1": 256, "mem3": 256})
    await devices(qemu).resize_memory(1280)
    assert set(qemu.dimms) == {"dimm1", "dimm2", "dimm3"}


@pytest.mark.parametrize(("wish", "text"), [(700, "no multiple"), (8448, "room for 8192 MiB")])
async def test_an_impossible_size_is_refused(wish: int, text: str) -> None:
    qemu = FakeQemu()
    with pytest.raises(DeviceRefused, match=text):
        await devices(qemu).resize_memory(wish)
    assert not qemu.dimms


async def test_a_guest_without_slots_has_what_it_was_started_with() -> None:
    ours = devices(FakeQemu(slots=0))
    assert (await ours.sizes()).memory_mib == 512
    with pytest.raises(DeviceRefused, match="room for 512 MiB"):
        await ours.resize_memory(768)


async def test_boot_memory_stays() -> None:
    real = await devices(FakeQemu()).resize_memory(256)
    assert (real.real, real.reason) == (512, "the 512 MiB that the guest was started with cannot be removed")


async def test_the_guest_refuses_one_dimm_and_gives_another() -> None:
    qemu = FakeQemu()
    qemu.guest.extend([REFUSES, GONE])
    await devices(qemu).resize_memory(1024)
    real = await devices(qemu).resize_memory(768)
    assert (real.real, real.reason, qemu.orphans) == (768, "", set())


async def test_the_guest_refuses_all() -> None:
    qemu = FakeQemu()
    await devices(qemu).resize_memory(1024)
    qemu.guest.extend([REFUSES] * 2)
    real = await devices(qemu).resize_memory(768)
    assert (real.real, real.reason) == (1024, "the guest does not give dimm1 up; the guest does not give dimm2 up")
    assert set(qemu.backends) == {"mem1", "mem2"}


async def test_a_silent_guest_is_asked_for_one_dimm_only() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_memory(1280)
    qemu.guest.append(SILENT)
    real = await ours.resize_memory(768)
    assert real.real == 1280 and "it still may" in real.reason
    assert len(qemu.leaving) == 1
    # It lets go at last: the event tells, the backend is cleared away.
    [path] = qemu.leaving
    qemu.answer(path, gone=True)
    assert ours.answered(Event("DEVICE_DELETED", {"device": path.rpartition("/")[2], "path": path}, 0))
    assert qemu.orphans
    await ours.clear()
    assert not qemu.orphans
    assert not ours.answered(Event("DEVICE_DELETED", {"device": "dimm9"}, 0))


async def test_a_late_answer_is_settled_once_the_operation_under_way_has_ended() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_memory(1024)
    qemu.guest.append(SILENT)
    assert (await ours.resize_memory(768)).real == 1024
    [path] = qemu.leaving
    event = Event("DEVICE_DELETED", {"device": path.rpartition("/")[2], "path": path}, 0)
    qemu.answer(path, gone=True)
    sizes, _ = await asyncio.gather(ours.settle(event), ours.sizes())
    assert sizes is not None and (sizes.memory_mib, sizes.cores) == (768, 1)
    assert not qemu.orphans
    assert await ours.settle(event) is None, "it is settled"


async def test_an_answer_that_an_operation_waits_for_is_its_own() -> None:
    qemu = FakeQemu()
    ours = devices(qemu, patience_s=15)
    await ours.resize_memory(768)
    qemu.guest.append(SILENT)
    shrinking = asyncio.create_task(ours.resize_memory(512))
    await until(lambda: qemu.leaving)
    [path] = qemu.leaving
    settling = asyncio.create_task(ours.settle(Event("DEVICE_DELETED", {"device": "dimm1", "path": path}, 0)))
    await asyncio.sleep(0)
    qemu.answer(path, gone=True)
    assert (await shrinking).real == 512
    assert await settling is None


async def test_a_late_refusal_changes_nothing() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_memory(768)
    qemu.guest.append(SILENT)
    await ours.resize_memory(512)
    refusal = Event("MEM_UNPLUG_ERROR", {"device": "dimm1", "msg": "in use"}, 0)
    assert await ours.settle(refusal) is None
    assert (await ours.sizes()).memory_mib == 768


async def test_what_the_guest_was_asked_for_goes_first() -> None:
    qemu = FakeQemu(dimms={"dimm1": 256, "dimm2": 512}, backends={"mem1": 256, "mem2": 512})
    ours = devices(qemu)
    qemu.guest.append(SILENT)
    await ours.resize_memory(768)
    assert qemu.leaving == {"/machine/peripheral/dimm2"}
    # Only 256 MiB shall go now: the 512 may leave at any time, so a DIMM of 256 comes first.
    qemu.answer("/machine/peripheral/dimm2", gone=False)
    real = await ours.resize_memory(1024)
    assert (real.real, real.reason, sorted(qemu.dimms.values())) == (1024, "", [256, 256])


async def test_a_large_dimm_goes_in_exchange_for_a_small_one() -> None:
    qemu = FakeQemu(dimms={"dimm1": 1024}, backends={"mem1": 1024})
    real = await devices(qemu, 1024).resize_memory(1280)
    assert (real.real, real.reason, qemu.dimms) == (1280, "", {"dimm2": 768})


async def test_without_room_for_an_exchange_the_nearest_size_above_is_the_answer() -> None:
    qemu = FakeQemu(most=1536, dimms={"dimm1": 1024}, backends={"mem1": 1024})
    real = await devices(qemu, 1024).resize_memory(1280)
    assert real.real == 1536 and "DIMMs of 1024 MiB" in real.reason


async def test_an_address_space_in_pieces_gets_smaller_dimms() -> None:
    qemu = FakeQemu(largest_hole=256)
    real = await devices(qemu, 1024).resize_memory(1536)
    assert (real.real, real.reason, set(qemu.dimms.values())) == (1536, "", {256})


async def test_a_refused_dimm_leaves_no_backend() -> None:
    qemu = FakeQemu(largest_hole=0)
    real = await devices(qemu).resize_memory(768)
    assert real.real == 512 and "could not find position" in real.reason
    assert not qemu.backends


async def test_no_slot_is_free() -> None:
    qemu = FakeQemu(slots=2)
    ours = devices(qemu)
    await ours.resize_memory(768)
    await ours.resize_memory(1024)
    real = await ours.resize_memory(1280)
    assert real.real == 1024 and "all 2 DIMM slots are taken" in real.reason


@pytest.mark.parametrize("command", ["object-add", "device_add", "query-memory-devices"])
@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("error", [QmpLost("gone"), QmpTimeout("late")])
async def test_an_interrupted_growth_is_finished_by_the_next_call(
    command: str, carried_out: bool, error: Exception
) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    qemu.faults.append(Fault(command, error, carried_out))
    with pytest.raises(DeviceInterrupted, match="resizing the memory"):
        await ours.resize_memory(1024)
    real = await ours.resize_memory(1024)
    assert (real.real, real.reason, qemu.orphans) == (1024, "", set())


@pytest.mark.parametrize("command", ["device_del", "object-del"])
@pytest.mark.parametrize("carried_out", [False, True])
async def test_an_interrupted_removal_is_finished_by_the_next_call(command: str, carried_out: bool) -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_memory(1024)
    qemu.faults.append(Fault(command, QmpLost("gone"), carried_out))
    with pytest.raises(DeviceInterrupted):
        await ours.resize_memory(768)
    real = await ours.resize_memory(768)
    assert (real.real, real.reason, qemu.orphans) == (768, "", set())


async def test_a_backend_that_is_still_held_is_cleared_away_later() -> None:
    qemu = FakeQemu()
    ours = devices(qemu)
    await ours.resize_memory(768)
    qemu.faults.append(Fault("object-del", refuse("Cannot delete host memory backend 'mem1' which is mapped")))
    assert (await ours.resize_memory(512)).real == 512
    assert qemu.orphans
    await ours.clear()
    assert not qemu.orphans
