"""A compute node around OpenStack's PowerVM virt driver: nova's own objects, no database, no message bus.

What is replaced is what a node has and a test has not: an image service (it yields bytes), neutron's answers (nova's own
fake), the number of the partition the program runs in, and the place of the REST server, for which the client has a hook.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

from nova import conf, context, objects
from nova.compute import provider_tree
from nova.image import glance
from nova.network import model
from nova.tests.unit import fake_instance
from nova.virt import fake
from nova.virt.powervm import driver
from oslo_concurrency import lockutils

IMAGE_BYTES = 1 << 20


class Node:
    """A started driver and the instances it is told of. options: of ``[powervm]``."""

    def __init__(self, scratch: Path, **options: str) -> None:
        objects.register_all()
        self.conf = conf.CONF
        self.conf([], project="nova", default_config_files=[])
        lockutils.set_defaults(str(scratch))
        self.conf.set_override("host", "node1")
        for name, value in options.items():
            self.conf.set_override(name, value, group="powervm")
        self.context = context.RequestContext("admin", "openlpar", is_admin=True)
        self.image = objects.ImageMeta.from_dict(
            {"id": "6d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a11", "name": "image1", "size": IMAGE_BYTES, "disk_format": "raw",
             "container_format": "bare", "checksum": "b518a8ba2b152b5607aceb5703fac072"}
        )  # fmt: skip
        mock.patch.object(glance.API, "download", lambda *_, **__: iter([b"\0" * IMAGE_BYTES])).start()
        mock.patch("pypowervm.util.my_partition_id", return_value=1).start()
        mock.patch.object(objects.Instance, "save", lambda *_, **__: None).start()
        self.driver = driver.PowerVMDriver(fake.FakeVirtAPI())
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
        made.image_ref = self.image.id
        return made

    def vif(self, kind: str, number: int = 1, **details: Any) -> Any:
        """A port as neutron binds it. kind: ``pvm_sea`` or ``ovs``."""
        network = model.Network(id=f"net{number}", bridge="br-int", label="lan", subnets=[], mtu=1500)
        return model.VIF(
            id=f"2d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a{number:02x}", address=f"fa:16:3e:00:00:{number:02x}",
            network=network, type=kind, details=details, active=True, devname=f"nic{number}",
        )  # fmt: skip

    def spawn(self, instance: Any, vifs: list[Any], **more: Any) -> None:
        network = model.NetworkInfo(vifs)
        self.driver.spawn(self.context, instance, self.image, [], None, {}, network_info=network, **more)

    def destroy(self, instance: Any, vifs: list[Any], **more: Any) -> None:
        self.driver.destroy(self.context, instance, model.NetworkInfo(vifs), **more)

    def inventory(self) -> dict[str, Any]:
        """What the driver tells the placement service of the node."""
        tree = provider_tree.ProviderTree()
        tree.new_root("node1", "3d5a4c4e-7d2c-4d0f-8a0e-2f5f6a1b9a11")
        self.driver.update_provider_tree(tree, "node1")
        return dict(tree.data("node1").inventory)
