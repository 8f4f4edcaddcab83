"""Running partitions are kept within what the state gives them of the host, each by its control group, round after round.

Beside ``outside`` and apart from it: a disk that keeps a round waiting must not keep a partition from its processors.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Collection, Mapping
from typing import Any, Generic, TypeVar

from openlpar.hypervisor.qemu.control import Refused
from openlpar.hypervisor.qemu.control_groups import ControlGroups
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.link import Lost
from openlpar.hypervisor.qemu.reconciler import Reconciler
from openlpar.ports.state import World
from openlpar.uom.logical_partition import LogicalPartition

log = logging.getLogger(__name__)

G = TypeVar("G", bound=ControlGroups)
L = TypeVar("L")


class Limits(Reconciler, Generic[G, L]):
    """Makes, alters and removes the control groups of running partitions. They stay when the service ends, as the partitions do.

    G: the groups; L: what a partition is kept to. Subclasses say what that is, and how a guest is kept to it.
    """

    def __init__(self, world: World, guests: Mapping[str, Guest], groups: G) -> None:
        """guests: those that run, by uuid of their partition."""
        super().__init__()
        self._world, self._guests, self._groups = world, guests, groups
        self._kept: dict[str, tuple[Guest, L]] = {}

    @abstractmethod
    def of(self, partition: LogicalPartition) -> L:
        """What the state gives it."""
        ...

    @abstractmethod
    async def keep(self, guest: Guest, limit: L) -> bool:
        """Whether it is kept to it now. Raises Refused and Lost when the guest's QEMU does not say what it has."""
        ...

    def committed(self, altered: Collection[tuple[type[Any], str]]) -> None:
        """See ``ports.hypervisor.Hypervisor``."""
        if any(kind is LogicalPartition and self._wish(uuid) != self._kept.get(uuid) for kind, uuid in altered):
            self.wake()

    async def converge(self) -> bool:
        done = [await self._keep(uuid) for uuid in list(self._guests)]
        self._kept = {uuid: kept for uuid, kept in self._kept.items() if uuid in self._guests}
        running = {guest.run.name for guest in self._guests.values()}
        for name in sorted(set(self._groups.names()) - running):
            try:
                await self._groups.remove(name)
            except OSError as error:
                log.warning("the %s group of %s stays for now: %s", self._groups.controller, name, error)
                done.append(False)
        return all(done)

    def _wish(self, uuid: str) -> tuple[Guest, L] | None:
        """None as long as nobody can be asked what the guest has."""
        guest, partition = self._guests.get(uuid), self._world.find(LogicalPartition, uuid)
        if guest is None or partition is None or not guest.has_link():
            return None
        return guest, self.of(partition)

    async def _keep(self, uuid: str) -> bool:
        wish = self._wish(uuid)
        if wish is None or wish == self._kept.get(uuid):
            return True
        guest, limit = wish
        try:
            done = await self.keep(guest, limit)
        except (Refused, Lost) as error:
            if not self._runs(guest):
                return True
            log.info("%s of the partition in %s: %s", self.concerns, guest.run, error)
            return False
        if done and self._runs(guest):
            self._kept[uuid] = wish
        return done

    def _runs(self, guest: Guest) -> bool:
        """False for one that has ended: a group that is made for it now would be left behind."""
        return self._guests.get(guest.uuid) is guest
