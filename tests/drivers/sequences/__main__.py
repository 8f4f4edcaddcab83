"""``DISK VIF`` as arguments: the life of an instance on a node of that kind; prints one line of JSON at the end.

``{"steps": {name: what the driver said}, "requests", "traceback"}``; the traceback is null when every step held.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

from nova.compute import power_state

from tests.drivers.sequences.compute import Node
from tests.pypowervm.scenarios import counting

GROUPS = {"localdisk": {"volume_group_name": "datavg"}, "ssp": {}}


def life(disk: str, vif: str, scratch: Path) -> dict[str, Any]:
    """From the start of the compute service to the end of an instance, in the order nova-compute would call."""
    node = Node(scratch, disk_driver=disk, **GROUPS[disk])
    driver = node.driver
    said: dict[str, Any] = {}
    said["inventory"] = {name: row["total"] for name, row in node.inventory().items()}
    said["wwpns"] = len(driver.get_volume_connector(None)["wwpns"])
    instance = node.instance("web")
    ports = [node.vif(vif, 1, vlan="1")]
    node.spawn(instance, ports)
    said["listed"] = driver.list_instances()
    assert driver.get_info(instance).state == power_state.RUNNING
    said["used"] = driver.get_available_resource("node1")["memory_mb_used"]
    said["console"] = driver.get_vnc_console(node.context, instance).port
    further = node.vif(vif, 2, vlan="1")
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


def main() -> None:
    counting.start()
    said, problem = {}, None
    try:
        with tempfile.TemporaryDirectory() as scratch:
            said = life(sys.argv[1], sys.argv[2], Path(scratch))
    except BaseException:
        problem = traceback.format_exc()
    print(json.dumps({"said": said, "requests": counting.REQUESTS.total, "traceback": problem}), flush=True)
    os._exit(0)  # the client's session lives in threads that nova-compute would never end


main()
