"""Samples of the operations that move partitions. The other system is one that says yes to everything."""

from __future__ import annotations

import dataclasses
from typing import Any

from openlpar.ops.core import JobOperation
from openlpar.ops.mobility.arrival import Prepare, Release, Take
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.departure import Depart, Forget, Send, Undo
from openlpar.ops.remote_restart.entrusting import entrusted_uuid, packed
from openlpar.ops.remote_restart.give_up import GiveUp
from openlpar.ops.system.serial_transfer import EndTransfer, TakeNumber
from openlpar.ports.peer import Nobody, Peer
from openlpar.ports.records import Deposit, Entrusted, Hold, Migration, Phase, SerialTransfer
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_storage_pool import LogicalUnit
from tests.closing.gannet import Gannet, request
from tests.closing.samples import Maker, adapter, mapped, sample, scsi, vfc, with_everything, with_unit

OTHER = "osprey"
NUMBER = "V12345A"
MOVE = "00000000-0000-4000-8000-00000000000a"


class Willing(Nobody):
    """The other system."""

    def known(self) -> tuple[Peer, ...]:
        return (Peer(OTHER, "8247-21L*212F4DB", "http://127.0.0.1:1", "k" * 32),)

    async def ask(self, system: str, question: str, values: dict[str, Any]) -> dict[str, Any]:
        return {"problems": [], "taken": True, "phase": Phase.GIVEN.value}


def befriend(house: Gannet) -> None:
    house.engine.edges = dataclasses.replace(house.engine.edges, peers=Willing())


def _job(name: str, target: str, **parameters: str) -> Maker:
    return lambda: JobOperation.by_job["LogicalPartition", name].from_job(target, parameters)


async def _moving(house: Gannet, phase: Phase, *, running: bool = False) -> Any:
    """A partition in a phase of its migration."""
    befriend(house)
    partition = await house.running("vm1") if running else await with_everything(house, "vm1")
    wishes = {"TargetManagedSystemName": OTHER}
    move = Migration(
        uuid=MOVE, partition=partition.uuid, name="vm1", other=OTHER, phase=phase, was=partition.state, wishes=wishes
    )
    with house.engine.alter() as change:
        change.put(move)
        stored = change.get(type(partition), partition.uuid)
        change.put(stored.evolve(state="migrating running" if running else "migrating not active"))
    return partition


@sample("lpar.migrate")
async def _migrate(house: Gannet) -> Maker:
    befriend(house)
    return _job("Migrate", (await house.running("vm1")).uuid, TargetManagedSystemName=OTHER)


@sample("lpar.migrate_validate")
async def _validate(house: Gannet) -> Maker:
    befriend(house)
    return _job("MigrateValidate", house.lpar("vm1").uuid, TargetManagedSystemName=OTHER)


@sample("lpar.migrate_abort")
async def _abort(house: Gannet) -> Maker:
    return _job("MigrateAbort", (await _moving(house, Phase.SENDING, running=True)).uuid)


@sample("lpar.migrate_recover")
async def _recover(house: Gannet) -> Maker:
    """The other side has taken it: it is removed, with all that belongs to it."""
    return _job("MigrateRecover", (await _moving(house, Phase.GIVEN)).uuid)


@sample("migration.send")
async def _send(house: Gannet) -> Maker:
    await _moving(house, Phase.PREPARING, running=True)
    return lambda: Send(MOVE)


@sample("migration.undo")
async def _undo(house: Gannet) -> Maker:
    await _moving(house, Phase.SENDING, running=True)
    return lambda: Undo(MOVE, "it was not to be")


@sample("migration.depart")
async def _depart(house: Gannet) -> Maker:
    await _moving(house, Phase.GIVEN)
    return lambda: Depart(MOVE)


@sample("migration.forget")
async def _forget(house: Gannet) -> Maker:
    await _moving(house, Phase.UNDOING)
    return lambda: Forget(MOVE)


@sample("migration.prepare")
async def _prepare(house: Gannet) -> Maker:
    """A partition that was here once comes back, with a logical unit that is not known here."""
    stored = _strange(house)
    baggage = Baggage.packed(house.state, stored, "sim", {"TargetManagedSystemName": "gannet"})
    _forget_it(house, stored)
    return lambda: Prepare(MOVE, OTHER, baggage)


def _strange(house: Gannet) -> Any:
    """A partition that is soon only known elsewhere."""
    partition = house.lpar("vm1")
    house.create(adapter(partition.uuid))
    unit = with_unit(house, "lu_vm1")
    house.do(mapped(house, scsi(partition, logical_unit=unit), vfc(partition, "fcs0"))())
    return house.state.get(type(partition), partition.uuid)


def _forget_it(house: Gannet, partition: Any) -> None:
    house.do(request("delete", partition))
    house.do(request("delete", next(house.state.where(LogicalUnit, name="lu_vm1"))))


@sample("migration.take")
async def _take(house: Gannet) -> Maker:
    await _moving(house, Phase.RESERVED, running=True)
    return lambda: Take(MOVE)


@sample("migration.release")
async def _release(house: Gannet) -> Maker:
    await _moving(house, Phase.RESERVED)
    return lambda: Release(MOVE)


@sample("system.transfer_vsn")
async def _transfer_number(house: Gannet) -> Maker:
    befriend(house)
    system = _system_with_number(house)
    given = {"VirtualSerialNumber": NUMBER, "TargetManagedSystem": OTHER}
    return lambda: JobOperation.by_job["ManagedSystem", "TransferVSN"].from_job(system, given)


def _system_with_number(house: Gannet) -> str:
    (system,) = house.state.all(ManagedSystem)
    house.do(JobOperation.by_job["ManagedSystem", "AddVSN"].from_job(system.uuid, {"VirtualSerialNumber": NUMBER}))
    return str(system.uuid)


@sample("serial_transfer.take")
async def _take_number(house: Gannet) -> Maker:
    partition = house.lpar("vm1")
    return lambda: TakeNumber(NUMBER, True, partition.id)


@sample("serial_transfer.end")
async def _end_transfer(house: Gannet) -> Maker:
    """The other system does not take it."""
    with house.engine.alter() as change:
        change.put(SerialTransfer(uuid=NUMBER, other=OTHER, auto_assign=True))
    return lambda: EndTransfer(NUMBER, "it has enough of them.")


async def _entrusted(house: Gannet, job: str) -> Maker:
    """A partition of a system that does not answer."""
    stored = _strange(house)
    values = packed(house.state, "sim", stored)
    _forget_it(house, stored)
    record = Entrusted(
        uuid=entrusted_uuid(stored.uuid, OTHER),
        partition=stored.uuid,
        name="vm1",
        source=OTHER,
        serial=1,
        baggage=values["baggage"],
        active=True,
    )
    with house.engine.alter() as change:
        change.put(record)
    given = {"SourceManagedSystemName": OTHER, "PartitionName": "vm1"}
    if job == "RemoteRestart":
        given["SourceIsOff"] = "true"
    system = next(house.state.all(ManagedSystem))
    return lambda: JobOperation.by_job["ManagedSystem", job].from_job(system.uuid, given)


@sample("system.remote_restart")
async def _restart(house: Gannet) -> Maker:
    return await _entrusted(house, "RemoteRestart")


@sample("system.remote_restart_validate")
async def _restart_validate(house: Gannet) -> Maker:
    return await _entrusted(house, "RemoteRestartValidate")


async def _held(house: Gannet) -> Any:
    partition = await with_everything(house, "vm1")
    deposit = Deposit(uuid=partition.uuid, name="vm1", refuge=OTHER, hold=Hold.ASKING.value, was=partition.state)
    with house.engine.alter() as change:
        change.put(deposit)
    return partition


@sample("remote_restart.give_up")
async def _give_up(house: Gannet) -> Maker:
    partition = await _held(house)
    return lambda: GiveUp(partition.uuid)


@sample("lpar.remote_restart_recover")
async def _restart_recover(house: Gannet) -> Maker:
    return _job("RemoteRestartRecover", (await _held(house)).uuid, Force="true")
