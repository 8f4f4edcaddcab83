"""Samples of what is done about the master role and the firmware: see ``samples``."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from openlpar.ops.system import hmc
from openlpar.ops.system.roles import SettleRole
from openlpar.ports.records import CoManagement
from openlpar.uom.managed_system import ManagedSystem
from tests.closing.gannet import Gannet
from tests.closing.samples import ONCE, SAMPLES, Maker, Sample
from tests.closing.samples import _job as job

HMC = "hmc1"


def with_hmc(house: Gannet, *, master: bool) -> str:
    """An HMC manages the system too. The system's uuid."""
    house.do(hmc.Connect(HMC))
    if master:
        house.do(hmc.TakeRole(HMC, "norm", force=True))
    return str(house.only(ManagedSystem).uuid)


def _by_job(name: str, *, master: bool) -> Sample:
    async def prepare(house: Gannet) -> Maker:
        return job("ManagedSystem", name, with_hmc(house, master=master))

    return prepare


def _by_hmc(kind: type[hmc.HmcOperation], *, master: bool) -> Sample:
    async def prepare(house: Gannet) -> Maker:
        with_hmc(house, master=master)
        return partial(kind, HMC)

    return prepare


async def _connect(house: Gannet) -> Maker:
    return partial(hmc.Connect, HMC)


async def _settle(house: Gannet) -> Maker:
    """As after a restart: somebody waits for what has ended, and nobody has looked yet."""
    system = with_hmc(house, master=False)
    house.engine.followers.clear()
    with house.engine.alter() as change:
        change.put(replace(change.get(CoManagement, system), requested=HMC, requested_mode="norm"))
    return partial(SettleRole, system)


async def _update_firmware(house: Gannet) -> Maker:
    system = house.only(ManagedSystem).uuid
    return job("ManagedSystem", "UpdateFirmware", system, operation="update", package="01SV860_226_165.rpm")


SAMPLES |= {
    "hmc.connect": _connect,
    "hmc.disconnect": _by_hmc(hmc.Disconnect, master=True),
    "hmc.release": _by_hmc(hmc.ReleaseRole, master=True),
    "hmc.take": _by_hmc(hmc.TakeRole, master=False),
    "hmc.work": _by_hmc(hmc.Work, master=True),
    "system.update_firmware": _update_firmware,
    "system.release_controller": _by_job("ReleaseController", master=False),
    "system.release_master": _by_job("ReleaseMaster", master=False),
    "system.request_controller": _by_job("RequestController", master=True),
    "system.request_master": _by_job("RequestMaster", master=True),
    "system.settle_role": _settle,
}
ONCE |= {
    "hmc.disconnect",
    "hmc.release",
    "system.release_controller",
    "system.release_master",
    "system.update_firmware",
}
