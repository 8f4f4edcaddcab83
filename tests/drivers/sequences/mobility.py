"""``VIF HERE THERE ADDRESS ADDRESS``: an instance moves from one node to another one and back, by nova-powervm.

Two nodes in one process: what nova-compute asks of the drivers on either side, in its order. ADDRESS: of https, as
``[DEFAULT] my_ip`` has it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from nova.compute import power_state
from nova.network import model
from nova.objects.instance_info_cache import InstanceInfoCache

from tests.drivers.sequences.compute import Node
from tests.drivers.sequences.told import tell


def _node(scratch: Path, url: str) -> Node:
    os.environ["OPENLPAR_URL"] = url
    return Node(scratch, "nova-powervm", disk_driver="ssp")


def _stats(node: Node) -> dict[str, Any]:
    return {"stats": node.driver.get_available_resource("node1")["stats"]}


def _move(instance: Any, ports: list[Any], here: Node, there: Node, address: str) -> list[str]:
    """As nova's conductor and its compute service do it. Returns the methods that the driver called back."""
    infos, called = model.NetworkInfo(ports), []
    instance.info_cache = InstanceInfoCache(instance_uuid=instance.uuid, network_info=infos)
    there.conf.set_override("my_ip", address)
    wish = there.driver.check_can_live_migrate_destination(there.context, instance, _stats(here), _stats(there))
    wish = here.driver.check_can_live_migrate_source(here.context, instance, wish, {})
    wish = there.driver.pre_live_migration(there.context, instance, {}, infos, None, wish)

    def arrived(*_: Any) -> None:
        called.append("post")
        here.driver.post_live_migration(here.context, instance, {}, wish)

    def stayed(*_: Any, **__: Any) -> None:
        called.append("recover")

    here.driver.live_migration(here.context, instance, "there", arrived, stayed, migrate_data=wish)
    there.driver.post_live_migration_at_destination(there.context, instance, infos, block_device_info={})
    return called


def life(scratch: Path) -> dict[str, Any]:
    vif, urls, addresses = sys.argv[1], sys.argv[2:4], sys.argv[4:6]
    here, there = (_node(scratch, url) for url in urls)
    instance = here.instance("web")
    ports = [here.vif(vif, 1, vlan="1")]
    here.spawn(instance, ports)
    said: dict[str, Any] = {"called": _move(instance, ports, here, there, addresses[1])}
    said["moved"] = [here.driver.list_instances(), there.driver.list_instances()]
    assert there.driver.get_info(instance).state == power_state.RUNNING
    said["called"] += _move(instance, ports, there, here, addresses[0])
    said["back"] = [here.driver.list_instances(), there.driver.list_instances()]
    assert here.driver.get_info(instance).state == power_state.RUNNING
    here.destroy(instance, ports)
    said["left"] = [here.driver.list_instances(), there.driver.list_instances()]
    return said


tell(life)
