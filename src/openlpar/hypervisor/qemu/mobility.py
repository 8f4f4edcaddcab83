"""Partitions that run in QEMU leave for another system of this machine, or come from one; see ``ports.hypervisor.Mobile``.

The source's supervisor sends over a unix socket in the target's run folder, where a QEMU of the same anatomy waits. Which of the
two may let the guest run is in the state of the two services, and written there before a supervisor is told.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from openlpar.hypervisor.qemu import ending, link
from openlpar.hypervisor.qemu import launch as launches
from openlpar.hypervisor.qemu.anatomy import Anatomy, generation
from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.hardware import Hardware, twin
from openlpar.hypervisor.qemu.host import Host
from openlpar.hypervisor.qemu.launch import CannotLaunch
from openlpar.hypervisor.qemu.notices import OFF
from openlpar.hypervisor.qemu.outside import Outside
from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import Boot, Observation, Report, Surroundings
from openlpar.ports.records import Activation
from openlpar.ports.state import Change, World
from openlpar.uom.partition import BasePartition

log = logging.getLogger(__name__)

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_ARRIVAL_S = 20.0
_READY_S = 30.0


class Mobile:
    """What a back end on QEMU does about migrations."""

    surroundings: Surroundings
    report: Report
    _world: World
    _host: Host
    _guests: dict[str, Guest]
    _outside: Outside
    _run: Callable[[str], Path]
    _enlist: Callable[[str], Guest]
    _spawn: Callable[[Coroutine[Any, Any, None]], None]
    _served: Callable[[str, Boot], Coroutine[Any, Any, Hardware]]
    _started: Callable[[Guest, Hardware, int], Coroutine[Any, Any, None]]
    _dismiss: Callable[[Guest], Coroutine[Any, Any, None]]
    _clear_away: Callable[[Path, int], None]

    # what can be known before

    def hindrances(self, partition: BasePartition) -> Iterable[Failure]:
        for cause in self._unable(_processors(partition)):
            yield say.NO_LIVE_MIGRATION.error(partition=partition.name, cause=cause.reason, remedy=cause.remedy)

    def _unable(self, cores: int) -> Iterator[Any]:
        host = self._host
        if not host.live_migration:
            yield host.live_migration
        elif cores > 1 and not host.multi_processor_migration:
            yield host.multi_processor_migration

    async def pack(self, partition: BasePartition) -> dict[str, Any]:
        guest = self._guests.get(partition.uuid)
        try:
            if guest is None:
                raise link.Lost("it does not run")
            anatomy = await guest.request("anatomy")
        except (Refused, link.Lost) as error:
            raise say.SUPERVISOR_LOST.error(partition=partition.name, cause=str(error)) from error
        return {"anatomy": anatomy, "kvm": self._host.kvm, "machine": _BOOT_ID.read_text().strip()}

    def unfit(self, partition: BasePartition, luggage: dict[str, Any]) -> Iterable[Failure]:
        anatomy, host = Anatomy.from_plain(luggage["anatomy"]), self._host
        for cause in self._unable(len(anatomy.cores)):
            yield say.NO_LIVE_MIGRATION.error(partition=partition.name, cause=cause.reason, remedy=cause.remedy)
        if luggage["machine"] != _BOOT_ID.read_text().strip():
            yield say.OTHER_MACHINE.error(partition=partition.name)
        if _version(anatomy.machine) > _version(host.machine):
            yield say.OLDER_QEMU.error(partition=partition.name, machine=anatomy.machine, version=host.version)
        if cause := _other_processor(anatomy, host, bool(luggage["kvm"])):
            yield say.OTHER_PROCESSOR.error(partition=partition.name, cause=cause)

    # where it arrives

    async def expect(self, partition: BasePartition, luggage: dict[str, Any]) -> str:
        uuid, run = partition.uuid, self._run(partition.uuid)
        try:
            anatomy = Anatomy.from_plain(luggage["anatomy"])
            await self._away_with(uuid)
            shutil.rmtree(run, ignore_errors=True)
            made = twin(await self._served(uuid, Boot()), anatomy)
            with self.surroundings.alter() as change:
                change.put(Activation(uuid=uuid, incoming=True))
            guest = self._enlist(uuid)
            try:
                await self._started(guest, made, 0)
                await guest.request("expected", _READY_S)
            except Exception:
                if not guest.has_link():
                    await guest.close()
                await self._away_with(uuid)
                raise
        except (CannotLaunch, OSError, TimeoutError, Refused, link.Lost, KeyError, ValueError) as error:
            raise say.NOT_RECEIVED.error(partition=partition.name, cause=str(error)) from error
        return str(run / launches.INCOMING)

    async def has_arrived(self, partition: BasePartition) -> bool:
        guest = self._guests.get(partition.uuid)
        if guest is None:
            return False
        try:
            await guest.request("arrival", _ARRIVAL_S)
        except (Refused, link.Lost) as error:
            log.warning("partition %s has not arrived: %s", partition.name, error)
            return False
        return True

    def arrive(self, change: Change, partition: BasePartition) -> None:
        activation = change.find(Activation, partition.uuid)
        if activation is None:
            self.report(change, partition.uuid, OFF)
            return
        change.put(replace(activation, incoming=False))
        change.afterwards(lambda: self._spawn(self._stay(partition.uuid)))

    # where it leaves

    def send(self, change: Change, partition: BasePartition, address: str) -> None:
        activation = change.find(Activation, partition.uuid)
        if activation is None:
            raise say.SUPERVISOR_LOST.error(partition=partition.name, cause="it does not run")
        change.put(replace(activation, sending=(change.entropy.hex(8), address)))
        change.afterwards(lambda: self._spawn(self._send(partition.uuid)))

    async def _send(self, uuid: str) -> None:
        guest, activation = self._guests.get(uuid), self._world.find(Activation, uuid)
        if guest is None or activation is None or not activation.sending[0]:
            return
        number, address = activation.sending
        try:
            await guest.request("send", number=number, address=address)
        except link.Lost as lost:
            log.warning("whether the partition in %s is being sent is not known: %s", guest.run, lost)
        except Refused as refused:
            with self.surroundings.alter() as change:
                change.put(replace(change.get(Activation, uuid), sending=("", "")))
                self.report(change, uuid, Observation(stays=str(refused)))

    def keep(self, change: Change, partition: BasePartition) -> None:
        activation = change.find(Activation, partition.uuid)
        if activation is None:  # it ended when all of it had been sent
            self.report(change, partition.uuid, OFF)
            return
        change.put(replace(activation, sending=("", "")))
        change.afterwards(lambda: self._spawn(self._stay(partition.uuid)))

    async def _stay(self, uuid: str) -> None:
        """It is this system's: it runs here, if it did not before."""
        guest = self._guests.get(uuid)
        if guest is None:
            return
        try:
            await guest.request("stay")
        except (Refused, link.Lost) as error:
            log.error("the partition in %s does not go on: %s", guest.run, error)
            return
        self._outside.wake()  # what was changed meanwhile was kept from it

    # either

    async def _resume(self, uuid: str, activation: Activation) -> None:
        """The service is back, and does not know how far it came: what has been done already is not done again."""
        if activation.sending[0]:
            await self._send(uuid)
        elif not activation.incoming:
            await self._stay(uuid)

    def _leave(self, run: Path, uuid: str, number: int) -> None:
        """The partition is no longer this system's, and what still runs of it ends."""

        async def leaving() -> None:
            await self._away_with(uuid)
            self._clear_away(run, number)

        if uuid in self._guests:
            self._spawn(leaving())
        else:
            self._clear_away(run, number)

    async def _away_with(self, uuid: str) -> None:
        """Ends what runs in a run folder, whatever that is. Raises TimeoutError when it does not end."""
        guest = self._guests.pop(uuid, None)
        if guest is not None:
            guest.has_left = True
            try:
                await guest.request("quit", _READY_S)
                await self._dismiss(guest)
            except (Refused, link.Lost):
                await guest.close()
        await ending.end(self._run(uuid) / launches.LOCK)


def _processors(partition: BasePartition) -> int:
    processors = partition.proc_config
    if processors.has_dedicated:
        return int(processors.dedicated_proc_cfg.desired)
    return int(processors.shared_proc_cfg.desired_virtual)


def _version(machine: str) -> tuple[int, ...]:
    return tuple(map(int, machine.removeprefix("pseries-").split(".")))


def _other_processor(anatomy: Anatomy, host: Host, kvm: bool) -> str:
    """Why a guest could not go on here, "" when it can."""
    if kvm != host.kvm:
        kinds = {True: "the host's own processors", False: "emulated processors"}
        return f"it runs on {kinds[kvm]}, and that system has {kinds[host.kvm]}"
    if host.kvm or generation(anatomy.processor) == generation(host.cpu):
        return ""
    pretended = generation(anatomy.compat)
    if not pretended:
        return f"it was started for {anatomy.processor.upper()}, and that system has {host.cpu}"
    if pretended > generation(host.cpu):
        return f"it was started in mode {anatomy.compat.upper()}, and that system has {host.cpu}"
    if max(anatomy.cores) >= len(anatomy.cores):
        return "some of its processors were removed while it ran"
    return ""
