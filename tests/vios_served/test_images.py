"""An RBD image is one content for all servers that lend it, as a disk of the SAN is."""

from __future__ import annotations

from openlpar.ports.records import RbdImage
from openlpar.ports.san import mapped_image
from openlpar.uom.virtual_scsi import VirtualSCSIStorage
from openlpar.vios.served import loans
from tests.ops.storage.conftest import VIOS1, VIOS2


def test_two_servers_lend_the_same_image() -> None:
    image = mapped_image(RbdImage(uuid="volumes/disk1", capacity=1024))
    one, two = (loans.of_storage(vios, VirtualSCSIStorage(virtual_disk=image)) for vios in (VIOS1, VIOS2))
    assert one is not None and one == two and one.shared
    assert (one.key.folder, one.size, one.about) == ("rbd", 1024**3, "RBD image volumes/disk1")
    other = mapped_image(RbdImage(uuid="volumes/disk2", capacity=1024))
    assert loans.of_storage(VIOS1, VirtualSCSIStorage(virtual_disk=other)) != one
