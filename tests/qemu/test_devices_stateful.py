"""Random resizing of a guest that refuses, keeps silent and answers late, on a monitor that fails midway."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from openlpar.hypervisor.qemu.devices import Devices
from openlpar.hypervisor.qemu.qmp import Event, QmpLost, QmpTimeout
from openlpar.hypervisor.qemu.unplug import DeviceInterrupted, DeviceRefused, Resized
from tests.qemu.fake_devices import GONE, REFUSES, SILENT, FakeQemu, Fault, refuse

T = TypeVar("T")
COMMANDS = (
    "object-add",
    "object-del",
    "device_add",
    "device_del",
    "query-memory-devices",
    "query-hotpluggable-cpus",
    "qom-list",
)
PERIPHERAL = "/machine/peripheral/"

answers = st.lists(st.sampled_from([GONE, GONE, REFUSES, SILENT]), max_size=4)
errors = st.sampled_from([refuse("no"), QmpLost("gone"), QmpTimeout("late")])


class GuestMachine(RuleBasedStateMachine):
    """A model of QEMU and what resizes its guest."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()

    @initialize(regular=st.sampled_from([256, 512, 1024]), slots=st.integers(2, 8))
    def begin(self, regular: int, slots: int) -> None:
        self.qemu = FakeQemu(most=512 + 24 * 256, slots=slots, maxcpus=6)
        self.devices = Devices(self.qemu, core_remove=True, dimm_mib=regular, patience_s=0.002)
        self.settled = True  # nothing was interrupted since the last whole operation on memory
        self.lost = 0  # cores that may have been counted though QEMU never saw them

    def teardown(self) -> None:
        self.runner.close()

    def run(self, operation: Coroutine[Any, Any, T], guest: list[str]) -> T | None:
        """None when it was interrupted or refused."""
        self.qemu.guest.clear()
        self.qemu.guest.extend(guest)
        try:
            return self.runner.run(operation)
        except (DeviceInterrupted, DeviceRefused):
            return None
        finally:
            self.qemu.faults.clear()

    def check(self, before: int, wish: int, now: int, resized: Resized) -> None:
        assert resized.real == now
        assert bool(resized.reason) == (now != wish)
        if wish >= before:
            assert before <= now <= wish
        else:
            assert wish <= now

    @rule(blocks=st.integers(0, 26), guest=answers)
    def resize_memory(self, blocks: int, guest: list[str]) -> None:
        wish, before, asked_before = 512 + blocks * 256, self.qemu.memory, set(self.qemu.leaving)
        resized = self.run(self.devices.resize_memory(wish), guest)
        if resized is None:
            assert wish > self.qemu.most
            return
        self.settled = True
        self.check(before, wish, self.qemu.memory, resized)
        if wish < before:
            # More than before only when the guest keeps the small DIMM, too, that came in exchange, or has not answered yet.
            assert self.qemu.memory <= before or REFUSES in guest or self.qemu.leaving
            asked = sum(self.qemu.dimms.get(path.removeprefix(PERIPHERAL), 0) for path in self.qemu.leaving)
            if self.qemu.leaving != asked_before:
                assert self.qemu.memory - asked >= wish, "the guest may yet fall below the wish"

    @rule(count=st.integers(0, 7), guest=answers)
    def resize_cores(self, count: int, guest: list[str]) -> None:
        before = len(self.qemu.cores)
        resized = self.run(self.devices.resize_cores(count), guest)
        if resized is None:
            assert len(self.qemu.cores) == before
            assert not 1 <= count <= 6 or self.qemu.threads + self.lost >= 6
            return
        self.check(before, count, len(self.qemu.cores), resized)
        assert count > before or len(self.qemu.cores) <= before

    @rule(
        command=st.sampled_from(COMMANDS),
        error=errors,
        carried_out=st.booleans(),
        blocks=st.integers(0, 24),
        count=st.integers(1, 6),
        memory=st.booleans(),
    )
    def fail_midway(
        self, command: str, error: Exception, carried_out: bool, blocks: int, count: int, memory: bool
    ) -> None:
        self.qemu.faults.append(Fault(command, error, carried_out and not isinstance(error, type(refuse("")))))
        if memory:
            self.settled = False
            self.run(self.devices.resize_memory(512 + blocks * 256), [])
        else:
            self.lost += command == "device_add"
            self.run(self.devices.resize_cores(count), [])

    @precondition(lambda self: self.qemu.leaving)
    @rule(gone=st.booleans())
    def answer_late(self, gone: bool) -> None:
        path = min(self.qemu.leaving)
        self.qemu.answer(path, gone)
        name = path.removeprefix(PERIPHERAL)
        event = Event("DEVICE_DELETED" if gone else "DEVICE_UNPLUG_GUEST_ERROR", {"device": name, "path": path}, 0)
        if self.devices.answered(event) and gone:
            self.run(self.devices.clear(), [])
            assert not self.settled or not self.qemu.orphans

    @invariant()
    def agrees(self) -> None:
        if not hasattr(self, "qemu"):
            return
        assert self.qemu.alive and self.qemu.threads <= self.qemu.maxcpus
        assert len(self.qemu.dimms) <= self.qemu.slots
        assert {name.replace("dimm", "mem") for name in self.qemu.dimms} <= set(self.qemu.backends)
        if self.settled:
            assert not self.qemu.orphans


TestGuestMachine = GuestMachine.TestCase
TestGuestMachine.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
