"""Whether the managed system agrees with the reference model, and with itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from openlpar.ops.capacity import TALLIES, free_memory_mb, free_processors, is_active
from openlpar.ops.indexes import INDEXED
from openlpar.ops.network.usage import networks_of
from openlpar.ops.scsi.slots import used_slots
from openlpar.ops.scsi.storage import kind_of, name_of, target_of
from openlpar.ops.storage.sizes import gigabytes, taken_mb
from openlpar.ops.views import shown_all
from openlpar.ports.records import BackingFile
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.volume_group import VolumeGroup
from tests.closing.gannet import Gannet, gannet
from tests.ops.reference_model import Model

_STATES = {"off": "not activated", "running": "running", "firmware": "open firmware"}
_KINDS = {"virtual_disk": "disk", "optical_media": "medium", "logical_unit": "unit", "physical_volume": "volume"}
_FIRST = {obj.uuid for obj in gannet()}


def check_agreement(house: Gannet, model: Model) -> None:
    _partitions(house, model)
    _adapters(house, model)
    _storage(house, model)
    _mappings(house, model)
    _slots(house, model)
    _unique(house)
    _accounts(house)
    _no_orphans(house)
    _indexes(house)


def _ours(house: Gannet, kind: type[Any]) -> Iterator[Any]:
    return (obj for obj in house.state.all(kind) if obj.uuid not in _FIRST)


def _partitions(house: Gannet, model: Model) -> None:
    found = {obj.uuid: obj for obj in _ours(house, LogicalPartition)}
    assert {uuid: obj.name for uuid, obj in found.items()} == {u: p.name for u, p in model.partitions.items()}
    for uuid, partition in model.partitions.items():
        obj = found[uuid]
        assert obj.mem_config.desired == partition.desired_mb
        if partition.settled:
            assert obj.state == _STATES[partition.wanted], (
                f"{partition.name} is {obj.state}, wanted: {partition.wanted}"
            )
            assert obj.rmc_state == ("active" if partition.wanted == "running" else "inactive")
        if is_active(obj):
            assert obj.mem_config.current == partition.held_mb


def _adapters(house: Gannet, model: Model) -> None:
    found = {obj.uuid: (obj.parent, obj.pvid) for obj in _ours(house, ClientNetworkAdapter)}
    assert found == model.adapters
    wanted = {(a.vswitch_id, *network) for a in house.state.all(ClientNetworkAdapter) for network in networks_of(a)}
    networks = [(net.vswitch_id, net.vlan, net.tagged) for net in house.state.all(VirtualNetwork)]
    assert sorted(networks) == sorted(wanted), "networks are those that adapters are in"


def _storage(house: Gannet, model: Model) -> None:
    for vios in ("vios1", "vios2"):
        group = house.below(VolumeGroup, vios, name="datavg")
        disks = {disk.name: int(disk.capacity) for disk in group.virtual_disks}
        assert disks == {name: size for (owner, name), size in model.disks.items() if owner == vios}
        assert group.free_space == model.free_disk_gb(vios) + group.free_space % 1
        assert group.free_space == group.capacity - gigabytes(taken_mb(group, group.partition_size)) >= 0
    media = house.below(VolumeGroup, "vios1", name="rootvg").vmedia_repos[0].optical_media
    assert {medium.name: int(medium.size) for medium in media} == model.media
    units = {unit.name: (int(unit.capacity), unit.is_thin) for unit in house.state.all(LogicalUnit)}
    assert units == model.units
    pool = house.only(SharedStoragePool)
    assert int(pool.free_space) == model.free_pool_gb() >= 0
    assert pool.total_lu_size == sum(unit.capacity for unit in house.state.all(LogicalUnit))
    assert {unit.name for unit in pool.logical_units} == set(model.units)


def _mappings(house: Gannet, model: Model) -> None:
    vioses = {house.partition(name).uuid: name for name in ("vios1", "vios2")}
    lent = {
        m.uuid: (
            vioses[m.parent],
            m.client_lpar_href.rpartition("/")[2],
            _KINDS[kind_of(m.backing_storage)],
            name_of(m.backing_storage),
            m.server_adapter.vios_slot_num,
        )
        for m in _ours(house, VirtualSCSIMapping)
    }
    assert lent == {key: (o.vios, o.client, o.kind, o.name, o.bus) for key, o in model.lent.items()}
    carried = {
        m.uuid: (vioses[m.parent], m.client_lpar_href.rpartition("/")[2], m.backing_port.name)
        for m in _ours(house, VirtualFibreChannelMapping)
    }
    assert carried == {key: (o.vios, o.client, o.port) for key, o in model.carried.items()}
    for uuid, vios in vioses.items():
        for entry in house.partition(vios).io_config.io_slots:
            for port in entry.slot.related_io_adapter.fc_adapter.fc_ports:
                assert port.npiv_available_ports == model.free_ports(vios, port.name) >= 0, (uuid, port.name)


def _slots(house: Gannet, model: Model) -> None:
    owners = {slot.drc_index: slot.part_uuid for slot in house.only(ManagedSystem).asio_config.io_slots}
    assert {index: owners[index] for index in model.slots} == model.slots


def _unique(house: Gannet) -> None:
    state = house.state
    partitions = [*state.all(LogicalPartition), *state.all(VirtualIOServer)]
    _once("partition id", (one.id for one in partitions))
    _once("partition name", (one.name for one in partitions))
    _once("MAC address", (one.mac for one in state.all(ClientNetworkAdapter)))
    _once("WWPN", (w for m in state.all(VirtualFibreChannelMapping) for w in m.client_adapter.wwpns.split()))
    kinds: tuple[type[Any], ...] = (VirtualSCSIMapping, VirtualFibreChannelMapping)
    for kind in kinds:
        adapters = {(m.parent, m.server_adapter.vios_slot_num, m.server_adapter.name) for m in state.all(kind)}
        _once("slot of a server adapter", ((vios, slot) for vios, slot, _ in adapters))
        _once("name of a server adapter", ((vios, name) for vios, _, name in adapters))
        pairs = {(m.client_adapter.lpar_id, m.client_adapter.lpar_slot_num, m.parent, m.server_adapter.vios_slot_num)
                 for m in state.all(kind)}  # fmt: skip
        _once("slot of a client adapter", (pair[:2] for pair in pairs))
    devices = [(m, target_of(m.target_dev)) for m in state.all(VirtualSCSIMapping)]
    _once("target device", ((m.parent, device.name) for m, device in devices))
    _once("UDID of a target device", (device.udid for _, device in devices))
    _once("address", ((m.parent, m.server_adapter.vios_slot_num, device.lua) for m, device in devices))
    _once("UDID of storage", (unit.udid for unit in state.all(LogicalUnit)))
    _once("UDID of a disk", (disk.udid for group in state.all(VolumeGroup) for disk in group.virtual_disks))
    for one in partitions:
        taken = _taken_slots(house, one)
        _once(f"virtual slot of {one.name}", taken)
        assert set(taken) == used_slots(state, one.uuid)


def _taken_slots(house: Gannet, partition: Any) -> list[int]:
    """Counted from the adapters up, each adapter once."""
    state, served, serving = house.state, set(), set()
    kinds: tuple[type[Any], ...] = (VirtualSCSIMapping, VirtualFibreChannelMapping)
    for kind in kinds:
        for mapping in state.all(kind):
            client, server = mapping.client_adapter, mapping.server_adapter
            if client.lpar_id == partition.id:
                served.add((kind, mapping.parent, client.lpar_slot_num))
            if mapping.parent == partition.uuid:
                serving.add((kind, server.vios_slot_num))
    slots = [adapter.slot for adapter in state.all(ClientNetworkAdapter, partition.uuid)]
    return [*slots, *(slot for *_, slot in served), *(slot for _, slot in serving)]


def _once(what: str, values: Iterable[Any]) -> None:
    twice = [value for value, count in Counter(values).items() if count > 1]
    assert not twice, f"the same {what} more than once: {twice}"


def _accounts(house: Gannet) -> None:
    """Running totals are what a count gives, and nothing was given away that is not there."""
    state, recount = house.state, Counter[str]()
    for kind, shares in TALLIES.items():
        for obj in state.all(kind):
            recount.update(shares(obj))
    assert {k: v for k, v in state._totals.items() if v} == {k: v for k, v in recount.items() if v}
    system = state.get(ManagedSystem, house.only(ManagedSystem).uuid)
    assert free_memory_mb(state, system) >= 0, "more memory was given away than there is"
    assert free_processors(state, system) >= 0


def _no_orphans(house: Gannet) -> None:
    state = house.state
    partitions = {obj.uuid for kind in (LogicalPartition, VirtualIOServer) for obj in state.all(kind)}
    for adapter in state.all(ClientNetworkAdapter):
        assert adapter.parent in partitions, f"{adapter.loc_code} belongs to nobody"
    mappings: list[Any] = [*state.all(VirtualSCSIMapping), *state.all(VirtualFibreChannelMapping)]
    for one in mappings:
        assert one.parent in partitions
        assert one.client_lpar_href.rpartition("/")[2] in partitions, f"{one} serves nobody"
    disks = {disk.udid for group in state.all(VolumeGroup) for disk in group.virtual_disks}
    disks |= {m.udid for g in state.all(VolumeGroup) for r in g.vmedia_repos for m in r.optical_media}
    disks |= {unit.udid for unit in state.all(LogicalUnit)} | {file.uuid for file in state.all(BackingFile)}
    for mapping in state.all(VirtualSCSIMapping):
        if not mapping.backing_storage.physical_volume:
            assert mapping.storage_udid in disks, f"{name_of(mapping.backing_storage)} is lent, but not there"
    for client in shown_all(state, LogicalPartition):
        own = {f"LogicalPartition/{client.uuid}/ClientNetworkAdapter/{a.uuid}"
               for a in state.all(ClientNetworkAdapter, client.uuid)}  # fmt: skip
        assert set(client.client_network_adapters) == own


def _indexes(house: Gannet) -> None:
    """Looking up finds what going through everything finds."""
    for kind, names in INDEXED.items():
        for name in names:
            for obj in house.state.all(kind):
                value = getattr(obj, name)
                found = {one.uuid for one in house.state.where(kind, **{name: value})}
                assert found == {one.uuid for one in house.state.all(kind) if getattr(one, name) == value}
