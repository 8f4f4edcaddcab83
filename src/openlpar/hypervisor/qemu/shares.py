"""Running partitions get the processor time that the state entitles them to, one round after the other.

Beside ``outside`` and apart from it: a disk that keeps a round waiting must not keep a partition from its processors.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import Any

from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.entitlement import Entitlement, Groups
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.reconciler import Reconciler
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition

log = logging.getLogger(__name__)

Kept = tuple[Guest, Entitlement, int]
"""To what a partition is kept in one activation: the last is its processors, whose threads have to be in its group."""


class Shares(Reconciler):
    """Makes, alters and removes the control groups of running partitions. They stay when the service ends, as the partitions do."""

    concerns = "shares of the processors"

    def __init__(self, world: World, guests: Mapping[str, Guest], groups: Groups) -> None:
        """guests: those that run, by uuid of their partition."""
        super().__init__()
        self._world, self._guests, self._groups = world, guests, groups
        self._kept: dict[str, Kept] = {}

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        """See ``ports.hypervisor.Hypervisor``."""
        if any(kind is LogicalPartition and self._wish(uuid) != self._kept.get(uuid) for kind, uuid in altered):
            self.wake()

    async def converge(self) -> bool:
        """One round. Whether all is as it is wanted now."""
        done = [await self._keep(uuid) for uuid in list(self._guests)]
        self._kept = {uuid: kept for uuid, kept in self._kept.items() if uuid in self._guests}
        running = {guest.run.name for guest in self._guests.values()}
        for name in sorted(set(self._groups.names()) - running):
            try:
                await self._groups.remove(name)
            except OSError as error:
                log.warning("the control group of %s stays for now: %s", name, error)
                done.append(False)
        return all(done)

    def _wish(self, uuid: str) -> Kept | None:
        """None as long as nobody can be asked for the threads."""
        guest, partition = self._guests.get(uuid), self._world.find(LogicalPartition, uuid)
        if guest is None or partition is None or not guest.has_link():
            return None
        return guest, Entitlement.of(partition), partition.proc_config.processors

    async def _keep(self, uuid: str) -> bool:
        wish = self._wish(uuid)
        if wish is None or wish == self._kept.get(uuid):
            return True
        guest, entitlement, _ = wish
        try:
            found = await guest.request("threads")
            if self._guests.get(uuid) is guest:  # a group of one that has ended would be left behind
                self._groups.entitle(guest.run.name, entitlement, found["process"], found["threads"])
        except (Refused, Lost) as error:
            if self._guests.get(uuid) is not guest:
                return True  # it has ended
            log.info("the processors of the partition in %s: %s", guest.run, error)
            return False
        except OSError as error:
            log.error("the entitled capacity of the partition in %s is not enforced: %s", guest.run, error)
        self._kept[uuid] = wish
        return True
