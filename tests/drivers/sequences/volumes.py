"""``DRIVER STRATEGY`` (vscsi or npiv): a volume of the SAN comes to an instance and leaves it, as cinder exports it."""

from __future__ import annotations

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

from pypowervm import adapter, const
from pypowervm.wrappers import virtual_io_server

from tests.drivers.sequences.compute import Node
from tests.drivers.sequences.told import tell

TARGETS = ["5005076306FFD6B6", "5005076306FFD6B7"]


def _san(lists: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{os.environ['OPENLPAR_URL']}/admin/san", json.dumps(lists).encode(), method="PUT"
    )
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def _fabric() -> list[str]:
    """Physical ports of the servers that lead to the array."""
    reading = adapter.Adapter(adapter.Session())
    vioses = virtual_io_server.VIOS.get(reading, xag=[const.XAG.VIO_STOR])
    return [port.wwpn for vios in vioses for port in vios.pfc_ports]


def _mapped(node: Node) -> dict[str, list[str]]:
    """Disks that the servers lend to the instance, by their names, and the ports it has."""
    groups = [const.XAG.VIO_SMAP, const.XAG.VIO_FMAP]
    found: dict[str, list[str]] = {"disks": [], "ports": []}
    for vios in virtual_io_server.VIOS.get(node.driver.adapter, xag=groups):
        found["disks"] += [m.backing_storage.name for m in vios.scsi_mappings if m.backing_storage is not None]
        found["ports"] += [m.client_adapter.wwpns[0] for m in vios.vfc_mappings]
    return {name: sorted(values) for name, values in found.items()}


def life(scratch: Path) -> dict[str, Any]:
    which, strategy = sys.argv[1:3]
    options = {} if which == "nova" else {"fc_attach_strategy": strategy, "fabric_A_port_wwpns": ",".join(_fabric())}
    node = Node(scratch, which, disk_driver="ssp", **options)
    instance = node.instance("db")
    ports = [node.vif("pvm_sea", 1, vlan="1")]
    node.spawn(instance, ports)
    before = _mapped(node)
    wwpns = node.driver.get_volume_connector(instance)["wwpns"]
    array = {"name": "ds8k", "ports": TARGETS}
    volume = {"name": "ds8k/vol1", "size_gb": 20, "lun": 7, "hosts": wwpns}
    _san({"arrays": [array], "volumes": [volume]})
    exported = node.volume(wwpns, TARGETS, 7)
    node.driver.attach_volume(node.context, exported, instance, "/dev/sdb")
    attached = _mapped(node)
    node.driver.detach_volume(node.context, exported, instance, "/dev/sdb")
    left = _mapped(node)
    node.destroy(instance, ports)
    return {
        "wwpns": wwpns,
        "before": before,
        "attached": attached,
        "left": left,
        "gone": _mapped(node),
        "listed": node.driver.list_instances(),
    }


tell(life)
