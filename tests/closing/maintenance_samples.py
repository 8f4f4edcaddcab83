"""Samples of the maintenance of a Virtual I/O Server; see ``samples``."""

from __future__ import annotations

from typing import Any

from openlpar.ops.maintenance.begin import RestServer, StopServer, power_off
from openlpar.ops.maintenance.end import Rebalance
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.volume_group import PhysicalVolume
from tests.closing.gannet import Gannet
from tests.closing.samples import ONCE, Maker, mapped, sample, scsi
from tests.closing.samples import _job as job_of

ONCE |= {"maintenance.begin", "maintenance.stop", "maintenance.rest", "maintenance.rebalance"}


async def _needed(house: Gannet) -> Maker:
    """vios2 alone lends two disks that vios1 sees too."""
    client = await house.running("vm1")
    wishes = [scsi(client, physical_volume=PhysicalVolume(name=name)) for name in ("hdisk4", "hdisk5")]
    await house.engine.run(mapped(house, *wishes, vios="vios2")())
    return job_of("VirtualIOServer", "BeginMaintenance", house.partition("vios2").uuid, evacuate="true")


async def _begun(house: Gannet) -> Any:
    await house.engine.run((await _needed(house))())
    return house.partition("vios2").uuid


async def _off(house: Gannet) -> Any:
    uuid = await _begun(house)
    await house.engine.run(StopServer(uuid))
    await house.engine.run(power_off(house.partition("vios2")))
    await house.engine.step(600_000)
    assert house.state.get(VirtualIOServer, uuid).state == "not activated"
    return uuid


@sample("maintenance.begin")
async def _begin(house: Gannet) -> Maker:
    return await _needed(house)


@sample("maintenance.stop")
async def _stop(house: Gannet) -> Maker:
    uuid = await _begun(house)
    return lambda: StopServer(uuid)


@sample("maintenance.rest")
async def _rest(house: Gannet) -> Maker:
    uuid = await _off(house)
    return lambda: RestServer(uuid)


@sample("maintenance.end")
async def _end(house: Gannet) -> Maker:
    uuid = await _off(house)
    await house.engine.run(RestServer(uuid))
    return job_of("VirtualIOServer", "EndMaintenance", uuid)


@sample("maintenance.rebalance")
async def _rebalance(house: Gannet) -> Maker:
    uuid = await _begun(house)
    return lambda: Rebalance(uuid)
