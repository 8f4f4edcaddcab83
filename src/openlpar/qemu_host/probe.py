"""What can be done on this host, with this QEMU: each answer with its reason and remedy when it is no."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import struct
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from openlpar.qemu_host import users
from openlpar.qemu_host.locate import Qemu

# As partitions are started, where QEMU has been built with seccomp.
SANDBOX = "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny"

_TUNSETIFF, _IFF_TAP, _IFF_NO_PI = 0x400454CA, 0x0002, 0x1000
_NEW_QEMU = "Run 'openlpar setup-qemu'."


@dataclass(frozen=True, slots=True)
class Limit:
    """From which version of QEMU on something is safe, and what an older one does."""

    capability: str
    since: tuple[int, int]
    older: str


# Measured with emulated processors: QEMU 7.2, 10.0 and 11.1 (the design notes on QEMU, table 0).
LIMITS = (
    Limit("core_remove", (11, 0), "crashes after a processor was removed from a running partition"),
    Limit("live_migration", (10, 0), "corrupts a partition that is busy while it moves"),
    Limit("multi_processor_migration", (11, 0), "locks up a partition with several processors when it moves"),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """possible: whether it can be done. reason: why not. remedy: what to do about it, a sentence. detail: what was found."""

    possible: bool
    reason: str = ""
    remedy: str = ""
    detail: str = ""

    def __bool__(self) -> bool:
        return self.possible


@dataclass(frozen=True)
class Capabilities:
    """Of this host. cgroup_version: 1, 2 or 0 for none. cgroup_folder: where groups can be made, with ``cpu`` in force;
    memory_version, memory_folder: likewise with ``memory``."""

    core_remove: Answer
    live_migration: Answer
    multi_processor_migration: Answer
    seccomp: Answer
    kvm: Answer
    tap: Answer
    user_network: Answer
    cgroup: Answer
    memory: Answer
    run_as: Answer
    lvm: Answer
    cgroup_version: int = 0
    cgroup_folder: Path | None = None
    memory_version: int = 0
    memory_folder: Path | None = None


def capabilities(qemu: Qemu) -> Capabilities:
    """Looks at the host; takes about 0.1 s. What it makes to find out (a TAP, a group) is gone when it returns."""
    groups, version, folder = cgroup(Path("/proc"))
    memory, memory_version, memory_folder = cgroup(Path("/proc"), "memory")
    return Capabilities(
        **{limit.capability: _limited(limit, qemu.version) for limit in LIMITS},
        seccomp=_seccomp(qemu),
        kvm=_kvm(platform.machine(), Path("/dev/kvm")),
        tap=_tap(Path("/dev/net/tun")),
        user_network=_user_network(qemu),
        cgroup=groups,
        memory=memory,
        lvm=_lvm(os.geteuid(), Path("/proc")),
        run_as=_run_as(os.geteuid(), qemu, Path("/proc")),
        cgroup_version=version,
        cgroup_folder=folder,
        memory_version=memory_version,
        memory_folder=memory_folder,
    )


def _limited(limit: Limit, version: tuple[int, ...]) -> Answer:
    if version >= limit.since:
        return Answer(True)
    text = ".".join(map(str, version))
    return Answer(False, f"QEMU {text} {limit.older}; {limit.since[0]}.{limit.since[1]} does not", _NEW_QEMU)


def _seccomp(qemu: Qemu) -> Answer:
    """Lets a machine without anything in it start in the sandbox."""
    line = [*qemu.system, "-sandbox", SANDBOX, "-M", "none", "-nodefaults", "-display", "none", "-qmp", "stdio"]
    talk = '{"execute": "qmp_capabilities"}\n{"execute": "quit"}\n'
    environment = {**os.environ, **qemu.environment}
    try:
        ran = subprocess.run(line, input=talk, capture_output=True, text=True, env=environment, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as wrong:
        return Answer(False, f"QEMU does not start: {wrong}", _NEW_QEMU)
    if ran.returncode == 0:
        return Answer(True)
    cause = (ran.stderr.strip().splitlines() or ["QEMU ends at once"])[-1]
    return Answer(False, f"QEMU cannot be confined: {cause}", "Use a QEMU built with seccomp, on a kernel that has it.")


def _kvm(machine: str, device: Path) -> Answer:
    if not machine.startswith("ppc64"):
        remedy = "Partitions run emulated here; a Power host runs them on its own processors."
        return Answer(False, f"the processors of a host of type {machine} cannot run Power code", remedy)
    if not device.exists():
        return Answer(False, f"there is no {device}", "Load the module kvm_hv: 'modprobe kvm_hv'.")
    if not os.access(device, os.R_OK | os.W_OK):
        return Answer(False, f"{device} may not be opened", "Add the user of the service to the group kvm.")
    return Answer(True)


def _tap(device: Path) -> Answer:
    """Makes an interface for as long as the file is open."""
    remedy = (
        "Run the service as root, or with the capability CAP_NET_ADMIN; virtual networks inside the system need no TAP."
    )
    try:
        with device.open("r+b", buffering=0) as tun:
            fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH22x", b"olprobe%d", _IFF_TAP | _IFF_NO_PI))
    except FileNotFoundError:
        return Answer(False, f"there is no {device}", "Load the module tun: 'modprobe tun'.")
    except OSError as wrong:
        return Answer(False, f"a TAP interface cannot be made: {wrong.strerror}", remedy)
    return Answer(True)


def _user_network(qemu: Qemu) -> Answer:
    """Asks which networks it was built with."""
    line = [*qemu.system, "-M", "none", "-nodefaults", "-netdev", "help"]
    environment = {**os.environ, **qemu.environment}
    try:
        told = subprocess.run(line, capture_output=True, text=True, env=environment, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired) as wrong:
        return Answer(False, f"QEMU does not start: {wrong}", _NEW_QEMU)
    missing = [kind for kind in ("user", "dgram", "hubport") if kind not in told.split()]
    if missing:
        return Answer(False, f"this QEMU is built without networks of kind {', '.join(missing)}", _NEW_QEMU)
    return Answer(True)


def _run_as(user: int, qemu: Qemu, proc: Path) -> Answer:
    """As a user of ``users``."""
    if user != 0:
        remedy = "Run the service as root when partitions shall be separated from each other by users."
        return Answer(False, f"user {user} cannot start a process as another user", remedy)
    known = [line.split() for line in (proc / "self/uid_map").read_text().splitlines()]
    if not any(int(first) + int(count) > users.LAST for first, _, count in known):
        return Answer(
            False,
            "this container knows no users of such high numbers",
            "Run the service outside, or in a container that knows all.",
        )
    for word in qemu.system:
        if word.startswith("/") and (closed := _closed(Path(word))) is not None:
            remedy = "Run 'openlpar setup-qemu' with OPENLPAR_CACHE=/var/cache/openlpar, and the service, too."
            return Answer(False, f"QEMU lies in {closed}, which is closed to other users", remedy)
    return Answer(True)


def lvm_program() -> str | None:
    """It lies where users do not look."""
    return shutil.which("lvm", path=os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin")))


def _lvm(user: int, proc: Path) -> Answer:
    """Whether volume groups can be in a thin pool of LVM. Which one is for the administrator to say."""
    if lvm_program() is None:
        return Answer(False, "there is no program lvm", "Install lvm2 and thin-provisioning-tools.")
    if user != 0:
        return Answer(False, f"user {user} may not use LVM", "Run the service as root when disks shall be in LVM.")
    if "device-mapper" not in _words(proc / "misc"):
        return Answer(False, "this kernel has no device-mapper", "Load its module: 'modprobe dm_thin_pool'.")
    return Answer(True, detail="serve --lvm VG/POOL")


def _closed(path: Path) -> Path | None:
    """The folder that keeps others from a path."""
    return next(
        (place for place in reversed(path.parents) if place.is_dir() and not place.stat().st_mode & 0o001), None
    )


_SHARED_OUT = {"cpu": "processor time", "memory": "memory"}


def cgroup(proc: Path, controller: str = "cpu") -> tuple[Answer, int, Path | None]:
    """Where this process may make groups that share processors, or memory, out. proc: the file system of processes."""
    delegate = "let systemd delegate a group to it: Delegate=cpu memory, DelegateSubgroup=service in its unit"
    remedy = f"Run the service as root, or {delegate}."
    refused: list[tuple[Answer, int]] = []
    for version, folder in _groups_of(controller, proc):
        try:
            _try_group(version, folder, controller)
        except OSError as wrong:
            refused.append((Answer(False, f"{folder} cannot be divided: {wrong.strerror}", remedy), version))
        else:
            return Answer(True, detail=f"version {version} at {folder}"), version, folder
    mount = f"Mount cgroup2 with its {controller} controller."
    none = Answer(False, f"no controller of {_SHARED_OUT[controller]} is in force", mount), 0
    return *(refused or [none])[0], None


def _try_group(version: int, folder: Path, controller: str) -> None:
    """Raises OSError. Version 2 lets a group hand its controllers down only when no process is in the group itself."""
    trial = folder / f"openlpar-probe-{os.getpid()}"
    trial.mkdir()
    trial.rmdir()
    if version == 2 and controller not in _words(folder / "cgroup.subtree_control"):
        with open(folder / "cgroup.subtree_control", "r+", encoding="ascii") as control:
            control.write(f"+{controller}")


def _groups_of(controller: str, proc: Path) -> Iterator[tuple[int, Path]]:
    """Version and folder of groups in the hierarchy that has the controller, the best first: this process's own, and in
    version 2 the one above it. A unit that systemd delegates has the controller, and hands it down only when it is told to."""
    own = [line.split(":", 2) for line in (proc / "self/cgroup").read_text().splitlines()]
    mounts = [line.split() for line in (proc / "self/mounts").read_text().splitlines()]
    for _, place, kind, options, *_ in mounts:
        if kind == "cgroup" and controller in options.split(","):
            yield 1, _below(Path(place), [path for _, names, path in own if controller in names.split(",")])
    for _, place, kind, *_ in mounts:
        if kind == "cgroup2":
            mount = Path(place)
            folder = _below(mount, [path for _, names, path in own if not names])
            is_handed_down = controller in _words(folder / "cgroup.controllers")
            if is_handed_down:
                yield 2, folder
            is_above = folder != mount and controller in _words(folder.parent / "cgroup.controllers")
            if is_above and (is_handed_down or _is_alone(folder)):
                yield 2, folder.parent


def _is_alone(group: Path) -> bool:
    """Nobody else has groups beside this one, to whom a controller would be handed down too."""
    beside = (entry.name for entry in os.scandir(group.parent) if entry.is_dir())
    return all(name == group.name or name.startswith("openlpar-") for name in beside)


def _below(mount: Path, paths: list[str]) -> Path:
    """A group inside a container may be named by a path that only the host sees; a mount may lie where this user sees nothing."""
    group = mount / paths[0].lstrip("/") if paths else mount
    return group if os.path.isdir(group) else mount


def _words(file: Path) -> list[str]:
    try:
        return file.read_text().split()
    except OSError:
        return []
