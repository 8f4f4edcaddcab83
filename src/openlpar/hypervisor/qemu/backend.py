"""Partitions as real PAPR guests: each is a QEMU process under a supervisor of its own.

The state stays the truth. A power command is written down first (``Activation``) and acted on afterwards; what the supervisor's
journal tells is taken into the state with the number of the notice, in one change, so that a service that was killed goes on
exactly where it was. Virtual I/O Servers are not guests: they go through their stages as in the simulation, and what they serve
is real (``outside``).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import time
from array import array
from collections.abc import Collection, Coroutine
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from openlpar.hypervisor.backend import Backend
from openlpar.hypervisor.qemu import ending, journal, link, resizing, states
from openlpar.hypervisor.qemu import host as hosts
from openlpar.hypervisor.qemu import launch as launches
from openlpar.hypervisor.qemu.arguments import arguments
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.dimms import dimm_mib
from openlpar.hypervisor.qemu.doors import Doors
from openlpar.hypervisor.qemu.entitlement import Groups
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import Hardware, hardware
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.journal import Notice
from openlpar.hypervisor.qemu.launch import CannotLaunch, Launch
from openlpar.hypervisor.qemu.memory_caps import MemoryCaps, MemoryGroups
from openlpar.hypervisor.qemu.metering import RealMeter
from openlpar.hypervisor.qemu.mobility import Mobile
from openlpar.hypervisor.qemu.network import management_addresses
from openlpar.hypervisor.qemu.notices import OFF, observation, starved
from openlpar.hypervisor.qemu.outside import Outside
from openlpar.hypervisor.qemu.shares import Shares
from openlpar.hypervisor.qemu.switch import SwitchError
from openlpar.hypervisor.qemu.switch_links import Links
from openlpar.hypervisor.qemu.uplink import Uplinks
from openlpar.hypervisor.sim.rmc import running as connectable
from openlpar.hypervisor.sim.simulated import Simulated
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import Boot, HostUnfit, Observation, Padmin, Resized, Stop, Surroundings
from openlpar.ports.records import Activation, Due
from openlpar.ports.state import Change, World
from openlpar.qemu_host.users import Users
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.metering import Survey
from openlpar.uom.partition import BasePartition
from openlpar.uom.partition_state import PartitionState, RMCState
from openlpar.uom.virtual_io_server import VirtualIOServer

log = logging.getLogger(__name__)

_NVRAM_BYTES = 65536
_REQUESTS = {Stop.OS: "agent_shutdown", Stop.SIGNAL: "power_down", Stop.HARD: "quit", Stop.DUMP: "nmi"}
"""What the supervisor is asked to do. Whoever restarts is started anew when it has ended, as other hardware may be wished."""
_DEAF = (PartitionState.OPEN_FIRMWARE, PartitionState.ERROR)
"""States in which there is no operating system that would hear a signal."""
_WITHOUT_QEMU = (PartitionState.NOT_ACTIVATED, PartitionState.ERROR)
"""States of a partition that nothing runs of. In error it stays until somebody has taken note."""
_KVM = "/dev/kvm"
_DUMP_S = 30.0
"""Within which a guest that is asked for a dump does something."""
_LONGEST_SOCKET = 107


class Qemu(Mobile, Backend, name="qemu"):
    """See ``ports.hypervisor.Hypervisor``."""

    io_server = "served"
    clocks = ("real",)
    options = ("saved_states", "uplink", "entitlement", "memory_cap", "link")
    by_workload = False

    def __init__(self, surroundings: Surroundings) -> None:
        super().__init__(surroundings)
        self._world = surroundings.world
        self._folder = surroundings.data
        self._servers = Simulated(surroundings)
        self._guests: dict[str, Guest] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._host: Host
        self._shares: Shares | None = None
        self._caps: MemoryCaps | None = None
        self._outside = Outside(self._world, surroundings.blocks, self._network, self._guests)
        self._meter = RealMeter(self._world, surroundings.blocks, self._guests, self._outside.switch, self._clock)

    @classmethod
    async def end_all(cls, folder: Path) -> list[str]:
        return await ending.end_all(folder)

    # life of the service

    async def open(self) -> None:
        self._outside.links = Links(self._world, self.surroundings.options.link)
        modes = (mode for system in self._world.all(ManagedSystem) for mode in system.proc_config.proc_compat_modes)
        self._host = replace(await asyncio.to_thread(hosts.found), cpu=hosts.emulated(modes))
        for folder in (self._folder, self._folder / "p"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if len(str(self._run("0" * 8) / launches.CONTROL)) > _LONGEST_SOCKET:
            raise HostUnfit(f"the path {self._folder} is too long for the sockets below it. Choose a shorter --data.")
        self._outside.uplinks = Uplinks(
            self._world, self.surroundings.options.uplink, self._host, self._folder, self._network, self._outside.wake
        )
        self._keep_apart()
        self._divide_host()
        self._settle_servers()
        await self._adopt_guests()
        for limits in self._limits():
            limits.start()
        await self._outside.converge()
        self._outside.start()
        self._meter.attend()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._meter.close()
        await self._outside.close()
        for limits in self._limits():
            await limits.close()
        for guest in self._guests.values():
            await guest.close()

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        self._servers.look_again(altered, (VirtualIOServer,))
        self._outside.committed(altered)
        self._meter.committed(altered)
        for limits in self._limits():
            limits.committed(altered)

    def _limits(self) -> list[Shares | MemoryCaps]:
        return [each for each in (self._shares, self._caps) if each is not None]

    def _keep_apart(self) -> None:
        """As root, each partition is a user of its own. States are saved and read by QEMU itself, where such a user may not."""
        if self._host.run_as and self.surroundings.options.saved_states is None:
            self._outside.doors = Doors(self._folder, Users.of(self._folder))
        elif os.geteuid() == 0:
            why = self._host.run_as.reason or "they start from saved states"
            log.warning("All partitions run as root: %s. %s", why, self._host.run_as.remedy)

    def _divide_host(self) -> None:
        """Raises HostUnfit when a share or cap is asked for, and this host does not let us."""
        host, told, data = self._host, self.surroundings.options, self._folder
        shares = Groups.granted(told.entitlement, host.groups, host.group_folder, host.group_version, data)
        if shares is not None:
            self._shares = Shares(self._world, self._guests, shares)
        memory = host.memory_groups, host.memory_group_folder, host.memory_group_version
        caps = MemoryGroups.granted(told.memory_cap, *memory, data)
        if caps is not None:
            self._caps = MemoryCaps(self._world, self._guests, caps)

    async def links(self) -> list[dict[str, Any]]:
        """See ``ports.hypervisor.Linking``."""
        try:
            return await self._outside.links.status(self._outside.switch)
        except SwitchError as error:
            raise say.NO_SWITCH_PROCESS.error(cause=str(error)) from error

    def used(self, world: World, survey: Survey, begin: int, end: int) -> array[int]:
        """See ``ports.metrics.Meter``."""
        return self._meter.used(world, survey, begin, end)

    def _clock(self) -> int:
        with self.surroundings.alter() as change:
            return change.clock.now()

    @property
    def _network(self) -> Path:
        return self._folder / "n"

    def _run(self, uuid: str) -> Path:
        return self._folder / "p" / uuid[:8].lower()

    def _settle_servers(self) -> None:
        """A server that ran, and ended while nobody looked, is off. One that never ran here is started: it is described as
        running. Those that run have their addresses in the management network."""
        blocks = self.surroundings.blocks
        if blocks is None:
            return
        blocks.lost = self._server_lost
        for vios in list(self._world.all(VirtualIOServer)):
            if vios.state == PartitionState.RUNNING and blocks.has_served(vios.uuid) and not blocks.serves(vios.uuid):
                self._server_lost(vios.uuid)
        with self.surroundings.alter() as change:
            self._servers.connect(change, (vios for vios in connectable(change) if isinstance(vios, VirtualIOServer)))

    def _server_lost(self, uuid: str) -> None:
        with self.surroundings.alter() as change:
            self._servers.undefine(change, change.get(VirtualIOServer, uuid))  # no stage of it comes any more
            self.report(change, uuid, replace(OFF, failed="what serves its disks ended"))

    async def _adopt_guests(self) -> None:
        running, known = set(), set()
        for partition in list(self._world.all(LogicalPartition)):
            run = self._run(partition.uuid)
            known.add(run)
            activation = self._world.find(Activation, partition.uuid)
            if activation is not None:
                running.add(run)
                await self._adopt(partition.uuid, activation)
            elif partition.state not in _WITHOUT_QEMU and not partition.is_mgmt_partition:
                with self.surroundings.alter() as change:
                    self.report(change, partition.uuid, OFF)
        for run in (self._folder / "p").iterdir():
            if run not in running:
                with contextlib.suppress(TimeoutError):
                    await ending.end(run / launches.LOCK)
            if run not in known:
                shutil.rmtree(run, ignore_errors=True)

    async def _adopt(self, uuid: str, activation: Activation) -> None:
        guest = self._enlist(uuid)
        last = _last(guest.run)
        if activation.incoming and (last is None or last.kind == "ended"):
            self._lost(guest, "it did not come")
            return
        if last is None or (last.kind == "ended" and last.number <= activation.position):
            self._spawn(self._begin(guest, Boot(activation.mode, boot_string=activation.boot_string)))
            return
        try:
            guest.linked(
                await link.adopt(guest.run, guest.hear, guest.show, time.time_ns, activation.position, activation.shown)
            )
        except CannotLaunch as error:
            self._lost(guest, str(error))
            return
        self._spawn(self._until_gone(guest))
        self._spawn(self._resume(uuid, activation))

    def _enlist(self, uuid: str) -> Guest:
        """A partition that runs, or is about to: what is asked of it waits for it from now on."""
        guest = self._guests[uuid] = Guest(uuid, self._run(uuid), self._hear, self._show)
        return guest

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("a partition's work failed", exc_info=task.exception())

    # commands

    def define(self, change: Change, partition: BasePartition) -> None:
        """A partition that is off is only its description."""

    def undefine(self, change: Change, partition: BasePartition) -> None:
        self._servers.undefine(change, partition)
        activation = change.find(Activation, partition.uuid)
        if activation is not None:
            change.remove(activation)
        change.afterwards(partial(self._leave, self._run(partition.uuid), partition.uuid, partition.id))

    def _clear_away(self, run: Path, number: int) -> None:
        shutil.rmtree(run, ignore_errors=True)
        self._drop_ends(number)

    def _drop_ends(self, number: int) -> None:
        """QEMU leaves its ends of network adapters behind."""
        for socket in self._network.glob(f"{number}-*.g"):
            socket.unlink(missing_ok=True)

    def start(self, change: Change, partition: BasePartition, boot: Boot) -> None:
        if not isinstance(partition, LogicalPartition):
            return self._servers.start(change, partition, boot)
        hardware(change, partition, boot, self.surroundings.blocks)  # refuses what QEMU does not have
        last = _last(self._run(partition.uuid))
        activation = Activation(
            uuid=partition.uuid,
            position=last.number if last else 0,
            mode=boot.mode,
            boot_string=boot.boot_string,
        )
        change.put(activation)
        change.afterwards(lambda: self._spawn(self._begin(self._enlist(partition.uuid), boot)))

    def stop(self, change: Change, partition: BasePartition, how: Stop, restart: bool) -> None:
        if not isinstance(partition, LogicalPartition):
            return self._servers.stop(change, partition, how, restart)
        activation = change.find(Activation, partition.uuid)
        if activation is None:
            self.report(change, partition.uuid, OFF)
            if restart and partition.state == PartitionState.ERROR:  # it was ended for want of memory
                self.start(change, partition, Boot())
            return
        if how in (Stop.SIGNAL, Stop.DUMP) and partition.state in _DEAF:
            how = Stop.HARD
        change.put(replace(activation, restart=restart))
        change.afterwards(lambda: self._spawn(self._stop(partition.uuid, how)))

    async def resize(self, before: BasePartition, after: BasePartition, force: bool = False) -> Resized:
        if not isinstance(after, LogicalPartition):
            return Resized(after)
        guest = self._guests.get(after.uuid)
        if guest is None:
            raise say.SUPERVISOR_LOST.error(partition=after.name, cause="it does not run")
        assert isinstance(before, LogicalPartition)
        return await resizing.resize(guest, before, after, self._host, self._caps, force=force)

    def due(self, change: Change, due: Due) -> None:
        self._servers.due(change, due)

    def type_on_console(self, change: Change, partition: BasePartition, text: str, padmin: Padmin) -> None:
        if not isinstance(partition, LogicalPartition) or partition.is_mgmt_partition:
            return self._servers.type_on_console(change, partition, text, padmin)
        guest = self._guests.get(partition.uuid)
        if guest is not None:
            change.afterwards(lambda: guest.type(text))

    # see ports.hypervisor.Behaving: of its Virtual I/O Servers

    def behaviour(self) -> dict[str, Any]:
        return self._servers.behaviour()

    def behave(self, data: dict[str, Any]) -> None:
        self._servers.behave(data)

    # from start to end

    async def _begin(self, guest: Guest, boot: Boot) -> None:
        """Starts a partition with what is served to it now: a Virtual I/O Server may just have come up."""
        try:
            await ending.end(guest.run / launches.LOCK)
        except TimeoutError as stuck:
            self._lost(guest, str(stuck))
            return
        last = _last(guest.run)
        position = last.number if last else 0
        with self.surroundings.alter() as change:
            change.put(replace(change.get(Activation, guest.uuid), position=position, shown=0))
        try:
            made = await self._served(guest.uuid, boot)
        except Failure as refused:
            self._lost(guest, str(refused))
            return
        await self._launch(guest, made, position)

    async def _served(self, uuid: str, boot: Boot) -> Hardware:
        """What a partition is made of, when it has not changed while servers and switch were told of it. Raises Failure."""
        made: Hardware | None = None
        while True:
            before = made
            made = hardware(self._world, self._world.get(LogicalPartition, uuid), boot, self.surroundings.blocks)
            if made == before:
                return made
            await self._outside.converge()

    async def _launch(self, guest: Guest, made: Hardware, position: int) -> None:
        try:
            await self._started(guest, made, position)
        except (CannotLaunch, OSError) as error:
            self._lost(guest, str(error))

    async def _started(self, guest: Guest, made: Hardware, position: int) -> None:
        """Raises CannotLaunch, OSError."""
        run, guest.menu = guest.run, made.firmware == "menu"
        argv = [*self._host.command, *arguments(made, self._host, run, self._network)]
        state = self._state_of(made) if made.like is None else None
        if made.like is not None:
            argv += ["-incoming", "defer"]
        elif state is not None and state.exists():
            argv += ["-incoming", f"file:{state}"]
            guest.restored_from = state
        else:
            guest.save_to = state
        told = Launch(
            argv=argv,
            uuid=made.uuid,
            name=made.name,
            environment=dict(self._host.environment),
            by="openlpar",
            core_remove=self._host.core_remove,
            dimm_mib=dimm_mib(made.memory_min_mib, made.memory_max_mib),
            restored=guest.restored_from is not None,
            expected=made.like is not None,
            memory_group=self._caps.before_start(guest) if self._caps is not None else "",
        )
        run.mkdir(mode=0o700, exist_ok=True)
        _make_nvram(run / "nvram.bin")
        doors = self._outside.doors
        if doors is not None:
            doors.of_partition(run, made.lpar_id, run / "nvram.bin")
            self._drop_ends(made.lpar_id)  # it could not take away one that somebody else made
            groups = [doors.users.everybody, *([os.stat(_KVM).st_gid] if self._host.kvm else [])]
            told = replace(told, user=doors.users.number(made.lpar_id), groups=groups)
        guest.linked(await link.start(run, told, guest.hear, guest.show, time.time_ns, position))
        self._spawn(self._until_gone(guest))

    async def _until_gone(self, guest: Guest) -> None:
        """A supervisor that was killed leaves a partition that is off."""
        await guest.gone()
        if self._guests.get(guest.uuid) is guest:
            self._lost(guest, "the process that ran it is gone")

    def _lost(self, guest: Guest, cause: str) -> None:
        self._guests.pop(guest.uuid, None)
        with self.surroundings.alter() as change:
            activation = change.find(Activation, guest.uuid)
            if activation is not None:
                change.remove(activation)
            self.report(change, guest.uuid, replace(OFF, failed=cause))
        self._spawn(guest.close())

    async def _stop(self, uuid: str, how: Stop) -> None:
        guest = self._guests.get(uuid)
        if guest is None:
            return
        before = self._position(uuid)
        try:
            await guest.request(_REQUESTS[how])
            if how is Stop.DUMP:
                await asyncio.sleep(_DUMP_S)
                # It crashes, and is restarted then, or boots its dump's kernel, which restarts it.
                if self._guests.get(uuid) is guest and self._position(uuid) == before:
                    await guest.request(_REQUESTS[Stop.HARD])
        except (Refused, link.Lost) as error:
            with self.surroundings.alter() as change:
                self.report(change, uuid, Observation(failed=str(error)))

    def _position(self, uuid: str) -> int:
        """Number of the last notice that was taken in."""
        activation = self._world.find(Activation, uuid)
        return activation.position if activation is not None else 0

    def _hear(self, guest: Guest, notice: Notice) -> None:
        """Takes a notice into the state, with its number."""
        if guest.has_left:
            return
        partition = self._world.find(LogicalPartition, guest.uuid)
        seen = observation(notice, management_addresses(self._world, partition) if partition is not None else ())
        with self.surroundings.alter() as change:
            activation = change.find(Activation, guest.uuid) or Activation(uuid=guest.uuid)
            if notice.kind == "ended":
                seen = self._ended(change, guest, activation, notice)
            else:
                change.put(replace(activation, position=notice.number))
            if notice.kind == "not_sent":
                change.put(replace(activation, position=notice.number, sending=("", "")))
            if notice.kind == "started":
                guest.restored_from = None
                change.afterwards(self._outside.wake)  # its disks can be led to their files
            if notice.kind == "reset" and activation.restart:  # by its dump's kernel
                change.put(replace(change.get(Activation, guest.uuid), restart=False))
            if notice.kind == "agent" and notice.data.get("active") and guest.save_to is not None:
                change.afterwards(partial(self._spawn, self._save(guest, guest.save_to)))
                guest.save_to = None
            if notice.kind == "panicked" and activation.restart:
                change.afterwards(lambda: self._spawn(self._stop(guest.uuid, Stop.HARD)))
            if seen is not None:
                self.report(change, guest.uuid, seen)

    def _ended(self, change: Change, guest: Guest, activation: Activation, notice: Notice) -> Observation:
        """A partition that restarts keeps what it has: nobody else may take it between off and on."""
        partition = change.find(LogicalPartition, guest.uuid)
        self._guests.pop(guest.uuid, None)
        if guest.restored_from is not None:
            log.warning("the saved state %s cannot be used, and is removed", guest.restored_from)
            guest.restored_from.unlink(missing_ok=True)
        if notice.data.get("status"):
            log.warning("partition %s ended: %s", partition.name if partition else guest.uuid, notice.data)
        if not activation.restart or partition is None:
            change.remove(activation)
            change.afterwards(lambda: self._spawn(self._dismiss(guest)))
            reason = str(notice.data.get("reason") or "it ended")
            return starved(reason) if notice.data.get("starved") else replace(OFF, failed=reason)
        change.put(replace(activation, position=notice.number, restart=False, shown=0, mode="", boot_string=""))
        successor = self._enlist(guest.uuid)

        async def again() -> None:
            await self._dismiss(guest)
            await self._begin(successor, Boot())

        change.afterwards(lambda: self._spawn(again()))
        return Observation(state=PartitionState.STARTING.value, ref_code="", rmc=RMCState.INACTIVE.value)

    async def _dismiss(self, guest: Guest) -> None:
        try:
            await guest.request("dismiss")
            await guest.gone()
        except (Refused, link.Lost):
            pass
        await guest.close()

    def _state_of(self, made: Hardware) -> Path | None:
        folder = self.surroundings.options.saved_states
        return states.file_of(folder, made, self._host) if folder is not None else None

    async def _save(self, guest: Guest, path: Path) -> None:
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            await guest.request("save_state", path=str(path))
        except (Refused, link.Lost, OSError) as error:
            log.warning("the state of the partition in %s is not saved: %s", guest.run, error)

    def _show(self, guest: Guest, text: str) -> None:
        with self.surroundings.alter() as change:
            activation = change.find(Activation, guest.uuid)
            if activation is not None:
                change.put(replace(activation, shown=guest.position))
            self.report(change, guest.uuid, Observation(console=text))


def _last(run: Path) -> Notice | None:
    """What happened last to the partition with a run folder."""
    return next(reversed(journal.read(run / journal.FILE)), None)


def _make_nvram(path: Path) -> None:
    if not path.exists():
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.ftruncate(file, _NVRAM_BYTES)
        os.close(file)
