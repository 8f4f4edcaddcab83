"""What there is to measure, drawn from the state.

Traffic goes the way it would on the server: a partition's virtual Ethernet adapter is bridged by the trunk adapter of a running
Virtual I/O Server with the lowest priority that has its VLAN on its switch, and a shared Ethernet adapter's device behind that; a
partition's disks are behind the Virtual I/O Server's adapter, and a port or controller behind that.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from itertools import chain
from operator import is_
from typing import Any

from openlpar.ops.capacity import free_memory_mb, free_processors, is_active, managed_system
from openlpar.ops.network.trunks import stored_seas
from openlpar.ops.views import shown_all
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.metering import (
    AdapterKind,
    MeteredAdapter,
    MeteredPartition,
    MeteredPool,
    MeteredStoragePool,
    Survey,
    storage_key,
)
from openlpar.uom.network_bridge import NetworkBridge, SharedEthernetAdapter
from openlpar.uom.partition import BasePartition, PartitionState, RMCState
from openlpar.uom.partition_processors import SharingMode
from openlpar.uom.shared_processor_pool import SharedProcessorPool
from openlpar.uom.shared_storage_pool import SharedStoragePool
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_scsi import VirtualSCSIMapping

_KINDS: tuple[Any, ...] = (
    ManagedSystem,
    SharedProcessorPool,
    LogicalPartition,
    VirtualIOServer,
    ClientNetworkAdapter,
    NetworkBridge,
    VirtualSCSIMapping,
    VirtualFibreChannelMapping,
    SharedStoragePool,
)
# How a partition's processors are shared, in the words of the recordings.
_MODES: dict[str, str] = {
    SharingMode.CAPPED: "cap",
    SharingMode.UNCAPPED: "uncap",
    SharingMode.SHARE_IDLE_PROCS: "share_idle_procs",
    SharingMode.SHARE_IDLE_PROCS_ACTIVE: "share_idle_procs_active",
    SharingMode.SHARE_IDLE_PROCS_ALWAYS: "share_idle_procs_always",
    SharingMode.KEEP_IDLE_PROCS: "keep_idle_procs",
}
_UP = (PartitionState.RUNNING, PartitionState.MIGRATING_RUNNING, PartitionState.OPEN_FIRMWARE)
_SYSTEMS = ("AIX", "Linux", "IBM i", "VIOS")


class Surveyor:
    """Makes surveys; the last one is kept as long as nothing has changed that it tells."""

    def __init__(self) -> None:
        self._seen: list[Any] = []
        self._made: tuple[Survey, str] | None = None

    def survey(self, world: World) -> tuple[Survey, str]:
        """The survey, and a name that no other one has."""
        seen = list(chain.from_iterable(world.all(kind) for kind in _KINDS))
        if self._made is None or len(seen) != len(self._seen) or not all(map(is_, seen, self._seen)):
            survey = survey_of(world)
            self._seen, self._made = seen, (survey, hashlib.blake2b(repr(survey).encode(), digest_size=12).hexdigest())
        return self._made


def survey_of(world: World) -> Survey:
    """What there is to measure now."""
    system = managed_system(world)
    adapters = _adapters(world)
    memory, processors, mtms = system.memory_config, system.proc_config, system.mtms
    servers = tuple(world.all(VirtualIOServer))
    return Survey(
        system=system.system_name,
        mtms=str(mtms),
        uuid=system.uuid,
        units=int(processors.proc_units * 100),
        configurable_units=int(processors.proc_units_configurable * 100),
        available_units=max(0, int(free_processors(world, system) * 100)),
        memory_mib=memory.memory_total,
        configurable_mib=memory.memory_configurable,
        available_mib=max(0, free_memory_mb(world, system)),
        firmware_mib=memory.firmware_memory,
        pools=tuple(
            MeteredPool(
                id=pool.id,
                name=pool.name,
                max_units=int(pool.max_proc_units * 100) if pool.id else 0,
                reserved=int(pool.curr_rsrv_proc_units * 100),
            )
            for pool in sorted(world.all(SharedProcessorPool), key=lambda pool: pool.id)
            if not pool.id or pool.max_proc_units
        ),
        partitions=tuple(
            metered(partition, tuple(adapters.get(partition.uuid, ())))
            for partition in (*world.all(LogicalPartition), *servers)
        ),
        storage_pools=tuple(
            MeteredStoragePool(
                name=pool.name,
                disks=tuple(volume.name for volume in pool.physical_volumes),
                total_mib=int(pool.capacity * 1024),
                used_mib=int((pool.capacity - pool.free_space) * 1024),
                vioses=tuple(server.id for server in servers),
            )
            for pool in shown_all(world, SharedStoragePool)
        ),
    )


def metered(partition: BasePartition, adapters: tuple[MeteredAdapter, ...] = ()) -> MeteredPartition:
    """A partition as a meter sees it."""
    processors, memory = partition.proc_config, partition.mem_config
    active = is_active(partition)
    if processors.has_dedicated:
        whole, wish = processors.current_dedicated_proc_cfg, processors.dedicated_proc_cfg
        units = (whole.current or wish.desired) * 100
        virtual, most = whole.current or wish.desired, whole.current_max or wish.max
        pool, weight, max_units = -1, 0, float(most)
    else:
        share, desired = processors.current_shared_proc_cfg, processors.shared_proc_cfg
        units = int((share.current_units or desired.desired_units) * 100)
        virtual, most = (
            share.allocated_virtual or desired.desired_virtual,
            share.current_max_virtual or desired.max_virtual,
        )
        pool, weight = desired.pool_id, share.current_uncapped_weight if active else desired.uncapped_weight
        max_units = float(share.current_max_units or desired.max_units)
    system = partition.operating_system
    return MeteredPartition(
        uuid=partition.uuid,
        id=partition.id,
        name=partition.name,
        type=partition.env,
        state=partition.state,
        active=active and partition.state in _UP,
        reachable=partition.rmc_state in (RMCState.ACTIVE, RMCState.BUSY),
        os=next((name for name in _SYSTEMS if system.startswith(name)), ""),
        vios=isinstance(partition, VirtualIOServer),
        memory_mib=memory.current if active else memory.desired,
        mode=_MODES.get(processors.sharing_mode, "cap"),
        pool=pool,
        units=units,
        virtual=virtual,
        max_units=max_units,
        max_virtual=most,
        weight=weight,
        adapters=adapters,
    )


def _adapters(world: World) -> dict[str, list[MeteredAdapter]]:
    """The adapters of each partition, by its uuid."""
    found: dict[str, list[MeteredAdapter]] = defaultdict(list)
    bridges = _Bridges(world)
    for adapter in world.all(ClientNetworkAdapter):
        parent = adapter.parent or ""
        carrier = bridges.carrier(adapter)
        found[parent].append(
            MeteredAdapter(
                key=adapter.uuid,
                kind=AdapterKind.TRUNK if adapter.trunk_pri else AdapterKind.VETH,
                name=bridges.device(adapter),
                location=adapter.loc_code,
                vlan=adapter.pvid,
                switch=adapter.vswitch_id,
                slot=adapter.slot,
                carried_by=carrier,
                bridge=bridges.name_of(adapter),
            )
        )
    for vios, device in bridges.devices():
        found[vios].append(device)
    for server in world.all(VirtualIOServer):
        found[server.uuid].extend({adapter.key: adapter for adapter in _storage(world, server)}.values())
    return found


class _Bridges:
    """Which trunk adapter takes whose frames outside, and over which device."""

    def __init__(self, world: World) -> None:
        up = {server.uuid for server in world.all(VirtualIOServer) if server.state == PartitionState.RUNNING}
        self._seas: dict[tuple[str, int], SharedEthernetAdapter] = {
            (server.uuid, trunk.virtual_slot_number): sea
            for server in world.all(VirtualIOServer)
            for sea, _ in stored_seas(world, server)
            for trunk in sea.trunk_adapters
        }
        trunks = [
            adapter
            for adapter in world.all(ClientNetworkAdapter)
            if (adapter.parent or "") in up and self._sea(adapter) is not None
        ]
        self._trunks: dict[tuple[int, int], ClientNetworkAdapter] = {}
        for one in sorted(trunks, key=lambda one: one.trunk_pri, reverse=True):
            for vlan in (one.pvid, *(int(word) for word in one.tagged_vlans.split() if word.isdigit())):
                self._trunks[one.vswitch_id, vlan] = one

    def _sea(self, adapter: ClientNetworkAdapter) -> SharedEthernetAdapter | None:
        return self._seas.get((adapter.parent or "", adapter.slot))

    def carrier(self, adapter: ClientNetworkAdapter) -> tuple[str, ...]:
        trunk = self._trunks.get((adapter.vswitch_id, adapter.pvid))
        if adapter.trunk_pri or trunk is None or trunk.parent == adapter.parent:
            return ()
        vios = trunk.parent or ""
        return trunk.uuid, _device_key(vios, self._seas[vios, trunk.slot])

    def device(self, adapter: ClientNetworkAdapter) -> str:
        """The trunk's name on its Virtual I/O Server, as far as a bridge tells it."""
        sea = self._sea(adapter)
        if sea is None:
            return adapter.dev_name
        return next((t.dev_name for t in sea.trunk_adapters if t.virtual_slot_number == adapter.slot), "")

    def name_of(self, adapter: ClientNetworkAdapter) -> str:
        sea = self._sea(adapter)
        return sea.dev_name if sea is not None else ""

    def devices(self) -> Iterator[tuple[str, MeteredAdapter]]:
        """(uuid of the Virtual I/O Server, device) under each shared Ethernet adapter."""
        told: set[str] = set()
        for (vios, _), sea in self._seas.items():
            key = _device_key(vios, sea)
            if key not in told:
                told.add(key)
                device = sea.backing_device.ethernet_device
                yield (
                    vios,
                    MeteredAdapter(
                        key=key,
                        kind=AdapterKind.ETHERNET,
                        name=device.dev_name,
                        location=device.phys_loc_code,
                        bridge=sea.dev_name,
                    ),
                )


def _device_key(vios: str, sea: SharedEthernetAdapter) -> str:
    return f"{vios}/{sea.backing_device.ethernet_device.dev_name or sea.dev_name}"


def _storage(world: World, server: VirtualIOServer) -> Iterator[MeteredAdapter]:
    """A Virtual I/O Server's ends of its clients' disks, and what is behind them. Mappings that share an adapter pair tell of it
    several times."""
    behind = {adapter.key: adapter for adapter in _hardware(server)}
    ports = [key for key, adapter in behind.items() if adapter.kind == AdapterKind.FC]
    local = [key for key, adapter in behind.items() if adapter.kind == AdapterKind.DISKS]
    for mapping in world.all(VirtualSCSIMapping, server.uuid):
        if mapping.storage_udid:
            storage = mapping.backing_storage
            shared = storage.has("logical_unit") or storage.physical_volume.is_fc_backed
            yield _lent(AdapterKind.VSCSI, server, mapping, (ports if shared else local)[:1])
    for fibre in world.all(VirtualFibreChannelMapping, server.uuid):
        port = f"{server.uuid}/{fibre.backing_port.name}"
        yield _lent(AdapterKind.VFC, server, fibre, [port] if port in behind else [], fibre.client_adapter.wwpns)
    yield from behind.values()


def _lent(
    kind: AdapterKind,
    server: VirtualIOServer,
    mapping: VirtualSCSIMapping | VirtualFibreChannelMapping,
    behind: list[str],
    wwpns: str = "",
) -> MeteredAdapter:
    """The server's end of a mapping. wwpns: of the client's end."""
    end = mapping.server_adapter
    return MeteredAdapter(
        key=storage_key(server.uuid, end),
        kind=kind,
        name=end.name,
        location=end.loc_code,
        carried_by=tuple(behind),
        slot=end.vios_slot_num,
        client=mapping.client_lpar_href.rpartition("/")[2],
        client_location=mapping.client_adapter.loc_code,
        wwpns=tuple(wwpns.lower().split()),
    )


def _hardware(server: VirtualIOServer) -> Iterator[MeteredAdapter]:
    """The Fibre Channel ports and disk controllers in the server's slots."""
    controllers = 0
    for entry in server.io_config.io_slots:
        for port in entry.slot.related_io_adapter.fc_adapter.fc_ports:
            yield MeteredAdapter(
                key=f"{server.uuid}/{port.name}",
                kind=AdapterKind.FC,
                name=port.name,
                location=port.loc_code,
                wwpns=(port.wwpn.lower(),),
            )
        if "SAS" in entry.slot.description:
            name = f"sissas{controllers}"
            controllers += 1
            yield MeteredAdapter(
                key=f"{server.uuid}/{name}", kind=AdapterKind.DISKS, name=name, location=f"{entry.slot.drc_name}-T1"
            )
