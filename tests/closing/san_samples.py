"""Samples of what finds and removes disks of the storage network; see ``samples``."""

from __future__ import annotations

from typing import Any

from openlpar.ops.core import JobOperation
from openlpar.ops.simulation import san
from tests.closing.gannet import Gannet
from tests.closing.samples import Maker, sample

TARGET, PORTAL, IQN = "5005076306FFD6B6", "192.0.2.50:3260", "iqn.2024-01.com.example:ds8k"
OTHER_PORTAL, OTHER_IQN = "192.0.2.51:3260", "iqn.2024-01.com.example:ds8k-2"
CHAP = ("nova", "secret")
NETWORK: dict[str, list[dict[str, Any]]] = {
    "arrays": [
        {"name": "ds8k", "ports": [TARGET], "iqns": [IQN, OTHER_IQN], "portals": [PORTAL, OTHER_PORTAL], "chap": CHAP}
    ],
    "volumes": [{"name": f"ds8k/vol{number}", "size_gb": 20, "hosts": ["vios1"]} for number in range(3)],
    "images": [{"name": "volumes/disk1", "size_gb": 10}],
}


def job(kind: str, vios: str, **parameters: str) -> JobOperation:
    return JobOperation.by_job["VirtualIOServer", kind].from_job(vios, parameters)


def itls(*paths: tuple[str, str, int], device: str = "") -> str:
    """As pypowervm's ``_lua_recovery_xml`` writes them: initiator, target, number."""
    listed = "".join(
        f"<itl><Iwwpn>{initiator.lower()}</Iwwpn><Twwpn>{target.lower()}</Twwpn><lua>{lun:x}000000000000</lua></itl>"
        for initiator, target, lun in paths
    )
    known = f"<deviceID>{device}</deviceID>" if device else ""
    device_list = f"<device>{known}<deviceTag>1</deviceTag><itlList>{listed}</itlList></device>"
    return f"<XML_LIST><deviceList>{device_list}</deviceList></XML_LIST>"


def with_network(house: Gannet) -> None:
    with house.engine.alter() as change:
        san.install(change, NETWORK)


def discovery(house: Gannet, **more: str) -> JobOperation:
    wishes = {"targetIQN": IQN, "hostIP": PORTAL, "targetLUN": "1", "user": CHAP[0], "password": CHAP[1]}
    return job("ISCSIDiscovery", house.partition("vios1").uuid, **(wishes | more))


@sample("vios.lua_recovery")
async def _recover(house: Gannet) -> Maker:
    with_network(house)
    vios = house.partition("vios1")
    port = vios.io_config.io_slots[0].slot.related_io_adapter.fc_adapter.fc_ports[0].wwpn
    return lambda: job("LUARecovery", vios.uuid, inputXML=itls((port, TARGET, 1)))


@sample("vios.iscsi_discovery")
async def _discover(house: Gannet) -> Maker:
    with_network(house)
    return lambda: discovery(house)


@sample("vios.iscsi_remove")
async def _remove(house: Gannet) -> Maker:
    with_network(house)
    await house.engine.run(discovery(house))
    return lambda: job("ISCSIRemove", house.partition("vios1").uuid, targetIQN=IQN)
