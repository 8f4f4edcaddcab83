"""Systems of any size from one seed: the block ``generate`` of an inventory file.

    generate: {systems: 3, number: 2, partitions: 10000, vioses: 2, seed: 7, running: 0.9}

The same block always gives the same objects. One service manages one system, so ``number`` says which of the ``systems`` this
is; they share a SAN and a cluster on it, so that partitions can move between them. What the file describes beside the block
is kept, and the generated partitions are added to it.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from openlpar.messages import inventory as say
from openlpar.ops.inventory.draft import Draft
from openlpar.ops.inventory.partitions import completed
from openlpar.ops.lpar.create import serial_digits
from openlpar.ops.storage.group_plan import ROOT_GROUP
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.io_adapter import EthernetBackingDevice, InterfaceState, IPInterface
from openlpar.uom.io_adapter_choice import IOAdapterChoice
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.managed_system import ManagedSystem
from openlpar.uom.mtms import MachineTypeModelAndSerialNumber
from openlpar.uom.network_bridge import BackingDeviceChoice, NetworkBridge, SharedEthernetAdapter, TrunkAdapter
from openlpar.uom.partition import (
    PartitionIOConfiguration,
    PartitionMemoryConfiguration,
    PartitionProcessorConfiguration,
    PartitionState,
    SharedProcessorConfiguration,
)
from openlpar.uom.partition_io import VirtualIOServerIOConfiguration
from openlpar.uom.shared_storage_pool import LogicalUnit, SharedStoragePool, Tier
from openlpar.uom.sriov import SRIOVAdapter, SRIOVAdapterMode
from openlpar.uom.system_configuration import (
    AssociatedSystemIOConfiguration,
    AssociatedSystemMemoryConfiguration,
    AssociatedSystemProcessorConfiguration,
)
from openlpar.uom.virtual_io_server import VirtualIOServer
from openlpar.uom.virtual_network import VirtualNetwork
from openlpar.uom.virtual_scsi import (
    SharedStoragePoolLogicalUnitVirtualTargetDevice,
    VirtualSCSIClientAdapter,
    VirtualSCSIMapping,
    VirtualSCSIServerAdapter,
    VirtualSCSIStorage,
    VirtualSCSITargetDevice,
)
from openlpar.uom.virtual_switch import VirtualSwitch
from openlpar.uom.volume_group import PhysicalVolume, VolumeGroup

# (memory in MB, processing units, virtual processors): mostly small partitions, some large, as on real servers.
_SIZES = (
    (1024, "0.1", 1),
    (2048, "0.2", 2),
    (2048, "0.2", 2),
    (4096, "0.5", 2),
    (8192, "1.0", 4),
)
_MEMORY_UNIT_MB = 262_144
_CORES_UNIT = 20
_FIRST_SLOT = 10
_ADAPTER_SLOT, _DISK_SLOT = 2, 3
_TRUNK_SLOT = 2
_ETHERNET_PORTS = 4
_MORE_DISKS = 25
"""How many more disks than those of its partitions the pool has room for."""
_SRIOV = tuple(
    IOAdapterChoice(
        sriov_adapter=SRIOVAdapter(phys_loc_code=f"U78CB.001.WZS0GEN-P2-C{n}", mode=SRIOVAdapterMode.SRIOV.value)
    )
    for n in (1, 2)
)


@dataclass(frozen=True, slots=True)
class Settings:
    """systems: how many there are, number: which of them this is. running: part of the partitions that run, 0 to 1.
    adapters, disks: of each partition, 0 or 1 (disks are logical units of a shared storage pool). name: of partitions."""

    systems: int = 1
    number: int = 1
    partitions: int = 100
    vioses: int = 2
    seed: int = 1
    running: Decimal = Decimal("0.9")
    adapters: int = 1
    disks: int = 1
    name: str = "vm"


_BOUNDS = {
    "systems": (1, 10_000),
    "number": (1, 10_000),
    "partitions": (0, 60_000),
    "vioses": (0, 16),
    "seed": (0, 2**63),
    "running": (0, 1),
    "adapters": (0, 1),
    "disks": (0, 1),
}


def settings(draft: Draft, written: Mapping[str, str]) -> Settings:
    """Raises Failure for a setting that does not exist or is out of its bounds."""
    types: dict[str, Any] = {field.name: type(field.default) for field in fields(Settings)}
    values: dict[str, Any] = {}
    for key, text in written.items():
        kind = types.get(key)
        if kind is None:
            hint = f"Use one of {', '.join(types)}."
            raise draft.error(
                say.UNKNOWN_NAME, None, "generate", key, what="setting of generate called", name=key, hint=hint
            )
        low, high = _BOUNDS.get(key, (0, 0))
        try:
            values[key] = kind(text)
            fits = key == "name" or low <= values[key] <= high
        except (ValueError, InvalidOperation):
            fits = False
        if not fits:
            wanted = f"a number from {low} to {high}"
            raise draft.error(say.WRONG_VALUE, None, "generate", key, value=repr(text), wanted=wanted)
    made = Settings(**values)
    if made.number > made.systems:
        wanted = f"a number from 1 to {made.systems}, as many systems as there are"
        raise draft.error(say.WRONG_VALUE, None, "generate", "number", value=made.number, wanted=wanted)
    return made


def add_frame(draft: Draft, wish: Settings) -> None:
    """The system, its Virtual I/O Servers and their pool, described as in a file; before everything is completed."""
    chance = random.Random(f"{wish.seed}/{wish.number}/frame")
    if not draft.items(ManagedSystem):
        draft.add(_system(wish, chance))
    if not draft.items(VirtualSwitch):
        draft.add(VirtualSwitch(switch_id=0, name="ETHERNET0"))
        draft.add(VirtualSwitch(switch_id=1, name="MGMTSWITCH", mode="Vepa"))
    if not draft.items(VirtualIOServer):
        slots = wish.partitions + 100
        for number in range(1, wish.vioses + 1):
            config = VirtualIOServerIOConfiguration(max_virtual_slots=min(slots, 65_535))
            made = VirtualIOServer(name=f"vios{number}", state=PartitionState.RUNNING.value, io_config=config)
            draft.add(made.evolve(free_eth_devs_for_sea=tuple(_ethernet(number))))
        if wish.vioses and not draft.items(NetworkBridge):
            _add_bridge(draft, wish)
    servers = draft.items(VirtualIOServer)
    if wish.disks and servers and not draft.items(SharedStoragePool):
        pool_mb = (wish.partitions + _MORE_DISKS) * 20 * 1024
        known = _known_everywhere(wish)
        for server in servers:
            parent = server.now.uuid or server.now.name
            for name, capacity in (("hdisk1", 10_240), ("hdisk2", pool_mb)):
                volume = PhysicalVolume(parent=parent, name=name, capacity=capacity, is_fc_backed=True)
                draft.add(volume.evolve(udid=known.get(name)))
            draft.add(PhysicalVolume(parent=parent, name="hdisk0"))
            draft.add(VolumeGroup(parent=parent, name=ROOT_GROUP, phys_vols=(PhysicalVolume(name="hdisk0"),)))
        draft.add(
            SharedStoragePool(name="pool1", udid=known.get("pool1"), physical_volumes=(PhysicalVolume(name="hdisk2"),))
        )


def _ethernet(number: int) -> Iterator[IOAdapterChoice]:
    """The ports of a server's Ethernet card."""
    for port in range(_ETHERNET_PORTS):
        place = f"U78CB.001.WZS0GEN-P1-C{number}-T{port + 1}"
        device = EthernetBackingDevice(
            adapter_id="1",
            description=f"10 Gigabit Ethernet {_ETHERNET_PORTS} Port Adapter",
            dev_name=f"ent{port}",
            drc_name=place,
            phys_loc_code=place,
            ip_interface=IPInterface(name=f"en{port}", state=InterfaceState.INACTIVE.value),
        )
        yield IOAdapterChoice(ethernet_device=device)


def _add_bridge(draft: Draft, wish: Settings) -> None:
    """VLAN 1 of the first switch leads outside, over two servers if there are two."""
    chance = random.Random(f"{wish.seed}/{wish.number}/bridge")
    switch = draft.items(VirtualSwitch)[0].now
    seas = []
    for priority, server in enumerate(draft.items(VirtualIOServer)[:2], 1):
        mac = f"{chance.getrandbits(48) & 0xFCFFFFFFFFFF | 0x020000000000:012X}"
        draft.add(
            ClientNetworkAdapter(
                uuid=_uuid(chance),
                parent=server.now.uuid or server.now.name,
                slot=_TRUNK_SLOT,
                mac=mac,
                pvid=1,
                vswitch_uri=(switch.uuid or switch.name,),
                trunk_pri=priority,
            )
        )
        seas.append(
            SharedEthernetAdapter(
                vio_uri=server.now.name,
                backing_device=BackingDeviceChoice(ethernet_device=EthernetBackingDevice(dev_name="ent0")),
                trunk_adapters=(TrunkAdapter(virtual_slot_number=_TRUNK_SLOT),),
            )
        )
    draft.add(NetworkBridge(pvid=1, seas=seas))


def _known_everywhere(wish: Settings) -> dict[str, str]:
    """UDIDs of what the systems of one block share: a SAN, and one cluster on it. A system alone is given some later."""
    if wish.systems == 1:
        return {}
    chance = random.Random(f"{wish.seed}/shared")
    disks = {name: f"01{chance.getrandbits(160):040x}" for name in ("hdisk1", "hdisk2")}
    return disks | {"pool1": f"24{chance.getrandbits(128):032X}{chance.getrandbits(128):032X}"}


def _system(wish: Settings, chance: random.Random) -> ManagedSystem:
    memory = sum(size[0] for size in _SIZES) / len(_SIZES) * wish.partitions * 1.1 + 8192 * wish.vioses
    cores = sum(float(size[1]) for size in _SIZES) / len(_SIZES) * wish.partitions + 2 * wish.vioses
    memory_mb = (int(memory) // _MEMORY_UNIT_MB + 1) * _MEMORY_UNIT_MB
    serial = f"21{chance.getrandbits(20):05X}"
    return ManagedSystem(
        system_name=f"system{wish.number}",
        mtms=MachineTypeModelAndSerialNumber(machine_type="8247", model="22L", serial=serial),
        memory_config=AssociatedSystemMemoryConfiguration(memory_total=memory_mb),
        proc_config=AssociatedSystemProcessorConfiguration(
            proc_units=Decimal((int(cores) // _CORES_UNIT + 1) * _CORES_UNIT)
        ),
        max_partitions=max(1000, wish.partitions + wish.vioses + 1000),
        asio_config=AssociatedSystemIOConfiguration(sriov_adapters=_SRIOV),
    )


def add_partitions(draft: Draft, wish: Settings) -> None:
    """The partitions with their adapters and disks; after everything else is complete.

    They are copies of few prototypes with an identity of their own, which share all that is equal: ten thousand of them
    take a second and little memory.
    """
    chance = random.Random(f"{wish.seed}/{wish.number}/partitions")
    prototypes = _prototypes(draft)
    serial, system = draft.system.mtms.serial, draft.system.uuid
    ids = _free_ids(draft)
    width = len(str(wish.partitions))
    network = _Network(draft, chance) if wish.adapters else None
    has_pool = any(draft.all(Tier)) and any(draft.all(VirtualIOServer))
    storage = _Storage(draft, chance) if wish.disks and has_pool else None
    for number in range(1, wish.partitions + 1):
        running = chance.random() < wish.running
        prototype = prototypes[chance.randrange(len(_SIZES)), running]
        lpar_id = next(ids)
        uuid = _uuid(chance).upper()
        partition = prototype.evolve(
            uuid=uuid,
            parent=system,
            id=lpar_id,
            name=f"{wish.name}{number:0{width}d}",
            partition_uuid=uuid,
            logical_serial_number=f"{serial}{serial_digits(lpar_id)}",
            mac_address_prefix=str(chance.getrandbits(40) & 0xFCFFFFFFFF | 0x0200000000),
        )
        draft.add(partition)
        if network is not None:
            draft.add(network.adapter(partition))
        if storage is not None:
            draft.add(storage.unit(partition))
            draft.add(storage.mapping(partition))


def _prototypes(draft: Draft) -> dict[tuple[int, bool], LogicalPartition]:
    made = {}
    for index, (memory_mb, units, virtual) in enumerate(_SIZES):
        for running in (True, False):
            state = PartitionState.RUNNING if running else PartitionState.NOT_ACTIVATED
            shared = SharedProcessorConfiguration(
                desired_units=Decimal(units),
                desired_virtual=virtual,
                max_virtual=virtual * 2,
                max_units=Decimal(virtual),
            )
            described = LogicalPartition(
                id=1,
                name="prototype",
                state=state.value,
                io_config=PartitionIOConfiguration(max_virtual_slots=64),
                mem_config=PartitionMemoryConfiguration(min=256, desired=memory_mb, max=memory_mb * 2),
                proc_config=PartitionProcessorConfiguration(shared_proc_cfg=shared),
            )
            whole = completed(draft.system, described, draft.entropy)
            assert isinstance(whole, LogicalPartition)
            made[index, running] = whole
    return made


def _free_ids(draft: Draft) -> Iterator[int]:
    used = {item.now.id for item in draft.partitions()}
    number = 0
    while True:
        number += 1
        if number not in used:
            yield number


def _uuid(chance: random.Random) -> str:
    """A version 4 UUID whose first digit is 0 to 7, as those of partitions are."""
    text = f"{chance.getrandbits(127):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{'89ab'[int(text[16], 16) & 3]}{text[17:20]}-{text[20:]}"


class _Network:
    """One adapter for each partition, all on VLAN 1 of the first switch."""

    def __init__(self, draft: Draft, chance: random.Random) -> None:
        self._draft = draft
        self._chance = chance
        self._switch = draft.items(VirtualSwitch)[0]
        now = self._switch.now
        path = f"ManagedSystem/{draft.system.uuid}"
        switch_path = f"{path}/VirtualSwitch/{now.uuid}"
        known = (n for n in draft.all(VirtualNetwork) if (n.vswitch_id, n.vlan, n.tagged) == (now.switch_id, 1, False))
        network = next(known, None)
        if network is None:
            network = VirtualNetwork(
                uuid=_uuid(chance),
                parent=draft.system.uuid,
                associated_switch_uri=switch_path,
                name=f"VLAN1-{now.name}",
                vlan=1,
                vswitch_id=now.switch_id,
                tagged=False,
            )
            draft.add(network)
            links = (*now.vnet_uri_list, f"{path}/VirtualNetwork/{network.uuid}")
            self._switch.set(vnet_uri_list=links)
        self._prototype = ClientNetworkAdapter(
            is_required=False,
            varied_on=True,
            slot=_ADAPTER_SLOT,
            enabled=True,
            pvid=1,
            tagged_vlans="",
            is_tagged_vlan_supported=True,
            vswitch_uri=(switch_path,),
            vswitch_id=now.switch_id,
            vnet_uri_list=(f"{path}/VirtualNetwork/{network.uuid}",),
        )
        self._macs = {adapter.mac for adapter in draft.all(ClientNetworkAdapter)}

    def adapter(self, partition: LogicalPartition) -> ClientNetworkAdapter:
        location = self._draft.location(partition.id, _ADAPTER_SLOT)
        return self._prototype.evolve(
            uuid=_uuid(self._chance),
            parent=partition.uuid,
            drc_name=location,
            loc_code=location,
            lpar_id=partition.id,
            mac=self._mac(),
        )

    def _mac(self) -> str:
        while True:
            mac = f"{self._chance.getrandbits(48) & 0xFCFFFFFFFFFF | 0x020000000000:012X}"
            if mac not in self._macs:
                self._macs.add(mac)
                return mac


class _Storage:
    """One logical unit for each partition, lent by the Virtual I/O Servers in turn."""

    def __init__(self, draft: Draft, chance: random.Random) -> None:
        self._draft = draft
        self._chance = chance
        self._tier = draft.items(Tier)[0].now
        self._servers = [item.now for item in draft.items(VirtualIOServer)]
        taken = max((slot for server in self._servers for slot in draft.slots(server.id)), default=0)
        self._slot = max(_FIRST_SLOT, taken + 1)
        self._first_device = {
            server.uuid: sum(1 for _ in draft.all(VirtualSCSIMapping, server.uuid)) for server in self._servers
        }
        self._count = 0
        self._unit = LogicalUnit(is_thin=True, capacity=Decimal(20), lu_type="VirtualIO_Disk", in_use=False)

    def unit(self, partition: LogicalPartition) -> LogicalUnit:
        self._current = self._unit.evolve(
            uuid=_uuid(self._chance),
            parent=self._tier.uuid,
            udid=f"27{self._tier.udid[2:34]}{self._chance.getrandbits(128):032x}",
            name=f"{partition.name}_boot",
        )
        return self._current

    def mapping(self, partition: LogicalPartition) -> VirtualSCSIMapping:
        unit = self._current
        round_, turn = divmod(self._count, len(self._servers))
        self._count += 1
        server = self._servers[turn]
        slot, device = self._slot + round_, self._first_device[server.uuid] + round_
        near, far = self._draft.location(partition.id, _DISK_SLOT), self._draft.location(server.id, slot)
        return VirtualSCSIMapping(
            uuid=_uuid(self._chance),
            parent=server.uuid,
            client_lpar_href=f"ManagedSystem/{partition.parent}/LogicalPartition/{partition.uuid}",
            client_adapter=VirtualSCSIClientAdapter(
                side="Client",
                drc_name=near,
                loc_code=near,
                lpar_id=partition.id,
                lpar_slot_num=_DISK_SLOT,
                vios_id=server.id,
                vios_slot_num=slot,
            ),
            server_adapter=VirtualSCSIServerAdapter(
                side="Server",
                drc_name=far,
                loc_code=far,
                vios_id=server.id,
                vios_slot_num=slot,
                name=f"vhost{device}",
                backing_dev_name=f"{unit.name}.{unit.udid[34:]}",
                lpar_id=partition.id,
                lpar_slot_num=_DISK_SLOT,
                udid=f"1e{far}",
            ),
            backing_storage=VirtualSCSIStorage(logical_unit=unit.evolve(uuid="", parent=None)),
            target_dev=VirtualSCSITargetDevice(
                logical_unit=SharedStoragePoolLogicalUnitVirtualTargetDevice(
                    lua="0x8100000000000000", name=f"vtscsi{device}", udid=f"08{self._chance.getrandbits(64):016x}"
                )
            ),
        )
