"""What a partition is made of when it is started in QEMU, read from its UOM objects.

``Hardware`` is plain data: the command line (``arguments``), and what the reconciler keeps a running guest to, are made from it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from openlpar.hypervisor.qemu.anatomy import Anatomy
from openlpar.hypervisor.qemu.dimms import LMB_MIB
from openlpar.messages import qemu as say
from openlpar.ports.hypervisor import Boot
from openlpar.ports.io_server import DISK_TARGETS, DRIVE_TARGETS, BlockAddress, BlockService
from openlpar.ports.state import World
from openlpar.uom.client_network_adapter import ClientNetworkAdapter
from openlpar.uom.logical_partition import LogicalPartition
from openlpar.uom.partition_state import BootMode, PartitionType
from openlpar.uom.virtual_fibre_channel import VirtualFibreChannelMapping
from openlpar.uom.virtual_scsi import VirtualSCSIMapping
from openlpar.uom.vnic import VirtualNICDedicated

M = TypeVar("M", bound=VirtualSCSIMapping | VirtualFibreChannelMapping)

LAST_SLOT = 239
"""QEMU makes a device's interrupt number of its unit address: beyond, there is none."""
_MENU = {"sms": "menu", "pbl": "menu", "of": "prompt"}
_CONFIGURED = {
    BootMode.SMS: "sms",
    BootMode.OPEN_FIRMWARE: "of",
    BootMode.PETITBOOT: "pbl",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A place for a disk or drive on a virtual SCSI bus, and what is in it. number: of the target, from 1."""

    number: int
    address: BlockAddress | None = None

    @property
    def optical(self) -> bool:
        return self.number in DRIVE_TARGETS


@dataclass(frozen=True, slots=True)
class ScsiAdapter:
    """A virtual SCSI client adapter in a virtual slot."""

    slot: int
    targets: tuple[Target, ...]


@dataclass(frozen=True, slots=True)
class NetworkAdapter:
    """A client network adapter in a virtual slot. mac: with colons."""

    slot: int
    mac: str


@dataclass(frozen=True, slots=True)
class Hardware:
    """memory: MiB at start, with the least and most it may have; processors likewise, in virtual processors (or cores).

    firmware: where it stops: "" (it boots), "menu" or "prompt". compat: processor mode, "" for the host's own. like: a QEMU
    elsewhere that this one is to go on for: memory, processors and disks are then as they are there.
    """

    uuid: str
    name: str
    lpar_id: int
    memory_mib: int
    memory_min_mib: int
    memory_max_mib: int
    processors: int
    processors_max: int
    scsi: tuple[ScsiAdapter, ...] = ()
    network: tuple[NetworkAdapter, ...] = ()
    firmware: str = ""
    boot_string: str = ""
    compat: str = ""
    like: Anatomy | None = None


def twin(own: Hardware, anatomy: Anatomy) -> Hardware:
    """The hardware of a partition that comes from another system: its own disks and addresses, in the places it has them there."""
    filled = {(adapter.slot, target.number): target for adapter in own.scsi for target in adapter.targets}
    places: dict[int, list[Target]] = {}
    for name, serial in anatomy.disks.items():
        slot, number = map(int, name.removeprefix("vscsi").split("-"))
        target = filled.get((slot, number), Target(number))
        address = replace(target.address, serial=serial) if target.address is not None else None
        places.setdefault(slot, []).append(replace(target, address=address))
    adapters = tuple(
        ScsiAdapter(slot, tuple(sorted(targets, key=lambda target: target.number)))
        for slot, targets in sorted(places.items())
    )
    return replace(own, scsi=adapters, firmware="", boot_string="", compat=anatomy.compat, like=anatomy)


def hardware(world: World, partition: LogicalPartition, boot: Boot, blocks: BlockService | None) -> Hardware:
    """Raises Failure for what QEMU does not have."""
    _refuse_foreign(world, partition)
    memory = partition.mem_config
    for field, value in (
        ("MinimumMemory", memory.min),
        ("DesiredMemory", memory.current),
        ("MaximumMemory", memory.max),
    ):
        if value % LMB_MIB:
            raise say.MEMORY_REGION.error(partition=partition.name, field=field, value=value, region=LMB_MIB)
    processors = partition.proc_config
    if processors.has_dedicated:
        now, most = processors.dedicated_proc_cfg.desired, processors.dedicated_proc_cfg.max
    else:
        now, most = processors.shared_proc_cfg.desired_virtual, processors.shared_proc_cfg.max_virtual
    mode = boot.mode or _CONFIGURED.get(BootMode(partition.bootmode or BootMode.NORMAL), "norm")
    return Hardware(
        uuid=partition.uuid.lower(),
        name=partition.name,
        lpar_id=partition.id,
        memory_mib=memory.current,
        memory_min_mib=min(memory.min, memory.current),
        memory_max_mib=max(memory.max, memory.current),
        processors=now,
        processors_max=most,
        scsi=tuple(scsi_adapters(world, partition, blocks)),
        network=tuple(network_adapters(world, partition)),
        firmware=_MENU.get(mode, ""),
        boot_string=boot.boot_string,
        compat=_compat(partition),
    )


def _refuse_foreign(world: World, partition: LogicalPartition) -> None:
    if partition.env != PartitionType.AIX_LINUX:
        raise say.OPERATING_SYSTEM.error(partition=partition.name, type=partition.env)
    foreign = {
        "virtual Fibre Channel adapter": any(served_to(world, VirtualFibreChannelMapping, partition)),
        "vNIC": any(world.all(VirtualNICDedicated, partition.uuid)),
        "physical I/O slot": bool(partition.io_config.io_slots),
        "SR-IOV logical port": bool(partition.sriov_ethernet_logical_ports or partition.sriov_roce_logical_ports),
    }
    for device, present in foreign.items():
        if present:
            raise say.NOT_ON_QEMU.error(partition=partition.name, device=device)


def _compat(partition: LogicalPartition) -> str:
    """``POWER8``, ``POWER9_base`` … as QEMU calls them."""
    mode = (partition.get("pending_proc_compat_mode") or "").lower().partition("_")[0]
    return mode if mode in ("power8", "power9", "power10") else ""


def served_to(world: World, kind: type[M], partition: LogicalPartition) -> Iterator[M]:
    """Mappings whose client is the partition."""
    return world.where(kind, client_id=partition.id)


def scsi_adapters(world: World, partition: LogicalPartition, blocks: BlockService | None) -> Iterator[ScsiAdapter]:
    """In order of their slots. A target whose Virtual I/O Server does not serve is empty."""
    found: dict[int, dict[int, BlockAddress]] = {}
    for mapping in served_to(world, VirtualSCSIMapping, partition):
        slot = _checked_slot(partition, mapping.client_adapter.lpar_slot_num)
        addresses = found.setdefault(slot, {})
        address = blocks.address(world, mapping) if blocks is not None else None
        if address is None:
            continue
        assert blocks is not None
        if mapping.parent and blocks.serves(mapping.parent):
            addresses[address.target] = address
    for slot in sorted(found):
        targets = (Target(number, found[slot].get(number)) for number in (*DISK_TARGETS, *DRIVE_TARGETS))
        yield ScsiAdapter(slot, tuple(targets))


def network_adapters(world: World, partition: LogicalPartition) -> Iterable[NetworkAdapter]:
    adapters = sorted(world.all(ClientNetworkAdapter, partition.uuid), key=lambda adapter: adapter.slot)
    return [NetworkAdapter(_checked_slot(partition, card.slot), _with_colons(card.mac)) for card in adapters]


def _checked_slot(partition: LogicalPartition, slot: int) -> int:
    if slot > LAST_SLOT:
        raise say.HIGH_SLOT.error(partition=partition.name, slot=slot, last=LAST_SLOT)
    return slot


def _with_colons(mac: str) -> str:
    digits = mac.lower()
    return ":".join(digits[place : place + 2] for place in range(0, 12, 2))
