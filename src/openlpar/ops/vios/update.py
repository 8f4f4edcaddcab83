"""Changing a Virtual I/O Server: as the partition that it is, and in what it lends to others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from openlpar.messages import general
from openlpar.ops.core import Evidence, Level, Step
from openlpar.ops.lpar.update import LEFT, UpdatePartition
from openlpar.ops.scsi import mappings as scsi_mappings
from openlpar.ops.scsi import plan as scsi_plan
from openlpar.ops.scsi.mappings import ScsiPlan
from openlpar.ops.scsi.slots import FreeSlots
from openlpar.ops.vfc import mappings as vfc_mappings
from openlpar.ops.vfc import plan as vfc_plan
from openlpar.ops.vfc.mappings import FibreChannelPlan
from openlpar.ops.views import shown
from openlpar.ports.state import World
from openlpar.uom.core import Element
from openlpar.uom.virtual_io_server import VirtualIOServer

# Container fields by extended attribute group, which have objects of their own behind them.
_FIXED = {
    "ViosStorage": ("phys_vols", "media_repositories", "storage_pools"),
    "ViosNetwork": ("seas", "trunk_adapters"),
}
_LEFT = LEFT | {
    *(name for names in _FIXED.values() for name in names),
    "scsi_mappings",
    "vfc_mappings",
    "io_adpts_for_link_agg",
    "free_eth_devs_for_sea",
    "link_aggregations",
    "network_boot_devices",
    "vnic_backing_devices",
    "scsi_buses",
}


@dataclass
class UpdateVirtualIOServer(UpdatePartition, name="vios.update", verb="update", on=(VirtualIOServer,)):
    """Takes over a client's version of a Virtual I/O Server.

    groups: the extended attribute groups that the client was given. It sends the containers of the others too, empty: they say
    nothing.
    """

    evidence = Evidence(Level.CLIENT_PROVEN, "pypowervm.tasks.scsi_mapper, pypowervm.tasks.vfc_mapper")

    left: frozenset[str] = field(default=_LEFT)

    def _asked(self, group: str, name: str) -> bool:
        return ("All" in self.groups or group in self.groups) and self.requested.has(name)

    def check(self, world: World) -> None:
        vios = world.get(VirtualIOServer, self.uuid)
        super().check(world)
        wish = self.requested
        assert isinstance(wish, VirtualIOServer)
        self._refuse_other_changes(world, vios)
        free = FreeSlots(world)
        self._scsi, self._vfc = ScsiPlan(), FibreChannelPlan()
        if self._asked("ViosSCSIMapping", "scsi_mappings"):
            self._scsi = scsi_plan.planned(world, vios, wish.scsi_mappings, free)
        if self._asked("ViosFCMapping", "vfc_mappings"):
            self._vfc = vfc_plan.planned(world, vios, wish.vfc_mappings, free)

    def steps(self) -> Iterable[Step]:
        yield from super().steps()
        yield from scsi_mappings.mapping_steps(self.edges.io_server, self._scsi)
        yield from vfc_mappings.mapping_steps(self.edges.io_server, self._vfc)

    def _refuse_other_changes(self, world: World, vios: VirtualIOServer) -> None:
        names = [name for group, names in _FIXED.items() for name in names if self._asked(group, name)]
        if not names:
            return
        now = shown(world, vios)
        for name in names:
            if not _same(now.get(name), self.requested.get(name)):
                tag = VirtualIOServer.by_name[name].tag
                raise general.UNSUPPORTED.error(operation=f"Changing {tag} by way of Virtual I/O Server {vios.name}")


def _same(now: Any, wish: Any) -> bool:
    """Whether a client sent back what it was shown; volatile fields may have moved on, and it may have left some out."""
    if isinstance(wish, tuple):
        now = now or ()
        return len(now) == len(wish) and all(map(_same, now, wish))
    if isinstance(wish, Element) and isinstance(now, Element):
        return all(field.volatile or _same(now.get(field.name), value) for field, value in wish.present())
    return bool(now == wish) or (now is None and not wish)
