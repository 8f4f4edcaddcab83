"""The command line that runs a partition in QEMU: a pure function of its hardware.

Paths are relative to the partition's run folder, where QEMU is started: a unix socket's path must be short. Names of devices
are part of the plan (``devices`` finds them again in the running QEMU): ``vscsi3`` and ``vscsi3-1`` for an adapter in slot 3 and
its first target, ``veth4``, ``dimm1``.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

from openlpar.hypervisor.qemu.anatomy import Anatomy, generation
from openlpar.hypervisor.qemu.dimms import SLOTS, dimm_mib
from openlpar.hypervisor.qemu.hardware import Hardware, NetworkAdapter, ScsiAdapter, Target
from openlpar.hypervisor.qemu.host import Host
from openlpar.ports.io_server import BlockAddress
from openlpar.qemu_host.probe import SANDBOX

CPU_BUDGET = 4
"""How many times a partition's most processors QEMU is told to expect: under TCG a processor that was removed never gives its
place back (measured, 11.1)."""
_QUIET = "cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off"
"""Mitigations of attacks that do not exist under emulation; named, or QEMU warns about each."""
RECONNECT_S = 5
"""Seconds that a disk's I/O waits for a Virtual I/O Server that went away, before it fails. A disk that is taken out meanwhile
holds the whole guest up for as long (measured, 11.1): so no longer."""
OPEN_S = 5
"""Seconds that a disk's server may take to answer at first."""


def arguments(hardware: Hardware, host: Host, run: Path, network: Path) -> tuple[str, ...]:
    """All after the program's name. run: the partition's folder; network: the switch's."""
    words = [
        *("-name", f"guest={_escaped(hardware.name)}", "-uuid", hardware.uuid),
        *("-nodefaults", "-no-user-config", "-nographic", "-vga", "none", "-S"),
        *("-action", "panic=pause"),  # one that crashed stays there to be seen
        *_machine(hardware, host),
        *_processors(hardware),
        *_memory(hardware),
        *("-qmp", "unix:qmp.sock,server=on,wait=off"),
        *("-chardev", "socket,id=con0,path=con.sock,server=on,wait=off"),
        *("-device", "spapr-vty,id=vty0,chardev=con0,reg=0x30000000"),
        *("-chardev", "socket,id=agent0,path=agent.sock,server=on,wait=off"),
        *("-device", "virtio-serial-pci,id=vserial0"),
        *("-device", "virtserialport,id=port0,bus=vserial0.0,chardev=agent0,name=org.qemu.guest_agent.0"),
        *_nvram(hardware),
    ]
    boot = itertools.count(1)
    for adapter in hardware.scsi:
        words += ["-device", f"spapr-vscsi,id=vscsi{adapter.slot},reg={_reg(adapter.slot)}"]
        for target in adapter.targets:
            words += _target(adapter, target, boot, run)
    for card in hardware.network:
        words += _card(hardware, card, run, network)
    return tuple(words)


def _machine(hardware: Hardware, host: Host) -> Iterator[str]:
    like = hardware.like
    machine = f"{like.machine if like else host.machine},{_QUIET}"
    if hardware.compat:
        machine += f",max-cpu-compat={hardware.compat}"
    processor = like.processor if like and generation(like.processor) == generation(host.cpu) else host.cpu
    yield from ("-M", machine, "-cpu", "host" if host.kvm else processor, "-accel", "kvm" if host.kvm else "tcg")
    if host.sandbox:
        yield from ("-sandbox", SANDBOX)
    if hardware.firmware == "menu":
        yield from ("-boot", "menu=on")


def _nvram(hardware: Hardware) -> Iterator[str]:
    """QEMU lays variables into NVRAM only where that is fresh: a partition that is started with any goes without its own."""
    variables = ["auto-boot?=false"] * (hardware.firmware == "prompt")
    variables += [f"boot-device={hardware.boot_string}"] * bool(hardware.boot_string)
    for variable in variables:
        yield from ("-prom-env", variable)
    if not variables and (hardware.like is None or hardware.like.nvram):
        yield from ("-drive", "if=pflash,format=raw,file=nvram.bin")


def _processors(hardware: Hardware) -> tuple[str, ...]:
    """Core 0 stays for ever; QEMU lets go of the other ones, though they are there from the start."""
    if hardware.like is not None:
        return tuple(_same_processors(hardware.like))
    most = max(hardware.processors_max, hardware.processors) * CPU_BUDGET
    return ("-smp", _smp(hardware.processors, most))


def _same_processors(like: Anatomy) -> Iterator[str]:
    """Cores may have gone from between others."""
    first = next(number for number in itertools.count() if number not in like.cores)
    yield from ("-smp", _smp(first, like.cores_room))
    for number in like.cores:
        if number > first:
            yield from ("-device", f"{like.processor}-spapr-cpu-core,id=core{number},core-id={number}")


def _smp(now: int, room: int) -> str:
    return f"{now},maxcpus={room},sockets=1,cores={room},threads=1"


def _same_memory(like: Anatomy) -> Iterator[str]:
    room = f",slots={like.memory_slots},maxmem={like.memory_room_mib}M" if like.memory_slots else ""
    yield from ("-m", f"{like.memory_mib}M{room}")
    for dimm in like.dimms:
        backend = dimm.id.replace("dimm", "mem")
        yield from ("-object", f"memory-backend-ram,id={backend},size={dimm.mib}M")
        yield from ("-device", f"pc-dimm,id={dimm.id},memdev={backend},addr={dimm.address:#x},slot={dimm.slot}")


def _memory(hardware: Hardware) -> Iterator[str]:
    """The least as fixed memory, the rest in pieces that can be taken away again."""
    if hardware.like is not None:
        yield from _same_memory(hardware.like)
        return
    least, most = hardware.memory_min_mib, hardware.memory_max_mib
    piece, left, number = dimm_mib(least, most), hardware.memory_mib - least, 0
    # Room for one more piece than there will be: to exchange one for another even at the most.
    yield from ("-m", f"{least}M,slots={SLOTS},maxmem={most + piece}M" if most > least else f"{least}M")
    while left > 0:
        number += 1
        size = min(piece, left)
        left -= size
        yield from ("-object", f"memory-backend-ram,id=mem{number},size={size}M")
        yield from ("-device", f"pc-dimm,id=dimm{number},memdev=mem{number}")


def _target(adapter: ScsiAdapter, target: Target, boot: Iterator[int], run: Path) -> Iterator[str]:
    """A disk is removable, so that it can be unmapped from, and mapped to, a running guest. What the host has no room for is an
    error to the guest: QEMU would stop it, and nobody would let it go on."""
    name = device_name(adapter.slot, target.number)
    device = f"{'scsi-cd' if target.optical else 'scsi-hd,removable=on'},id={name}"
    device += f",bus=vscsi{adapter.slot}.0,channel=0,scsi-id={target.number},lun=0"
    device += "" if target.optical else ",werror=report"
    if target.address is None:
        drive = f"empty-{adapter.slot}-{target.number}"
        yield from ("-drive", f"if=none,id={drive}" + (",media=cdrom" if target.optical else ""))
        yield from ("-device", f"{device},drive={drive}")
        return
    node = node_name(adapter.slot, target.number)
    serial = f",serial={target.address.serial}" if target.address.serial else ""
    yield from ("-blockdev", block_node(node, target.address, run))
    yield from ("-device", f"{device},drive={node},bootindex={next(boot)}{serial}")


def device_name(slot: int, target: int) -> str:
    return f"vscsi{slot}-{target}"


def node_name(slot: int, target: int) -> str:
    return f"disk-{slot}-{target}"


def block_node(node: str, address: BlockAddress, run: Path) -> str:
    """As ``-blockdev`` wants it; ``node_options`` is the same for ``blockdev-add``."""
    return ",".join(f"{name}={value}" for name, value in _flat(node_options(node, address, run)))


def node_options(node: str, address: BlockAddress, run: Path) -> dict[str, object]:
    return {
        "driver": "nbd",
        "node-name": node,
        "server": {"type": "unix", "path": os.path.relpath(address.socket, run)},
        "export": address.export,
        "read-only": address.read_only,
        "discard": "unmap",
        "reconnect-delay": RECONNECT_S,
        "open-timeout": OPEN_S,
    }


def _flat(options: dict[str, object], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            text = ("on" if value else "off") if isinstance(value, bool) else str(value)
            yield prefix + name, _escaped(text)


def _card(hardware: Hardware, card: NetworkAdapter, run: Path, network: Path) -> Iterator[str]:
    place = os.path.relpath(network / port_name(hardware.lpar_id, card.slot), run)
    yield from (
        "-netdev",
        f"dgram,id=net{card.slot},local.type=unix,local.path={place}.g,remote.type=unix,remote.path={place}.s",
    )
    yield from ("-device", f"spapr-vlan,id=veth{card.slot},netdev=net{card.slot},mac={card.mac},reg={_reg(card.slot)}")


def port_name(lpar_id: int, slot: int) -> str:
    """Of a client network adapter's port on the switch, and of its sockets."""
    return f"{lpar_id}-{slot}"


def _reg(slot: int) -> str:
    """A slot's unit address. QEMU makes the interrupt number of its page, so PowerVM's own addresses cannot be had."""
    return f"0x{slot * 0x1000:x}"


def _escaped(text: str) -> str:
    return text.replace(",", ",,")
