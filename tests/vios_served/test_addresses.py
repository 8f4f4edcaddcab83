"""Where a real guest has room for what is mapped to it. No programs of QEMU are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from openlpar.messages import Failure
from openlpar.messages import qemu as say
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import VirtualDisk, VirtualOpticalMedia
from openlpar.vios.served.backend import ServedVios
from openlpar.vios.served.programs import Programs
from tests.ops.small_system import open_system

VIOS = VirtualIOServer(uuid="0A0A0A0A-0000-4000-8000-000000000001", name="vios1", id=2)
STORAGE = {
    "virtual_disk": VirtualSCSIStorage(virtual_disk=VirtualDisk(name="lv1", udid="0300.1")),
    "optical_media": VirtualSCSIStorage(optical_media=VirtualOpticalMedia(name="cd.iso", udid="0ecd")),
}


class Bus:
    """One virtual SCSI adapter of a server with real disks."""

    def __init__(self, folder: Path) -> None:
        self.engine, _ = open_system(folder / "data", "stepped")
        self._served = ServedVios(folder / "vios", folder / "qemu", Programs())

    def map(self, kind: str, target: Any = None) -> str:
        """The address that the device gets."""
        number = self.engine.state.count(VirtualSCSIMapping)
        wish = VirtualSCSIMapping(
            uuid=f"mapping-{number}",
            parent=VIOS.uuid,
            server_adapter=VirtualSCSIServerAdapter(vios_slot_num=5),
            backing_storage=STORAGE[kind],
            target_dev=target,
        )
        with self.engine.alter() as change:
            made = self._served.connect(change, VIOS, wish)
            change.put(made)
        return getattr(made.target_dev, kind).lua[:4]  # type: ignore[no-any-return]


@pytest.fixture
def bus(tmp_path: Path) -> Bus:
    return Bus(tmp_path)


def test_disks_and_drives_have_places_of_their_own(bus: Bus) -> None:
    found = [bus.map(kind) for kind in ("virtual_disk", "optical_media", "virtual_disk", "optical_media")]
    assert found == ["0x81", "0x89", "0x82", "0x8A"]


def test_the_ninth_disk_of_an_adapter_is_refused_and_nothing_is_mapped(bus: Bus) -> None:
    for _ in range(8):
        bus.map("virtual_disk")
    with pytest.raises(Failure) as caught:
        bus.map("virtual_disk")
    assert caught.value.message is say.NO_TARGET
    assert "vhost0 of Virtual I/O Server vios1 cannot have virtual disk" in str(caught.value)
    assert bus.engine.state.count(VirtualSCSIMapping) == 8


def test_a_disk_at_the_address_of_a_drive_is_refused(bus: Bus) -> None:
    kind = VirtualSCSITargetDevice.by_name["virtual_disk"]
    target = VirtualSCSITargetDevice(virtual_disk=kind.target(lua="0x8900000000000000"))  # type: ignore[attr-defined]
    with pytest.raises(Failure) as caught:
        bus.map("virtual_disk", target)
    assert caught.value.message is say.NO_TARGET
