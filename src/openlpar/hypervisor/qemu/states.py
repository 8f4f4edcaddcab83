"""Saved states: a partition is started as one like it was when it had come up, in a second instead of fifteen.

For tests and demonstrations, with guests whose system lives in memory. What the guest has learned of its own name and of the
serial numbers of its disks is that of the partition whose state was saved; what is on its disks is their own.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

from openlpar.hypervisor.qemu.arguments import arguments
from openlpar.hypervisor.qemu.hardware import Hardware, Target
from openlpar.hypervisor.qemu.host import Host
from openlpar.ports.io_server import BlockAddress

_NOWHERE = Path("/")


def file_of(folder: Path, hardware: Hardware, host: Host) -> Path | None:
    """Where the state of a partition with this hardware is, or is to be; None for one that waits in the firmware."""
    return folder / f"{shape(hardware, host)}.state" if not hardware.firmware else None


def shape(hardware: Hardware, host: Host) -> str:
    """Equal for partitions that differ in nothing but name, number, and which disks are in their slots. Pure."""
    scsi = tuple(replace(adapter, targets=tuple(map(_any, adapter.targets))) for adapter in hardware.scsi)
    alike = replace(hardware, uuid="", name="", lpar_id=0, scsi=scsi)
    words = [host.version, *host.command, *arguments(alike, host, _NOWHERE, _NOWHERE)]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:32]


def _any(target: Target) -> Target:
    if target.address is None:
        return target
    return replace(target, address=BlockAddress(_NOWHERE, "", 0, target.number, ""))
