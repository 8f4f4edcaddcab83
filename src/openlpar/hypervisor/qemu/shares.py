"""Running partitions get the processor time that the state entitles them to."""

from __future__ import annotations

import logging

from openlpar.hypervisor.qemu.entitlement import Entitlement, Groups
from openlpar.hypervisor.qemu.guest import Guest
from openlpar.hypervisor.qemu.limits import Limits
from openlpar.uom.logical_partition import LogicalPartition

log = logging.getLogger(__name__)

Share = tuple[Entitlement, int]
"""The second is how many processors it has: the thread of each has to be in its group."""


class Shares(Limits[Groups, Share]):
    """Of processor time."""

    concerns = "shares of the processors"

    def of(self, partition: LogicalPartition) -> Share:
        return Entitlement.of(partition), partition.proc_config.processors

    async def keep(self, guest: Guest, limit: Share) -> bool:
        found = await guest.request("threads")
        if self._runs(guest):
            try:
                self._groups.entitle(guest.run.name, limit[0], found["process"], found["threads"])
            except OSError as error:
                log.error("the entitled capacity of the partition in %s is not enforced: %s", guest.run, error)
        return True
