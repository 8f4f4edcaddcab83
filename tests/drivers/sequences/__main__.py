"""``DRIVER DISK VIF`` as arguments: the life of an instance on a node of that kind."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from nova.compute import power_state
from pypowervm import adapter
from pypowervm.tasks import sriov
from pypowervm.wrappers import managed_system

from tests.drivers.sequences.compute import LABEL, Node
from tests.drivers.sequences.told import tell

GROUPS = {"localdisk": {"volume_group_name": "datavg"}, "ssp": {}}


def _label_ports() -> None:
    """The ports that lead to the physical network, as an administrator labels them."""

    def label(system: Any) -> bool:
        for card in system.asio_config.sriov_adapters:
            for port in card.phys_ports:
                port.label = LABEL
        return True

    reading = adapter.Adapter(adapter.Session())
    sriov.safe_update_pports(managed_system.System.get(reading)[0], label)


def life(which: str, disk: str, vif: str, scratch: Path) -> dict[str, Any]:
    """From the start of the compute service to the end of an instance, in the order nova-compute would call."""
    if vif == "pvm_sriov":
        _label_ports()
    node = Node(scratch, which, disk_driver=disk, **GROUPS[disk])
    driver = node.driver
    said: dict[str, Any] = {}
    said["inventory"] = {name: row["total"] for name, row in node.inventory().items()}
    instance = node.instance("web")
    said["wwpns"] = len(driver.get_volume_connector(instance)["wwpns"])
    details = {"vlan": "100", "redundancy": 2, "capacity": 0.02} if vif == "pvm_sriov" else {"vlan": "1"}
    ports = [node.vif(vif, 1, **details)]
    node.spawn(instance, ports)
    said["listed"] = driver.list_instances()
    assert driver.get_info(instance).state == power_state.RUNNING
    said["used"] = driver.get_available_resource("node1")["memory_mb_used"]
    said["console"] = driver.get_vnc_console(node.context, instance).port
    further = node.vif(vif, 2, **details)
    driver.plug_vifs(instance, [further])
    driver.unplug_vifs(instance, [further])
    driver.reboot(node.context, instance, ports, "SOFT")
    driver.reboot(node.context, instance, ports, "HARD")
    assert driver.get_info(instance).state == power_state.RUNNING
    driver.power_off(instance, timeout=60, retry_interval=5)
    assert driver.get_info(instance).state == power_state.SHUTDOWN
    driver.power_on(node.context, instance, ports)
    assert driver.get_info(instance).state == power_state.RUNNING
    node.destroy(instance, ports)
    said["left"] = driver.list_instances()
    return said


tell(lambda scratch: life(sys.argv[1], sys.argv[2], sys.argv[3], scratch))
