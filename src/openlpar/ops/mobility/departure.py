"""The source's part of a migration: why a partition cannot leave, and the steps from sending it to having removed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from openlpar.messages import Failure
from openlpar.messages import mobility as say
from openlpar.ops.capacity import managed_system
from openlpar.ops.core import Edges, Evidence, Level, Operation, Step
from openlpar.ops.lpar.delete import DeletePartition
from openlpar.ops.mobility.baggage import Baggage
from openlpar.ops.mobility.moving import at_rest, end_job
from openlpar.ops.mobility.place import check_limit, check_mover
from openlpar.ops.mobility.storage import local_storage, unmasked_volumes
from openlpar.ops.mobility.wishes import Wishes
from openlpar.ops.storage.usage import mappings_of
from openlpar.ops.system.serial_number import forget_number
from openlpar.ports.hypervisor import Mobile, Stop
from openlpar.ports.records import Migration, Phase
from openlpar.ports.state import Change, World
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.partition import PartitionState, PartitionType, RMCState
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.sriov import SRIOVEthernetLogicalPort
from openlpar.uom.vnic import VirtualNICDedicated


def problems_here(world: World, edges: Edges, partition: LogicalPartition, wishes: Wishes) -> Iterator[Failure]:
    """Everything on this side that keeps a partition from leaving."""
    system = managed_system(world)
    here = system.mtms
    if wishes.system in (system.system_name, str(here)):
        yield say.SAME_SYSTEM.error(partition=partition.name, system=system.system_name)
    runs = partition.state == PartitionState.RUNNING
    if not isinstance(edges.hypervisor, Mobile):
        yield say.NO_MOBILITY.error(hypervisor=edges.hypervisor.name)
    elif runs:
        yield from edges.hypervisor.hindrances(partition)
    if partition.is_mgmt_partition:
        yield say.MANAGEMENT.error(partition=partition.name)
    if not runs and partition.state != PartitionState.NOT_ACTIVATED:
        yield say.BAD_STATE.error(partition=partition.name, state=partition.state)
    connected = partition.rmc_state in (RMCState.ACTIVE, RMCState.BUSY)
    if runs and partition.env == PartitionType.AIX_LINUX and not connected:
        yield say.NO_RMC.error(partition=partition.name, rmc=partition.rmc_state)
    if devices := _physical(world, partition):
        yield say.PHYSICAL.error(partition=partition.name, devices=", ".join(devices))
    baggage = Baggage.packed(world, partition, edges.hypervisor.name, {})
    yield from local_storage(baggage.disks, partition)
    yield from unmasked_volumes(world, baggage.channels, partition)
    yield from _mapped_in_vain(partition, baggage, wishes)
    yield from _limits(world, system, wishes, runs)


def _physical(world: World, partition: LogicalPartition) -> list[str]:
    slots = [slot.slot.drc_name or f"slot {slot.slot.drc_index}" for slot in partition.io_config.io_slots]
    kinds = {"SR-IOV logical ports": SRIOVEthernetLogicalPort, "virtual NICs": VirtualNICDedicated}
    return slots + [name for name, kind in kinds.items() if world.count(kind, partition.uuid)]


def _mapped_in_vain(partition: LogicalPartition, baggage: Baggage, wishes: Wishes) -> Iterator[Failure]:
    """Mappings of adapters that the partition does not have."""
    adapters = {adapter.element.mac for adapter in baggage.adapters}
    disks = {disk.element.client_adapter.lpar_slot_num for disk in baggage.disks}
    channels = {channel.element.client_adapter.lpar_slot_num for channel in baggage.channels}
    for parameter, wished, there in (
        ("VlanMappings", wishes.vlans, adapters),
        ("VirtualSCSIMappings", wishes.scsi, disks),
        ("VirtualFCMappings", wishes.channels, channels),
    ):
        for key in wished:
            if key not in there:
                known = ", ".join(sorted(map(str, there))) or "it has none"
                yield say.BAD_MAPPING.error(
                    mapping=str(key),
                    parameter=parameter,
                    partition=partition.name,
                    cause="it has no such adapter",
                    wanted=f"one of its own: {known}",
                )


def _limits(world: World, system: ManagedSystem, wishes: Wishes, runs: bool) -> Iterator[Failure]:
    try:
        check_limit(world, system, runs)
    except Failure as failure:
        yield failure
    if runs:
        try:
            check_mover(world, system, wishes.own_movers)
        except Failure as failure:
            yield failure


EVIDENCE = Evidence(Level.ASSUMED, "OpenLPAR's own: how real systems agree on a migration is not public")


@dataclass
class Transition(Operation):
    """From one phase of a migration to the next. uuid: the migration's."""

    evidence = EVIDENCE
    master_only = False

    uuid: str

    def locks(self) -> Iterable[str]:
        return (self.uuid, "partitions", "capacity", "networks")

    def about(self, world: World) -> str:
        move = world.find(Migration, self.uuid)
        return move.name if move is not None else self.uuid

    def move(self, world: World, *phases: Phase) -> Migration:
        """The migration, in one of these phases. Raises Failure."""
        move = world.find(Migration, self.uuid)
        if move is None or move.phase not in phases:
            raise say.NOT_MOVING.error(partition=self.about(world))
        return move


@dataclass
class Send(Transition, name="migration.send"):
    """The place there is prepared: what runs is sent to an address, and what does not run is given away at once."""

    address: str = ""

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.PREPARING)

    def steps(self) -> Iterable[Step]:
        yield Step("note how far it is", self._note)
        if self._move.was != PartitionState.NOT_ACTIVATED:
            yield Step("let the hypervisor send it", self._send)

    def _note(self, change: Change) -> None:
        off = self._move.was == PartitionState.NOT_ACTIVATED
        change.put(replace(self._move, phase=Phase.GIVEN if off else Phase.SENDING))

    def _send(self, change: Change) -> None:
        hypervisor = self.edges.hypervisor
        assert isinstance(hypervisor, Mobile)
        hypervisor.send(change, change.get(LogicalPartition, self._move.partition), self.address)


@dataclass
class Undo(Transition, name="migration.undo"):
    """The partition stays. cause: what its job fails with. Once it was given away only he may ask for this who knows that the
    other side has not taken it and never will. off: nobody knows, so it must not run here by itself."""

    cause: str = ""
    off: bool = False

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.PREPARING, Phase.SENDING, Phase.GIVEN)

    def steps(self) -> Iterable[Step]:
        yield Step("take the partition back", self._take_back)
        yield Step("end its job", self._end)

    def _take_back(self, change: Change) -> None:
        move, hypervisor = self._move, self.edges.hypervisor
        partition = at_rest(change.get(LogicalPartition, move.partition), move.was)
        change.put(partition)
        if move.was == PartitionState.NOT_ACTIVATED:
            return
        if self.off:
            change.put(partition.evolve(state=PartitionState.SHUTTING_DOWN.value))
            hypervisor.stop(change, partition, Stop.HARD, restart=False)
        elif move.phase != Phase.PREPARING:
            assert isinstance(hypervisor, Mobile)
            hypervisor.keep(change, partition)

    def _end(self, change: Change) -> None:
        end_job(change, self._move, self.cause or str(stopped(self._move)))
        change.put(replace(self._move, phase=Phase.UNDOING, stalled=""))


def stopped(move: Migration) -> Failure:
    return say.STOPPED.error(partition=move.name, system=move.other)


class Removal:
    """Removes what is left of a partition that is another system's now. Its uuid is that of one that is here."""

    def __init__(self, edges: Edges, world: World, uuid: str) -> None:
        self._removal = DeletePartition(uuid)
        self._removal.edges = edges
        self._removal.plan(world)
        baggage = Baggage.packed(world, world.get(LogicalPartition, uuid), "", {})
        self._number = baggage.partition.virtual_serial_number
        self._units = [unit.element.udid for unit in baggage.units]

    def steps(self) -> Iterable[Step]:
        yield from self._removal.steps()
        yield Step("mark its logical units as used elsewhere", self._mark)
        if self._number:
            yield Step("let its virtual serial number go", lambda change: forget_number(change, self._number))

    def _mark(self, change: Change) -> None:
        for unit in list(change.all(LogicalUnit)):
            if unit.udid in self._units and not mappings_of(change, unit.udid):
                change.put(unit.evolve(in_use=True))


class Depart(Transition, name="migration.depart"):
    """The other system has taken the partition over: what is left of it here is removed."""

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.GIVEN)
        self._removal = Removal(self.edges, world, self._move.partition)

    def steps(self) -> Iterable[Step]:
        yield from self._removal.steps()
        yield Step("end its job", self._end)

    def _end(self, change: Change) -> None:
        end_job(change, self._move)
        change.put(replace(self._move, phase=Phase.GONE, stalled=""))


class Forget(Transition, name="migration.forget"):
    """Both sides know how it ended."""

    def check(self, world: World) -> None:
        self._move = self.move(world, Phase.UNDOING, Phase.GONE, Phase.TAKEN)

    def steps(self) -> Iterable[Step]:
        yield Step("forget the migration", lambda change: change.remove(self._move))


def stall(change: Change, move: Migration, cause: Failure) -> None:
    """The other side does not answer: the job ends, and the migration waits to be recovered."""
    incomplete = say.INCOMPLETE.error(partition=move.name, system=move.other, cause=str(cause))
    end_job(change, move, str(incomplete))
    change.put(replace(move, stalled=str(cause)))
