"""The simulated hypervisor.

It has no state of its own beyond what is scheduled: where a partition stands in its stages is a ``Due`` in the state, so a
restart of the service goes on where it was. Only *what* may happen is said here and in the stages; *when* is the clock's.
"""

from __future__ import annotations

from array import array
from collections.abc import Collection, Iterable
from typing import Any

from msgspec.structs import replace

from openlpar.hypervisor.backend import Backend
from openlpar.hypervisor.sim import disks, guest, resizing, rmc
from openlpar.hypervisor.sim.behaviour import Behaviour, Stage, at_once, from_plain, shipped, to_plain
from openlpar.hypervisor.sim.dialogs import Dialogs
from openlpar.hypervisor.sim.meter import WorkloadMeter
from openlpar.messages import Failure
from openlpar.ports.group_layouts import Lost
from openlpar.ports.hypervisor import Boot, Observation, Padmin, Resized, Stop, Surroundings
from openlpar.ports.records import AsRecorded, Console, Due, GroupLayout
from openlpar.ports.state import Change, World
from openlpar.uom.disk_paths import Paths
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.metering import MeteredPartition, Survey
from openlpar.uom.partition import BasePartition, PartitionState, PartitionType, RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

_DUE = "hypervisor"
# Data of a Due at which a partition looks whether its RMC connection is there.
_LOOK = {"rmc": "look"}
_BOOTED: dict[str, str] = {PartitionType.VIOS: "vios", PartitionType.OS400: "ibmi"}
_STOPS = {Stop.OS: ("os_shutdown",), Stop.SIGNAL: ("signal",), Stop.HARD: ("hard",), Stop.DUMP: ("dump",)}


class Simulated(Backend, name="sim"):
    """See ``ports.hypervisor.Hypervisor``."""

    def __init__(self, surroundings: Surroundings, behaviour: Behaviour | None = None) -> None:
        super().__init__(surroundings)
        self._behaviour = behaviour or shipped()
        self._meter = WorkloadMeter(surroundings.seed)
        self._outages: tuple[set[str], Lost] = (set(), {})
        self._dialogs = Dialogs()

    async def open(self) -> None:
        """Where partitions stand is in the state; it goes on when it comes due. Those that were described or recorded as running
        have their addresses in the management network."""
        with self.surroundings.alter() as change:
            self.connect(change, rmc.running(change))
            self._outages = disks.outages(self.surroundings.world)
            disks.look_all(change)

    def connect(self, change: Change, partitions: Iterable[BasePartition]) -> None:
        """Gives those that are said to be connected, and were not recorded elsewhere, their addresses."""
        for partition in partitions:
            has_none = partition.rmc_state == RMCState.ACTIVE and not partition.rmc_ip
            if has_none and change.find(AsRecorded, partition.uuid) is None:
                found = rmc.way(change, partition, self._behaviour)
                if found.address:
                    self.report(change, partition.uuid, self._connection(partition, found))

    async def close(self) -> None:
        """Nothing runs beside the service."""

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        """There is no world outside; but partitions notice that a disk's path is gone or back, and, after a time, that the
        management network is not what it was."""
        if any(kind in (VirtualIOServer, PhysicalVolume, VolumeGroup, GroupLayout) for kind, _ in altered):
            outages = disks.outages(self.surroundings.world)
            if outages != self._outages:
                self._outages = outages
                with self.surroundings.alter() as change:
                    disks.look_all(change)
        self.look_again(altered)

    def look_again(
        self,
        altered: Collection[tuple[type[Any], str]],
        kinds: tuple[type[BasePartition], ...] = (LogicalPartition, VirtualIOServer),
    ) -> None:
        """Lets running partitions of these kinds notice, after a time, that their way in the management network is not what it
        was."""
        world = self.surroundings.world
        for partition in rmc.touched(world, altered):
            if not isinstance(partition, kinds):
                continue
            if world.find(AsRecorded, partition.uuid) is not None:
                continue  # it stays what it was when it was recorded
            found = rmc.way(world, partition, self._behaviour)
            connected = partition.rmc_state in (RMCState.ACTIVE, RMCState.BUSY)
            if connected == bool(found.cause) and not _is_looking(world, partition.uuid):
                low, high = rmc.HEARTBEATS_MS if connected else rmc.RECOVERY_MS
                with self.surroundings.alter() as change:
                    change.schedule(change.entropy.between(low, high), _DUE, partition.uuid, **_LOOK)

    def define(self, change: Change, partition: BasePartition) -> None:
        """Nothing to prepare: a partition that is off is only its description."""

    def undefine(self, change: Change, partition: BasePartition) -> None:
        change.cancel(partition.uuid, _DUE)

    def start(self, change: Change, partition: BasePartition, boot: Boot) -> None:
        self._go_through(change, partition, self._boot_stages(partition, boot.mode or "norm"))

    def stop(self, change: Change, partition: BasePartition, how: Stop, restart: bool) -> None:
        stages: tuple[str, ...] = _STOPS[how]
        if restart:
            stages += self._boot_stages(partition, "norm")
        self._go_through(change, partition, stages)

    def _boot_stages(self, partition: BasePartition, mode: str) -> tuple[str, ...]:
        following = self._behaviour.boot.get(mode, "os")
        if following == "os":
            following = _BOOTED.get(partition.env, "linux")
        return ("firmware", following)

    async def resize(self, before: BasePartition, after: BasePartition, force: bool = False) -> Resized:
        """A simulated guest gives and takes all it is asked for, unless its behaviour is another."""
        mood = self._behaviour.guest(after.name)
        region_mb = next(self.surroundings.world.all(ManagedSystem)).memory_config.memory_region_size or 256
        given = resizing.given(before, after, mood.gives, region_mb)
        return Resized(given, "" if given == after else f"the OS return code is {mood.returns}")

    # see ports.hypervisor.Mobile: all that there is of a simulated guest is in the state, and travels with it

    def hindrances(self, partition: BasePartition) -> Iterable[Failure]:
        return ()

    async def pack(self, partition: BasePartition) -> dict[str, Any]:
        return {}

    def unfit(self, partition: BasePartition, luggage: dict[str, Any]) -> Iterable[Failure]:
        return ()

    async def expect(self, partition: BasePartition, luggage: dict[str, Any]) -> str:
        return ""

    async def has_arrived(self, partition: BasePartition) -> bool:
        return True

    def send(self, change: Change, partition: BasePartition, address: str) -> None:
        self._go_through(change, partition, ("sending",))

    def keep(self, change: Change, partition: BasePartition) -> None:
        change.cancel(partition.uuid, _DUE)

    def arrive(self, change: Change, partition: BasePartition) -> None:
        self._go_through(change, partition, ("arrived",))

    # see ports.hypervisor.Mortal

    def halt(self, change: Change, partition: BasePartition) -> None:
        change.cancel(partition.uuid, _DUE)

    def go_on(self, change: Change, partition: BasePartition) -> None:
        self._go_through(change, partition, ("arrived",))

    def _go_through(self, change: Change, partition: BasePartition, sequences: tuple[str, ...]) -> None:
        """Schedules the first stage; each schedules the next. A stage is named by sequences and number: it must be
        found again after a restart."""
        self._schedule(change, partition.uuid, "+".join(sequences), 0)

    def _stages(self, sequences: str) -> list[Stage]:
        stages = [stage for name in sequences.split("+") for stage in self._behaviour.stages[name]]
        # A restart keeps what the partition has: nobody else may take it, or delete it, between off and on.
        kept = [
            replace(stage, state=None) if stage.state == PartitionState.NOT_ACTIVATED else stage for stage in stages
        ]
        return [*kept[:-1], *stages[-1:]]

    def _schedule(self, change: Change, uuid: str, sequences: str, number: int) -> None:
        delay_ms = _delay_ms(change, self._stages(sequences)[number])
        change.schedule(delay_ms, _DUE, uuid, sequences=sequences, number=str(number))

    def due(self, change: Change, due: Due) -> None:
        """Stages between which no time passes are one change: there is no moment at which one could be seen without the next."""
        if due.data == _LOOK:
            return self._look(change, due.subject)
        sequences, begin = due.data["sequences"], int(due.data["number"])
        stages = self._stages(sequences)
        end, delay_ms = begin + 1, 0
        while end < len(stages) and not change.clock.stretch(delay_ms := _delay_ms(change, stages[end])):
            end += 1
        for stage in at_once(stages[begin:end]):
            partition = change.find(LogicalPartition, due.subject) or change.find(VirtualIOServer, due.subject)
            if partition is None:
                return
            self._enter(change, partition, stage)
        if end < len(stages):
            change.schedule(delay_ms, _DUE, due.subject, sequences=sequences, number=str(end))

    def _enter(self, change: Change, partition: BasePartition, stage: Stage) -> None:
        self.report(
            change,
            partition.uuid,
            Observation(
                state=stage.state,
                ref_code=stage.ref_code,
                rmc=None if stage.rmc == RMCState.ACTIVE else stage.rmc,
                operating_system=None if _is_installed(partition) else stage.os,
                booted=stage.booted,
                moved=stage.moved,
                console=stage.console + (guest.login_prompt(change, partition) if stage.booted else ""),
            ),
        )
        if stage.booted and isinstance(partition, LogicalPartition):
            disks.look(change, disks.paths_of(change, partition), partition, boots=True)
        if stage.rmc == RMCState.ACTIVE:
            self._look(change, partition.uuid)

    def _look(self, change: Change, uuid: str) -> None:
        """Whether the partition is connected now."""
        partition = change.find(LogicalPartition, uuid) or change.find(VirtualIOServer, uuid)
        if partition is not None and partition.state == PartitionState.RUNNING:
            found = rmc.way(change, partition, self._behaviour)
            self.report(change, uuid, self._connection(partition, found))

    def _connection(self, partition: BasePartition, found: rmc.Way) -> Observation:
        mood = self._behaviour.guest(partition.name)
        return Observation(
            rmc=(RMCState.INACTIVE if found.cause else RMCState.ACTIVE).value,
            rmc_ip=found.address or None,
            rmc_cause=found.cause,
            rmc_adapter=found.adapter,
            dlpar=frozenset(mood.dlpar),
            objection=f"the OS return code is {mood.returns}" if mood.refuses_adapters else "",
        )

    def type_on_console(self, change: Change, partition: BasePartition, text: str, padmin: Padmin) -> None:
        """Only a guest that runs reads its console; what is typed at any other time is lost, as on a serial line."""
        if partition.state != PartitionState.RUNNING:
            return
        console = change.find(Console, partition.uuid) or Console(uuid=partition.uuid)
        reaction = guest.react(change, partition, console, text, padmin, self._dialogs)
        change.put(reaction.console)
        if reaction.shown:
            self.report(change, partition.uuid, Observation(console=reaction.shown))
        if reaction.goes_down:
            change.cancel(partition.uuid, _DUE)
            self.stop(change, partition, Stop.OS, reaction.restarts)

    by_workload = True

    def used(self, world: World, survey: Survey, begin: int, end: int) -> array[int]:
        return self._meter.used(world, survey, begin, end)

    def fresh(self, world: World, partition: MeteredPartition, begin: int, end: int) -> int:
        return self._meter.fresh(world, partition, begin, end)

    def refused(self, change: Change, paths: Paths, partition: LogicalPartition, mappings: Collection[str]) -> None:
        disks.refuse(change, paths, partition, mappings)

    def behaviour(self) -> dict[str, Any]:
        return to_plain(self._behaviour)

    def behave(self, data: dict[str, Any]) -> None:
        self._behaviour = from_plain(data)


def _delay_ms(change: Change, stage: Stage) -> int:
    delay_ms = int(stage.after * 1000)
    return delay_ms + change.entropy.between(0, int(delay_ms * stage.jitter)) if stage.jitter else delay_ms


def _is_looking(world: World, uuid: str) -> bool:
    return any(due.data == _LOOK for due in world.where(Due, subject=uuid))


def _is_installed(partition: BasePartition) -> bool:
    """A Virtual I/O Server whose level is known keeps it when it starts: only updates change it."""
    return isinstance(partition, VirtualIOServer) and any(sign.isdigit() for sign in partition.operating_system)
