"""Samples of what a system is licensed for and known by: see ``samples``."""

from __future__ import annotations

from openlpar.uom.enterprise_pool import PowerEnterprisePool, PowerEnterprisePoolMember
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.management_console import AuthorizedKeys, ManagementConsole
from tests.closing.gannet import Gannet, request
from tests.closing.samples import SAMPLES, Maker, _job, _system_job, sample

KEY = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTY= root@heron"
NUMBER = {"VirtualSerialNumber": "V12345A"}


async def _ibm_i(house: Gannet) -> str:
    """Of a running one."""
    running = await house.running("vm1")
    with house.engine.alter() as change:
        change.put(change.get(type(running), running.uuid).evolve(env="OS400"))
    return str(running.uuid)


@sample("lpar.add_license")
async def _add_license(house: Gannet) -> Maker:
    return _job("LogicalPartition", "AddLicense", await _ibm_i(house), licKey="5770SS1 5051 A1B2")


@sample("lpar.panel_function")
async def _press_button(house: Gannet) -> Maker:
    return _job("LogicalPartition", "PanelFunction", await _ibm_i(house), operation="dumprestart")


@sample("system.remove_vsn")
async def _remove_number(house: Gannet) -> Maker:
    system = house.only(ManagedSystem)
    house.do(_job("ManagedSystem", "AddVSN", system.uuid, **NUMBER)())
    return _job("ManagedSystem", "RemoveVSN", system.uuid, **NUMBER)


@sample("management_console.update")
async def _authorize_key(house: Gannet) -> Maker:
    console = house.only(ManagementConsole)
    return lambda: request("update", console.evolve(authorized_keys=AuthorizedKeys(ssh_authorized_keys=(KEY,))))


def _pool(house: Gannet) -> tuple[PowerEnterprisePool, PowerEnterprisePoolMember]:
    pool = PowerEnterprisePool(uuid="p1", id="0042", name="pool", avail_mobile_procs=4)
    member = PowerEnterprisePoolMember(uuid="s1", parent="p1", sys_name="gannet", mobile_procs=2)
    with house.engine.alter() as change:
        change.put(pool)
        change.put(member)
    return pool, member


@sample("enterprise_pool.update")
async def _rename_pool(house: Gannet) -> Maker:
    pool, _ = _pool(house)
    return lambda: request("update", pool.evolve(name="north"))


@sample("enterprise_pool.update_member")
async def _activate(house: Gannet) -> Maker:
    _, member = _pool(house)
    return lambda: request("update", member.evolve(mobile_procs=3))


SAMPLES["system.add_vsn"] = _system_job("AddVSN", **NUMBER)
