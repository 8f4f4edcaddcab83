"""What of this machine a partition's QEMU depends on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openlpar.hypervisor.qemu.anatomy import generation
from openlpar.messages import Failure
from openlpar.ports.hypervisor import HostUnfit
from openlpar.qemu_host import locate, probe
from openlpar.qemu_host.probe import Answer

_POSSIBLE = Answer(True)
_OLDEST, _NEWEST = 9, 11
"""Generations of processors that are emulated: a guest of today boots on all of them."""


@dataclass(frozen=True, slots=True)
class Host:
    """machine: QEMU's machine type with its version, as a guest that moves needs the same one on both sides; command,
    environment: QEMU itself; kvm, sandbox, core_remove: whether that can be had; no_core_removal, remedy: why not, and
    what to do; tap, user_network: whether virtual networks can lead out in that way; groups: whether processor time can be
    shared out, by control groups of a version below a folder; memory_groups: likewise, whether memory can be capped; run_as:
    whether QEMU can run as a user of each partition's own."""

    machine: str
    cpu: str = "POWER9"
    kvm: bool = False
    sandbox: bool = False
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    version: str = ""
    core_remove: bool = True
    live_migration: Answer = _POSSIBLE
    multi_processor_migration: Answer = _POSSIBLE
    no_core_removal: str = ""
    remedy: str = ""
    tap: Answer = _POSSIBLE
    user_network: Answer = _POSSIBLE
    run_as: Answer = _POSSIBLE
    groups: Answer = _POSSIBLE
    group_version: int = 0
    group_folder: Path | None = None
    memory_groups: Answer = _POSSIBLE
    memory_group_version: int = 0
    memory_group_folder: Path | None = None


def emulated(modes: Iterable[str]) -> str:
    """The processors that a system has under emulation. modes: its processor compatibility modes."""
    newest = max(map(generation, modes), default=0)
    return f"POWER{min(max(newest, _OLDEST), _NEWEST)}"


def found() -> Host:
    """Looks at this machine. Raises HostUnfit."""
    try:
        qemu = locate.find()
    except Failure as missing:
        raise HostUnfit(str(missing)) from missing
    can = probe.capabilities(qemu)
    major, minor = qemu.version[:2]
    return Host(
        machine=f"pseries-{major}.{minor}",
        kvm=can.kvm.possible,
        sandbox=can.seccomp.possible,
        command=qemu.system,
        environment=qemu.environment,
        version=qemu.version_text,
        core_remove=can.core_remove.possible,
        live_migration=can.live_migration,
        multi_processor_migration=can.multi_processor_migration,
        no_core_removal=can.core_remove.reason,
        remedy=can.core_remove.remedy,
        tap=can.tap,
        user_network=can.user_network,
        run_as=can.run_as,
        groups=can.cgroup,
        group_version=can.cgroup_version,
        group_folder=can.cgroup_folder,
        memory_groups=can.memory,
        memory_group_version=can.memory_version,
        memory_group_folder=can.memory_folder,
    )
