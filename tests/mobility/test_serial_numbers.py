"""Virtual serial numbers go to another system: by themselves, or with the partition that has one."""

from __future__ import annotations

from typing import Any

import pytest

from openlpar.engine import serial_numbers
from openlpar.engine.engine import NOBODY
from openlpar.messages import licensing as say
from openlpar.messages import mobility as say_of_moving
from openlpar.messages import partition as say_of_partition
from openlpar.ops.lpar.update import UpdatePartition
from openlpar.ops.views import shown_all
from openlpar.ports.records import Job, SerialTransfer
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.serial_number import VirtualSerialNumberInformation
from tests.mobility.pair import Pair, Side, until

NUMBER = "V12345A"


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_numbers, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(serial_numbers, "LONGEST_PAUSE_S", 0.02)


async def run(side: Side, operation: str, **parameters: str) -> Job:
    jobs = side.core.novalink.jobs._jobs
    job = await jobs.submit("ManagedSystem", side.system.uuid, operation, parameters, NOBODY)
    return await side.ended(job)


async def transfer(side: Side, **parameters: str) -> Job:
    given = {"VirtualSerialNumber": NUMBER, "TargetManagedSystem": "osprey", **parameters}
    return await run(side, "TransferVSN", **given)


def numbers(side: Side) -> dict[str, tuple[int, bool]]:
    found = shown_all(side.state, VirtualSerialNumberInformation)
    return {one.vsn: (one.assoc_partition_id, one.auto_assign) for one in found}


async def number_of(side: Side, name: str) -> None:
    await run(side, "AddVSN", VirtualSerialNumber=NUMBER)
    side.do(UpdatePartition(side.get(name).uuid, LogicalPartition(virtual_serial_number=NUMBER)))


async def test_a_number_goes_and_comes_back_to_a_partition(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    await run(here, "AddVSN", VirtualSerialNumber=NUMBER)
    assert (await transfer(here)).results["result"] == f"System osprey has virtual serial number {NUMBER}."
    assert (numbers(here), numbers(there)) == ({}, {NUMBER: (65535, True)})
    assert say.NO_SERIAL.id in (await transfer(here)).message
    vm1 = here.lpar("vm1")
    back = await transfer(there, TargetManagedSystem="gannet", TargetLparID=str(vm1.id), ResetAutoAssign="true")
    assert back.status == "COMPLETED_OK", back.message
    assert (numbers(here), numbers(there)) == ({NUMBER: (vm1.id, False)}, {})
    assert here.get("vm1").virtual_serial_number == NUMBER
    assert say.SERIAL_TAKEN.id in (await transfer(here)).message
    assert not list(here.state.all(SerialTransfer))


async def test_what_the_other_system_does_not_take_stays(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    await run(here, "AddVSN", VirtualSerialNumber=NUMBER)
    await there.loaded("vm1")
    running, server = there.get("vm1").id, 2

    async def refused(message: Any, **parameters: str) -> None:
        ended = await transfer(here, **parameters)
        assert message.id in ended.message, ended.message
        assert numbers(here) == {NUMBER: (65535, True)}
        assert numbers(there).get(NUMBER, (65535, True)) == (65535, True)

    await refused(say_of_moving.UNKNOWN_SYSTEM, TargetManagedSystem="heron")
    await refused(say_of_partition.NEEDS_POWER_OFF, TargetLparID=str(running))
    await refused(say.NO_PARTITION, TargetLparID="77")
    await refused(say.NO_PARTITION, TargetLparID=str(server))
    await run(there, "AddVSN", VirtualSerialNumber=NUMBER)
    await refused(say.SERIAL_HERE)


async def test_it_is_refused_at_last(pair: Pair) -> None:
    """Between the question and the answer the partition there was deleted: the number comes back."""
    here, ask = pair.gannet, pair.gannet.link.ask
    await run(here, "AddVSN", VirtualSerialNumber=NUMBER)

    async def changed_mind(system: str, question: str, values: dict[str, Any]) -> Any:
        return {"refused": "no more."} if question == "take_number" else await ask(system, question, values)

    here.link.ask = changed_mind
    ended = await transfer(here)
    assert say.SERIAL_REFUSED.id in ended.message
    assert ended.message.endswith("no more.")
    assert numbers(here) == {NUMBER: (65535, True)}


@pytest.mark.parametrize("answered", [False, True])
async def test_a_system_that_dies_on_the_way(pair: Pair, answered: bool) -> None:
    """The number is on neither, or on the other one only: never on both. It arrives when both are back."""
    here, there = pair.gannet, pair.osprey
    await run(here, "AddVSN", VirtualSerialNumber=NUMBER)
    link, ask = here.link, here.link.ask

    async def cut(system: str, question: str, values: dict[str, Any]) -> Any:
        if question == "take_number":
            if answered:
                await ask(system, question, values)
            link.cut = True
        return await ask(system, question, values)

    link.ask = cut
    jobs = here.core.novalink.jobs._jobs
    given = {"VirtualSerialNumber": NUMBER, "TargetManagedSystem": "osprey"}
    job = await jobs.submit("ManagedSystem", here.system.uuid, "TransferVSN", given, NOBODY)
    await until(lambda: link.cut)
    assert (numbers(here), NUMBER in numbers(there)) == ({}, answered)
    assert say.SERIAL_LEAVING.id in (await run(here, "AddVSN", VirtualSerialNumber=NUMBER)).message
    assert say.SERIAL_LEAVING.id in (await transfer(here)).message
    await here.kill()
    link.cut, link.ask = False, ask
    await here.start(link)
    ended = await here.ended(job)
    assert ended.status == "COMPLETED_OK", ended.message
    assert (numbers(here), numbers(there)) == ({}, {NUMBER: (65535, True)})


async def test_a_number_goes_with_its_partition(pair: Pair) -> None:
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    await number_of(here, "vm1")
    here.lpar("vm2")
    ended = await here.job("vm1", "Migrate", TargetManagedSystemName="osprey")
    assert ended.status == "COMPLETED_OK", ended.message
    assert numbers(here) == {}
    assert numbers(there) == {NUMBER: (there.get("vm1").id, True)}
    await run(here, "AddVSN", VirtualSerialNumber=NUMBER)
    await pair.quiet()
    refused = await there.job("vm1", "Migrate", TargetManagedSystemName="gannet")
    assert say.SERIAL_HERE.id in refused.message
    assert pair.owners("vm1") == ["osprey"]


async def test_a_number_stays_with_a_partition_that_stays(pair: Pair) -> None:
    """The place that was prepared is released, and the number that came along goes with it."""
    here, there = pair.gannet, pair.osprey
    here.lpar("vm1")
    await number_of(here, "vm1")
    ask = here.link.ask

    async def lost(system: str, question: str, values: dict[str, Any]) -> Any:
        if question == "take":
            assert NUMBER in numbers(there)
            await ask(system, "release", values)
            return {"taken": False}
        return await ask(system, question, values)

    here.link.ask = lost
    ended = await here.job("vm1", "Migrate", TargetManagedSystemName="osprey")
    assert ended.status != "COMPLETED_OK"
    await pair.quiet()
    assert numbers(here) == {NUMBER: (here.get("vm1").id, True)}
    assert numbers(there) == {}
