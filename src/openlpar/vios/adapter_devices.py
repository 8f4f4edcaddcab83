"""Devices of virtual storage adapters on a simulated Virtual I/O Server: their names, identifiers and addresses.

``vhost0`` serves virtual SCSI, ``vfchost0`` virtual Fibre Channel; ``vtscsi0`` and ``vtopt0`` are target devices. AIX gives a
new device the lowest number that is free. Identifiers begin with two digits that tell their kind (rest-contract 2.14).
Nothing exists beside the mappings in the state, so that disconnecting has nothing to do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from openlpar.ports.state import Change
from openlpar.uom.core import Child, Element
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping, VirtualSCSITargetDevice, VirtualTargetDevice

# kind of storage: (stem of the target device's name, prefix of its identifier)
_TARGETS = {
    "physical_volume": ("vtscsi", "08"),
    "virtual_disk": ("vtscsi", "09"),
    "logical_unit": ("vtscsi", "0a"),
    "optical_media": ("vtopt", "19"),
}
_FIRST_ADDRESS, _LAST_ADDRESS = 0x81, 0xFF


class AdapterDevices:
    """The part of an ``IoServer`` that is about adapters and mappings."""

    def connect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> VirtualSCSIMapping:
        """See ``IoServer.connect``. A mapping that exists already (by its uuid) takes the new form; devices that have a name
        keep it."""
        others = [other for other in change.all(VirtualSCSIMapping, vios.uuid) if other.uuid != mapping.uuid]
        server = mapping.server_adapter
        bus = [other for other in others if other.server_adapter.vios_slot_num == server.vios_slot_num]
        name = server.name or (bus[0].server_adapter.name if bus else "")
        if not name:
            name = _lowest("vhost", (other.server_adapter.name for other in others))
        server = server.evolve(name=name, udid=server.udid or f"1e{server.loc_code}")
        storage = _only(mapping.backing_storage)
        kind, target = _only(mapping.target_dev)
        kind = kind or storage[0]
        if not kind:
            return mapping.evolve(server_adapter=server.evolve(backing_dev_name=None))
        stem, prefix = _TARGETS[kind]
        wanted = target if isinstance(target, VirtualTargetDevice) else VirtualTargetDevice.empty()
        declared = VirtualSCSITargetDevice.by_name[kind]
        assert isinstance(declared, Child)
        device = declared.target(
            lua=wanted.lua or self._address(kind, bus),
            name=wanted.name or _lowest(stem, (found.name for found in _devices(others))),
            udid=wanted.udid or prefix + change.entropy.hex(16),
        )
        backing = storage[1].get("name") if storage[1] is not None else None
        return mapping.evolve(
            server_adapter=server.evolve(backing_dev_name=backing),
            target_dev=VirtualSCSITargetDevice(**{kind: device}),
        )

    def _address(self, kind: str, bus: Iterable[VirtualSCSIMapping]) -> str:
        """The lowest free logical unit address of a bus: ``0x8100000000000000``, ``0x8200000000000000`` …

        kind: of storage. When none is free, the one beyond the last.
        """
        taken = {device.lua[:4].lower() for device in _devices(bus)}
        addresses = self._addresses(kind)
        first = next((number for number in addresses if f"0x{number:02x}" not in taken), addresses.stop)
        return f"0x{first:02X}" + "0" * 14

    def _addresses(self, kind: str) -> range:
        """First bytes of the addresses that there are for devices of a kind."""
        return range(_FIRST_ADDRESS, _LAST_ADDRESS + 1)

    def disconnect(self, change: Change, vios: VirtualIOServer, mapping: VirtualSCSIMapping) -> None:
        """The target device goes, and with the last mapping of its slot the adapter."""

    def connect_fc(
        self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping
    ) -> VirtualFibreChannelMapping:
        """See ``IoServer.connect_fc``. Without port the adapter is there, but not connected to the SAN."""
        server = mapping.server_adapter
        if not server.name:
            others = change.all(VirtualFibreChannelMapping, vios.uuid)
            server = server.evolve(name=_lowest("vfchost", (other.server_adapter.name for other in others)))
        port = mapping.get("backing_port")
        server = server.evolve(
            udid=server.udid or f"1d{server.loc_code}",
            map_port=port.name if port is not None else None,
            physical_port=port,
        )
        return mapping.evolve(server_adapter=server)

    def disconnect_fc(self, change: Change, vios: VirtualIOServer, mapping: VirtualFibreChannelMapping) -> None:
        """The adapter goes."""


def _only(holder: Element) -> tuple[str, Element | None]:
    """Name and value of the one field that is there."""
    for field, value in holder.present():
        return field.name, value
    return "", None


def _devices(mappings: Iterable[VirtualSCSIMapping]) -> Iterator[VirtualTargetDevice]:
    for mapping in mappings:
        device = _only(mapping.target_dev)[1]
        if isinstance(device, VirtualTargetDevice):
            yield device


def _lowest(stem: str, taken: Iterable[str]) -> str:
    names = set(taken)
    number = 0
    while f"{stem}{number}" in names:
        number += 1
    return f"{stem}{number}"
