"""The master role of a co-managed system: who has it, who gets it, and what has to end before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from openlpar.engine.engine import NOBODY
from openlpar.engine.roles import Roles
from openlpar.messages import Failure, Message, general, simulation
from openlpar.messages import system as say
from openlpar.ops.core import JobOperation
from openlpar.ops.lpar.power_on import PowerOn
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.ops.system import hmc
from openlpar.ops.views import shown
from openlpar.ops.vios.run_command import RunCommand
from openlpar.ports.records import CoManagement, Job
from openlpar.uom.managed_system import ManagedSystem
from tests.closing.gannet import Gannet, request

NOVALINK = CoManagement.NOVALINK


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Gannet]:
    made = Gannet(tmp_path / "data")
    await made.engine.start()
    yield made
    await made.engine.stop()


def connect(house: Gannet, *consoles: str) -> str:
    for console in consoles:
        house.do(hmc.Connect(console))
    return str(house.only(ManagedSystem).uuid)


def now(house: Gannet) -> dict[str, Any]:
    return dict(hmc.plain(house.state))


def master(house: Gannet) -> str:
    """As said by the admin face, and by what clients of the REST API read: both have to agree."""
    system = house.only(ManagedSystem)
    name = str(now(house)["master"])
    for role in ("master", "controller"):
        assert system.get(f"session_is_{role}") is system.get(f"is_mgmt_partition_{role}") is (name == NOVALINK)
        assert system.get(f"is_hmc_{role}") is (name != NOVALINK)
    return name


async def submit(house: Gannet, name: str, **parameters: str) -> Job:
    system = house.only(ManagedSystem).uuid
    job = await house.jobs.submit("ManagedSystem", system, name, parameters, NOBODY)
    await house.engine.step(0)
    await house.engine.settled()
    return house.state.get(Job, job.uuid)


def again(house: Gannet, job: Job) -> Job:
    return house.state.get(Job, job.uuid)


def refuses(house: Gannet, operation: Any, message: Message, *words: str) -> None:
    before = house.everything()
    refusal = house.refusal(operation)
    assert refusal is not None and refusal.message is message, refusal
    for word in words:
        assert word in refusal.text
    assert house.everything() == before


def release() -> JobOperation:
    return JobOperation.by_job["ManagedSystem", "ReleaseMaster"].from_job(SYSTEM_UUID, {})


SYSTEM_UUID = "5a7bf1ee-0000-3000-8000-000000000001"


async def test_a_novalink_alone_is_master_and_has_nobody_to_give_the_role_to(house: Gannet) -> None:
    before = house.everything()
    assert master(house) == NOVALINK
    assert (await submit(house, "RequestMaster", coManagementMasterStatus="temp")).status == "COMPLETED_OK"
    refuses(house, release(), say.NO_TAKER, "gannet", "no HMC is connected")
    assert {name: found for name, found in house.everything().items() if name != "Job"} == before


@pytest.mark.parametrize("role", ["Master", "Controller"])
async def test_the_role_goes_to_an_hmc_and_comes_back(house: Gannet, role: str) -> None:
    connect(house, "hmc1")
    assert master(house) == NOVALINK
    house.do(hmc.TakeRole("hmc1"))
    assert master(house) == "hmc1"
    asked = await submit(house, f"Request{role}", **{f"coManagement{role}Status": "norm"})
    assert (asked.status, master(house)) == ("COMPLETED_OK", NOVALINK)
    released = await submit(house, f"Release{role}")
    assert (released.status, master(house)) == ("COMPLETED_OK", "hmc1")
    house.do(hmc.ReleaseRole("hmc1"))
    assert master(house) == NOVALINK


async def test_a_temporary_master_gives_the_role_back_to_the_one_before(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.TakeRole("hmc2", "temp"))
    assert now(house)["former"] == "hmc1"
    house.do(hmc.ReleaseRole("hmc2"))
    assert (master(house), now(house)["mode"]) == ("hmc1", "norm")


async def test_of_two_temporary_masters_the_lasting_one_before_them_gets_the_role_back(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    house.do(hmc.TakeRole("hmc1", "temp"))
    house.do(hmc.TakeRole("hmc2", "temp"))
    house.do(hmc.ReleaseRole("hmc2"))
    assert master(house) == NOVALINK


async def test_a_lasting_master_gives_the_role_back_to_the_novalink(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.TakeRole("hmc2"))
    house.do(hmc.ReleaseRole("hmc2"))
    assert master(house) == NOVALINK


async def test_a_kept_role_can_only_be_taken_by_force(house: Gannet) -> None:
    connect(house, "hmc1")
    house.do(hmc.TakeRole("hmc1", "keep"))
    refused = await submit(house, "RequestMaster")
    assert refused.status == "COMPLETED_WITH_ERROR"
    assert say.ROLE_KEPT.id in refused.message and "hmc1 keeps the master role" in refused.message
    assert (await submit(house, "RequestMaster", force="true")).status == "COMPLETED_OK"
    assert master(house) == NOVALINK


async def test_an_hmc_waits_until_the_novalinks_operation_has_ended(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    running = await submit(house, "Rehearse", seconds="30")
    house.do(hmc.TakeRole("hmc1"))
    assert (master(house), now(house)["requested"]) == (NOVALINK, "hmc1")
    refuses(house, hmc.TakeRole("hmc2"), say.ROLE_PROMISED, "hmc1")
    wish = house.partition("vios1")
    refuses(house, request("update", wish.evolve(avail_priority=99)), say.PASSING_ON, "hmc1", "--force")
    await house.engine.step(31_000)
    assert again(house, running).status == "COMPLETED_OK"
    assert (master(house), now(house)["requested"]) == ("hmc1", "")


async def test_a_novalink_keeps_by_force_what_it_was_about_to_give_away(house: Gannet) -> None:
    connect(house, "hmc1")
    await submit(house, "Rehearse", seconds="30")
    given = await submit(house, "ReleaseMaster")
    assert given.status == "RUNNING"
    assert (await submit(house, "RequestMaster")).status == "COMPLETED_WITH_ERROR"
    assert (await submit(house, "RequestMaster", force="true")).status == "COMPLETED_OK"
    lost = again(house, given)
    assert lost.status == "COMPLETED_WITH_ERROR" and say.ROLE_LOST.id in lost.message
    await house.engine.step(31_000)
    assert master(house) == NOVALINK


async def test_a_novalink_waits_until_the_hmcs_operation_has_ended(house: Gannet) -> None:
    connect(house, "hmc1")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.Work("hmc1", 60))
    asked = await submit(house, "RequestMaster", coManagementMasterStatus="temp")
    assert (asked.status, master(house)) == ("RUNNING", "hmc1")
    await house.engine.step(61_000)
    assert (again(house, asked).status, master(house), now(house)["former"]) == ("COMPLETED_OK", NOVALINK, "hmc1")


async def test_a_request_goes_on_waiting_after_a_restart(house: Gannet, tmp_path: Path) -> None:
    connect(house, "hmc1")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.Work("hmc1", 60))
    asked = await submit(house, "RequestMaster")
    before = house.everything()
    await house.engine.stop()
    later = Gannet(tmp_path / "data")
    assert later.everything() == before
    await later.engine.start()
    Roles(later.engine).start()
    await later.engine.step(61_000)
    assert (again(later, asked).status, master(later)) == ("COMPLETED_OK", NOVALINK)
    await later.engine.stop()


async def test_a_job_that_is_cancelled_waits_for_the_role_no_longer(house: Gannet) -> None:
    connect(house, "hmc1")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.Work("hmc1", 60))
    asked = await submit(house, "RequestMaster")
    await house.jobs.cancel(asked)
    await house.engine.settled()
    assert now(house)["requested"] == ""
    await house.engine.step(61_000)
    assert master(house) == "hmc1"


async def test_a_request_that_somebody_else_overtakes_says_so(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.Work("hmc1"))
    asked = await submit(house, "RequestMaster")
    house.do(hmc.TakeRole("hmc2", force=True))
    assert master(house) == "hmc2"
    lost = again(house, asked)
    assert (lost.status, say.ROLE_LOST.id in lost.message) == ("COMPLETED_WITH_ERROR", True)
    assert not house.state.get(CoManagement, SYSTEM_UUID).busy, "what the HMC did is broken off"


async def test_an_hmc_that_is_disconnected_leaves_the_role_behind(house: Gannet) -> None:
    connect(house, "hmc1", "hmc2")
    house.do(hmc.TakeRole("hmc1"))
    house.do(hmc.TakeRole("hmc2", "temp"))
    house.do(hmc.Disconnect("hmc1"))
    house.do(hmc.Disconnect("hmc2"))
    assert (master(house), now(house)["co_managed"]) == (NOVALINK, False)
    assert not house.state.count(CoManagement)


async def test_a_guest_that_was_being_asked_is_left_as_it_was_when_the_role_is_taken_by_force(house: Gannet) -> None:
    """The operation is broken off where it waited, and what the guest had given is given back."""
    connect(house, "hmc1")
    vm1 = await house.running("vm1")
    asked, go = asyncio.Event(), asyncio.Event()
    inner = house.engine.edges.hypervisor.resize

    async def slow(before: Any, after: Any, force: bool = False) -> Any:
        asked.set()
        await go.wait()
        return await inner(before, after, force)

    house.hypervisor.resize = slow  # type: ignore[method-assign]
    wish = vm1.evolve(mem_config=vm1.mem_config.evolve(desired=2048))
    resizing = asyncio.create_task(house.engine.run(UpdatePartition(vm1.uuid, wish)))
    await asked.wait()
    house.do(hmc.TakeRole("hmc1"))
    assert master(house) == NOVALINK, "it waits"
    house.do(hmc.TakeRole("hmc1", force=True))
    go.set()
    with pytest.raises(Failure) as caught:
        await resizing
    assert caught.value.message is say.NOT_MASTER
    assert house.hypervisor.guests[vm1.uuid][0] == 1024
    assert house.partition("vm1").mem_config.current == 1024


async def test_an_hmc_gets_the_role_when_the_guest_that_was_being_asked_has_answered(house: Gannet) -> None:
    connect(house, "hmc1")
    vm1 = await house.running("vm1")
    asked, go = asyncio.Event(), asyncio.Event()

    async def never(before: Any, after: Any, force: bool = False) -> Any:
        asked.set()
        await go.wait()
        raise general.INTERNAL.error(operation="resize", cause="the guest is gone")

    house.hypervisor.resize = never  # type: ignore[method-assign]
    wish = vm1.evolve(mem_config=vm1.mem_config.evolve(desired=2048))
    resizing = asyncio.create_task(house.engine.run(UpdatePartition(vm1.uuid, wish)))
    await asked.wait()
    house.do(hmc.TakeRole("hmc1"))
    await house.engine.settled()
    assert master(house) == NOVALINK
    go.set()
    with pytest.raises(Failure):
        await resizing
    while master(house) == NOVALINK:
        await asyncio.sleep(0)


async def test_a_command_that_only_reads_goes_on_working_on_a_virtual_io_server(house: Gannet) -> None:
    connect(house, "hmc1")
    house.do(hmc.TakeRole("hmc1"))
    vios = house.partition("vios1").uuid
    reads, changes = RunCommand(vios, "lsvg"), RunCommand(vios, "mklv -lv more datavg 1G")
    house.do(reads)
    assert (reads.result.status, reads.result.stdout) == (0, "rootvg\ndatavg\n")
    before = house.everything()
    house.do(changes)
    assert changes.result.status
    assert say.NOT_MASTER.id in changes.result.stderr and "hmc1 is" in changes.result.stderr
    assert house.everything() == before


async def test_a_partition_is_powered_on_by_either_side_but_not_reconfigured_with_it(house: Gannet) -> None:
    connect(house, "hmc1")
    vm1 = house.lpar("vm1")
    house.do(hmc.TakeRole("hmc1"))
    refuses(house, PowerOn(vm1.uuid, optical="vtopt0"), say.NOT_MASTER, "remove_optical_name")
    house.do(PowerOn(vm1.uuid))
    assert house.partition("vm1").state == "starting"


async def test_a_system_that_is_described_with_an_hmc_as_master_is_co_managed(house: Gannet) -> None:
    with house.engine.alter() as change:
        change.put(change.get(ManagedSystem, SYSTEM_UUID).evolve(is_hmc_master=True))
    assert (master(house), now(house)["consoles"]) == ("HMC", [{"name": "HMC", "busy": False}])
    house.do(hmc.ReleaseRole("HMC"))
    assert master(house) == NOVALINK


async def test_clients_are_told_by_an_event_and_a_new_etag_that_the_role_has_passed_on(house: Gannet) -> None:
    connect(house, "hmc1")
    before = shown(house.state, house.state.get(ManagedSystem, SYSTEM_UUID))
    await house.engine.settled()
    position = house.engine.events._published
    house.do(hmc.TakeRole("hmc1"))
    await house.engine.settled()
    assert shown(house.state, house.state.get(ManagedSystem, SYSTEM_UUID)) != before
    more = house.engine.events.since(position) or []
    assert [(event.type, event.data.rpartition("/")[2]) for event in more] == [("MODIFY_URI", SYSTEM_UUID)]


async def test_what_an_hmc_does_is_checked(house: Gannet) -> None:
    refuses(house, hmc.TakeRole("hmc9"), say.NO_CONSOLE, "hmc9", "none")
    connect(house, "hmc1")
    refuses(house, hmc.TakeRole("hmc9"), say.NO_CONSOLE, "hmc9", "hmc1")
    refuses(house, hmc.ReleaseRole("hmc1"), say.NOT_HOLDER, "hmc1", NOVALINK)
    refuses(house, hmc.Work("hmc1"), say.CONSOLE_IDLE, "hmc1", NOVALINK)
    refuses(house, hmc.TakeRole("hmc1", "for ever"), general.BAD_VALUE, "for ever", "norm, temp, keep")
    house.do(hmc.TakeRole("hmc1"))
    refuses(house, hmc.Work("hmc1", 0), general.BAD_VALUE, "0")
    refuses(house, release(), say.NOT_HOLDER, NOVALINK, "hmc1")
    for name in ("", " hmc", "x" * 65, "h\u00fcmc", NOVALINK):
        refuses(house, hmc.Connect(name), general.BAD_VALUE)


@pytest.mark.parametrize(
    ("wish", "word"),
    [
        ({"console": "hmc1"}, "does is None"),
        ({"console": "hmc1", "does": "dance"}, "one of connect, take, release, disconnect, work"),
        ({"does": "take"}, "no console"),
        ({"console": "hmc1", "does": "take", "seconds": 3}, "seconds is 3"),
        ({"console": "hmc1", "does": "work", "seconds": "3"}, "seconds (int)"),
        ({"console": 7, "does": "connect"}, "console is 7"),
    ],
)
def test_a_wish_for_an_hmc_is_checked(wish: dict[str, Any], word: str) -> None:
    with pytest.raises(Failure) as caught:
        hmc.made(wish)
    assert caught.value.message is simulation.BAD_BODY and word in caught.value.text
