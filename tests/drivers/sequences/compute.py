"""A compute node around OpenStack's PowerVM virt driver: nova's own objects, no database, no message bus.

What is replaced is what a node has and a test has not: an image service (it yields bytes), neutron's answers (nova's own
fake), the number of the partition the program runs in, and the place of the REST server, for which the client has a hook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from nova import conf, context, image, objects
from nova.compute import provider_tree
from nova.image import glance
from nova.network import model
from nova.tests.unit import fake_instance
from nova.virt import fake
from oslo_concurrency import lockutils
from oslo_utils import importutils

IMAGE_BYTES = 1 << 20
LABEL = "lab"
"""Physical network of all ports: what SR-IOV ports are labelled with."""
DRIVERS = {
    "nova": "nova.virt.powervm.driver.PowerVMDriver",
    "nova-powervm": "nova_powervm.virt.powervm.driver.PowerVMDriver",
}


class Node:
    """A started driver and the instances it is told of. driver: of ``DRIVERS``; options: of ``[powervm]``."""

    def __init__(self, scratch: Path, driver: str = "nova", **options: str) -> None:
        objects.register_all()
        self.conf = conf.CONF
        file = scratch / "nova.conf"
        lines = ["[DEFAULT]", "host = node1", "[powervm]", *(f"{name} = {value}" for name, value in options.items())]
        file.write_text("\n".join(lines))
        self.conf([], project="nova", default_config_files=[str(file)])
        if driver != "nova":
            image.API = glance.API  # its name until nova 21
            importutils.import_module("nova_powervm.conf")
        lockutils.set_defaults(str(scratch))
        self.context = context.RequestContext("admin", "openlpar", is_admin=True)
        self.picture = objects.ImageMeta.from_dict(
            {"id": "6d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a11", "name": "image1", "size": IMAGE_BYTES, "disk_format": "raw",
             "container_format": "bare", "checksum": "b518a8ba2b152b5607aceb5703fac072"}
        )  # fmt: skip
        mock.patch.object(glance.API, "download", lambda *_, **__: iter([b"\0" * IMAGE_BYTES])).start()
        mock.patch("pypowervm.util.my_partition_id", return_value=1).start()
        mock.patch.object(objects.Instance, "save", lambda *_, **__: None).start()
        mock.patch.object(objects.Instance, "refresh", lambda *_, **__: None).start()
        self.driver = importutils.import_class(DRIVERS[driver])(fake.FakeVirtAPI())
        self.driver.init_host("node1")

    def instance(self, name: str, number: int = 1, **flavor: Any) -> Any:
        """An instance as nova-compute hands it over. flavor: what differs from one of 1 GiB and 1 processor."""
        shape = objects.Flavor(**{"id": 1, "name": "small", "flavorid": "1", "memory_mb": 1024, "vcpus": 1,
                                  "root_gb": 2, "ephemeral_gb": 0, "swap": 0, "rxtx_factor": 1.0, "vcpu_weight": 0,
                                  "extra_specs": {}, **flavor})  # fmt: skip
        made = fake_instance.fake_instance_obj(
            self.context, id=number, uuid=f"1d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a{number:02x}", display_name=name,
            host="node1", node="node1", root_gb=shape.root_gb, memory_mb=shape.memory_mb, vcpus=shape.vcpus,
            system_metadata={"image_os_distro": "rhel"}, expected_attrs=["system_metadata"], config_drive=""
        )  # fmt: skip
        made.flavor = shape
        made.image_ref = self.picture.id
        return made

    def vif(self, kind: str, number: int = 1, **details: Any) -> Any:
        """A port as neutron binds it. kind: ``pvm_sea``, ``ovs`` or ``pvm_sriov``."""
        network = model.Network(
            id=f"net{number}", bridge="br-int", label="lan", subnets=[], mtu=1500, physical_network=LABEL
        )
        return model.VIF(
            id=f"2d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a{number:02x}", address=f"fa:16:3e:00:00:{number:02x}",
            network=network, type=kind, details=details, active=True, devname=f"nic{number}",
        )  # fmt: skip

    def spawn(self, instance: Any, vifs: list[Any], **more: Any) -> None:
        network = model.NetworkInfo(vifs)
        self.driver.spawn(self.context, instance, self.picture, [], None, {}, network_info=network, **more)

    def destroy(self, instance: Any, vifs: list[Any], **more: Any) -> None:
        self.driver.destroy(self.context, instance, model.NetworkInfo(vifs), **more)

    def inventory(self) -> dict[str, Any]:
        """What the driver tells the placement service of the node."""
        tree = provider_tree.ProviderTree()
        tree.new_root("node1", "3d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a11")
        self.driver.update_provider_tree(tree, "node1")
        return dict(tree.data("node1").inventory)

    def volume(self, ports: list[str], targets: list[str], lun: int) -> dict[str, Any]:
        """A volume as cinder exports it over Fibre Channel to the node's ports."""
        return {
            "driver_volume_type": "fibre_channel",
            "serial": "4d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a01",
            "data": {
                "volume_id": "4d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a01",
                "target_lun": lun,
                "target_wwn": targets,
                "initiator_target_map": dict.fromkeys(ports, targets),
            },
        }
