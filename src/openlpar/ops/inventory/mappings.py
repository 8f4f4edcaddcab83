"""Virtual SCSI and virtual Fibre Channel mappings of an inventory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft, Item, laid_over
from openlpar.ops.inventory.storage import own_by_vios
from openlpar.ops.mapping.pair import AdapterPair
from openlpar.uom.core import Child, Element
from openlpar.uom.io_adapter import PhysicalFibreChannelPort
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition import BasePartition
from openlpar.uom.shared_storage_pool import LogicalUnit
from openlpar.uom.virtual_fibre_channel import (
    VirtualFibreChannelClientAdapter,
    VirtualFibreChannelMapping,
    VirtualFibreChannelServerAdapter,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import (
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

_CLIENTS = (LogicalPartition, VirtualIOServer)
_FIRST_LUN = 0x81
_PRESENT = {"is_required": False, "is_varied_on": True}
"""Of every adapter that is described."""


def complete_mappings(draft: Draft) -> None:
    """Both ends of every mapping, device names and addresses; what is lent is copied from where it lies."""
    scsi = _Devices("vhost")
    for item in draft.items(VirtualSCSIMapping):
        _scsi(draft, item, scsi)
    fibre = _Devices("vfchost")
    for vfc in draft.items(VirtualFibreChannelMapping):
        _vfc(draft, vfc, fibre)
    _count_ports(draft)


class _Devices:
    """Device names of each Virtual I/O Server: counted, skipping those that were written."""

    def __init__(self, adapter: str) -> None:
        self._adapter = adapter
        self._adapters: dict[tuple[str, int], str] = {}
        self._next: dict[tuple[str, str], int] = {}
        self._luns: dict[tuple[str, int], int] = {}

    def adapter(self, vios: str, slot: int) -> str:
        """One adapter for each slot: mappings may share it."""
        if (vios, slot) not in self._adapters:
            self._adapters[vios, slot] = self.name(vios, self._adapter)
        return self._adapters[vios, slot]

    def name(self, vios: str, base: str) -> str:
        number = self._next.get((vios, base), 0)
        self._next[vios, base] = number + 1
        return f"{base}{number}"

    def lun(self, vios: str, slot: int) -> str:
        number = self._luns.get((vios, slot), _FIRST_LUN)
        self._luns[vios, slot] = number + 1
        return f"0x{number:02x}00000000000000"


def _client(draft: Draft, item: Item[Any]) -> BasePartition:
    written = item.now.client_lpar_href
    lpar_id = item.now.client_adapter.lpar_id or item.now.server_adapter.lpar_id
    if not written and not lpar_id:
        raise draft.error(say.MISSING, item, field="client_lpar_href", wanted="the name of the partition it serves")
    if written:
        found: BasePartition = draft.refer(item, _CLIENTS, written, "client_lpar_href").now
        return found
    by_id = next((p.now for p in draft.partitions() if p.now.id == lpar_id), None)
    if by_id is None:
        hint = "Write the id of a partition of this file."
        raise draft.error(say.DANGLING, item, "client_adapter", "lpar_id", value=lpar_id, what="partition", hint=hint)
    return by_id


def _href(client: BasePartition) -> str:
    return f"ManagedSystem/{client.parent}/{type(client).__name__}/{client.uuid}"


def _pair(draft: Draft, item: Item[Any], vios: VirtualIOServer, client: BasePartition) -> AdapterPair:
    """In the slots that one of the adapters was written with, else in free ones."""
    near, far = item.now.client_adapter, item.now.server_adapter
    lpar_slot = near.get("lpar_slot_num") or far.get("lpar_slot_num") or draft.free_slot(client.id)
    vios_slot = far.get("vios_slot_num") or near.get("vios_slot_num") or draft.free_slot(vios.id)
    here, there = draft.location(vios.id, vios_slot), draft.location(client.id, lpar_slot)
    return AdapterPair(vios.id, vios_slot, here, client.id, lpar_slot, there)


def _scsi(draft: Draft, item: Item[VirtualSCSIMapping], devices: _Devices) -> None:
    vios = own_by_vios(draft, item, "mapping")
    client = _client(draft, item)
    pair = _pair(draft, item, vios, client)
    near, far = item.now.client_adapter, item.now.server_adapter
    storage = _stored(draft, item, vios)
    target = _target(item.now.target_dev, storage, draft, vios, pair.vios_slot, devices)
    server = pair.server(
        VirtualSCSIServerAdapter,
        **_PRESENT,
        name=far.get("name") or devices.adapter(vios.uuid, pair.vios_slot),
        backing_dev_name=_backing_name(storage),
        udid=f"1e{pair.vios_location}",
    )
    item.set(
        uuid=item.now.uuid or draft.entropy.uuid(),
        client_lpar_href=_href(client),
        client_adapter=laid_over(pair.client(VirtualSCSIClientAdapter, **_PRESENT), near),
        server_adapter=laid_over(server, far),
        backing_storage=storage,
        target_dev=target,
    )
    draft.register(item, item.now.uuid)


def _backing_name(storage: VirtualSCSIStorage | None) -> str | None:
    if storage is None:
        return None
    for field, value in storage.present():
        return f"{value.name}.{value.udid}" if field.name == "logical_unit" else str(value.name)
    return None


def _stored(draft: Draft, item: Item[VirtualSCSIMapping], vios: VirtualIOServer) -> VirtualSCSIStorage | None:
    """What is lent, as a copy of the object it lies in; it is named, or given by UDID."""
    written = item.now.get("backing_storage")
    if written is None:
        return None
    sources: dict[str, Callable[[], list[Element]]] = {
        "virtual_disk": lambda: [disk for group in draft.all(VolumeGroup, vios.uuid) for disk in group.virtual_disks],
        "optical_media": lambda: [
            medium
            for group in draft.all(VolumeGroup, vios.uuid)
            for repository in group.vmedia_repos
            for medium in repository.optical_media
        ],
        "physical_volume": lambda: list(draft.all(PhysicalVolume, vios.uuid)),
        "logical_unit": lambda: list(draft.all(LogicalUnit)),
    }
    for field, wish in written.present():
        for candidate in sources[field.name]():
            if wish.udid == candidate.get("udid") if wish.udid else wish.name == candidate.get("name"):
                copy = candidate.evolve(uuid="", parent=None)
                return VirtualSCSIStorage(**{field.name: laid_over(copy, wish)})
        what = field.name.replace("_", " ")
        hint = f"Describe the {what} where it lies (on {vios.name}, or in a pool for a logical unit)."
        raise draft.error(
            say.DANGLING,
            item,
            "backing_storage",
            field.name,
            value=wish.name or wish.udid or "nothing",
            what=what,
            hint=hint,
        )
    return None


def _target(
    written: VirtualSCSITargetDevice,
    storage: VirtualSCSIStorage | None,
    draft: Draft,
    vios: VirtualIOServer,
    slot: int,
    devices: _Devices,
) -> VirtualSCSITargetDevice | None:
    """The target device of the kind that fits what is lent; an empty optical drive has one without storage."""
    kinds = [field.name for field, _ in (storage or written).present()]
    if not kinds:
        return None
    kind = kinds[0]
    field = VirtualSCSITargetDevice.by_name[kind]
    assert isinstance(field, Child)
    base = field.target(
        lua=devices.lun(vios.uuid, slot),
        name=devices.name(vios.uuid, "vtopt" if kind == "optical_media" else "vtscsi"),
        udid=f"{'19' if kind == 'optical_media' else '08'}{draft.entropy.hex(16)}",
    )
    return VirtualSCSITargetDevice(**{kind: laid_over(base, getattr(written, kind))})


# virtual Fibre Channel


def _vfc(draft: Draft, item: Item[VirtualFibreChannelMapping], devices: _Devices) -> None:
    vios = own_by_vios(draft, item, "mapping")
    client = _client(draft, item)
    pair = _pair(draft, item, vios, client)
    near, far = item.now.client_adapter, item.now.server_adapter
    port = _port(draft, item, vios)
    own = pair.client(VirtualFibreChannelClientAdapter, **_PRESENT, wwpns=_wwpns(draft))
    server = pair.server(
        VirtualFibreChannelServerAdapter,
        **_PRESENT,
        name=devices.adapter(vios.uuid, pair.vios_slot),
        udid=f"1d{pair.vios_location}",
        map_port=port.name if port else None,
        physical_port=port,
    )
    item.set(
        uuid=item.now.uuid or draft.entropy.uuid(),
        client_lpar_href=_href(client),
        client_adapter=laid_over(own, near),
        backing_port=port,
        server_adapter=laid_over(server, far),
    )
    draft.register(item, item.now.uuid)


def _port(
    draft: Draft, item: Item[VirtualFibreChannelMapping], vios: VirtualIOServer
) -> PhysicalFibreChannelPort | None:
    wish = item.now.get("backing_port") or item.now.server_adapter.get("physical_port")
    if wish is None and not item.now.server_adapter.map_port:
        return None
    name = wish.name if wish else item.now.server_adapter.map_port
    ports = [port for entry in vios.io_config.io_slots for port in entry.slot.related_io_adapter.fc_adapter.fc_ports]
    for port in ports:
        if (wish and wish.wwpn == port.wwpn) or port.name == name:
            return port.evolve(phys_vols=None)
    known = ", ".join(port.name for port in ports)
    hint = f"{vios.name} has {known}." if known else f"Describe an FC adapter in io_config.io_slots of {vios.name}."
    raise draft.error(say.DANGLING, item, "backing_port", value=name or "nothing", what="Fibre Channel port", hint=hint)


def _wwpns(draft: Draft) -> str:
    """A pair of port names as firmware gives them out: consecutive, the first one even."""
    first = int(f"c05076{draft.entropy.hex(10)}", 16) & ~1
    return f"{first:x} {first + 1:x}"


def _count_ports(draft: Draft) -> None:
    """Brings the free NPIV ports up to date."""
    for item in draft.items(VirtualIOServer):
        used: dict[str, int] = {}
        for mapping in draft.all(VirtualFibreChannelMapping, item.now.uuid):
            used[mapping.backing_port.wwpn] = used.get(mapping.backing_port.wwpn, 0) + 1
        if not used:
            continue
        slots = []
        for entry in item.now.io_config.io_slots:
            card = entry.slot.related_io_adapter.get("fc_adapter")
            if card is not None:
                ports = tuple(
                    port.evolve(npiv_available_ports=port.npiv_total_ports - used.get(port.wwpn, 0))
                    for port in card.fc_ports
                )
                related = entry.slot.related_io_adapter.evolve(fc_adapter=card.evolve(fc_ports=ports))
                entry = entry.evolve(slot=entry.slot.evolve(related_io_adapter=related))
            slots.append(entry)
        item.set(io_config=item.now.io_config.evolve(io_slots=tuple(slots)))
