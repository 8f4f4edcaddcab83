"""ceilometer-powervm's inspector beside a partition that works, on a clock that is stepped."""

from __future__ import annotations

import json
import os
import urllib.request
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from ceilometer_powervm.compute.virt.powervm import inspector
from oslo_config import cfg
from pypowervm import const
from pypowervm.tasks import power, scsi_mapper
from pypowervm.tasks import storage as tasks
from pypowervm.utils import lpar_builder
from pypowervm.wrappers import managed_system, network, storage, virtual_io_server

from tests.drivers.sequences.told import tell

INSTANCE = "1d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a01"
MAC = "fa:16:3e:00:00:01"


def _admin(path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{os.environ['OPENLPAR_URL']}/admin/{path}", json.dumps(body).encode(), method="POST"
    )
    request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=30) as answer:
        answer.read()


def _made(adapter: Any) -> Any:
    """A partition with a disk and a port, as the driver makes an instance's."""
    (system,) = managed_system.System.get(adapter)
    wish = {"name": "web", "uuid": INSTANCE.upper(), "vcpu": 1, "proc_units": 0.5, "memory": 1024}
    lpar = (
        lpar_builder.LPARBuilder(adapter, wish, lpar_builder.DefaultStandardize(system)).build().create(parent=system)
    )
    where = {"parent_type": "ManagedSystem", "parent_uuid": system.uuid, "one_result": True}
    switch = network.VSwitch.search(adapter, name="ETHERNET0", **where)
    network.CNA.bld(adapter, 1, switch.related_href, mac_addr=MAC).create(parent=lpar)
    vios = virtual_io_server.VIOS.get(adapter, xag=[const.XAG.VIO_SMAP])[0]
    (group,) = (one for one in storage.VG.get(adapter, parent=vios) if one.name == "datavg")
    disk = tasks.crt_vdisk(adapter, vios.uuid, group.uuid, "web-disk", 2)
    scsi_mapper.add_map(vios, scsi_mapper.build_vscsi_mapping(system.uuid, vios, lpar.uuid, disk))
    vios.update()
    power.PowerOp.start(lpar, synchronous=False)
    return lpar


def samples(scratch: Path) -> dict[str, Any]:
    """What the inspector finds in the long-term monitors' samples of an instance that keeps half of its processor busy."""
    conf = cfg.ConfigOpts()
    _admin("workloads", {"partition": "web", "kind": "steady", "level": 0.5})
    first = inspector.PowerVMInspector(conf)  # it turns the monitors on
    _made(first.adpt)
    _admin("clock/step", {"seconds": 360})
    found = inspector.PowerVMInspector(conf)
    instance = SimpleNamespace(id=INSTANCE, name="web")
    stats = found.inspect_instance(instance, 30)
    nics, disks = list(found.inspect_vnics(instance, 30)), list(found.inspect_disks(instance, 30))
    said: dict[str, Any] = {
        "cpu_number": stats.cpu_number,
        "cpu_util": stats.cpu_util,
        "macs": [nic.mac for nic in nics],
        "bytes": [nic.rx_bytes + nic.tx_bytes for nic in nics],
        "rates": [one.rx_bytes_rate + one.tx_bytes_rate for one in found.inspect_vnic_rates(instance, 30)],
        "disks": [disk.device for disk in disks],
        "read": [disk.read_bytes for disk in disks],
        "iops": [one.iops_count for one in found.inspect_disk_iops(instance, 30)],
    }
    try:
        found.inspect_instance(SimpleNamespace(id="7" + INSTANCE[1:], name="gone"), 30)
    except inspector.virt_inspector.InstanceNotFoundException as refused:
        said["gone"] = str(refused)
    return said


tell(samples)
