"""Local disks of Virtual I/O Servers."""

from __future__ import annotations

from decimal import Decimal

from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import VirtualDisk, VolumeGroup
from tests.closing.gannet import request
from tests.mobility.pair import Side


def virtual_disk(side: Side, vios: str = "vios2") -> VirtualDisk:
    """A new one in the data group of the Virtual I/O Server."""
    server = next(iter(side.state.where(VirtualIOServer, name=vios)))
    group = next(group for group in side.state.all(VolumeGroup, server.uuid) if group.name == "datavg")
    wish = VirtualDisk(name="vdisk1", capacity=Decimal(1))
    side.do(request("update", group.evolve(virtual_disks=[*group.virtual_disks, wish])))
    return VirtualDisk(name="vdisk1")
