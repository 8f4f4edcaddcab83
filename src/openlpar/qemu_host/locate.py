"""Where QEMU is: the distribution's own when it is new enough, else the one in the cache, else the distribution's old one."""

from __future__ import annotations

import functools
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from openlpar.messages import qemu_host as say
from openlpar.messages.core import ChangeFirst
from openlpar.qemu_host import cache, recipe
from openlpar.qemu_host.tree import ARCHITECTURES, command

# From here on all that partitions need is known to work; see ``probe.LIMITS``.
NEW_ENOUGH = (11, 0)

_SYSTEM, _STORAGE, _IMAGE = _PROGRAMS = ("qemu-system-ppc64", "qemu-storage-daemon", "qemu-img")


class QemuMissing(ChangeFirst):
    """No QEMU here can run a partition."""


@dataclass(frozen=True)
class Qemu:
    """How to run QEMU. Each command is what stands before the program's own arguments.

    version: (11, 1, 3). system: qemu-system-ppc64. storage: qemu-storage-daemon. image: qemu-img. environment: to be added to
    that of the process. place: a path, for people.
    """

    version: tuple[int, ...]
    system: tuple[str, ...]
    storage: tuple[str, ...]
    image: tuple[str, ...]
    place: str
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def version_text(self) -> str:
        return ".".join(map(str, self.version))


def find(
    cached: Path | None = None, environment: Mapping[str, str] = os.environ, machine: str = platform.machine()
) -> Qemu:
    """The QEMU to use. cached: the cache folder; default is the user's own. Raises QemuMissing."""
    ours = in_cache(cached or cache.folder(environment), machine)
    theirs, why = _on_path(environment.get("PATH", os.defpath))
    if theirs and (theirs.version >= NEW_ENOUGH or not ours):
        return theirs
    if ours:
        return ours
    refusal = say.NO_QEMU.error(cause=why)
    raise QemuMissing(refusal.message, refusal.parameters)


def in_cache(folder: Path, machine: str = platform.machine()) -> Qemu | None:
    """The QEMU that the set-up has unpacked there, if it has."""
    if machine not in ARCHITECTURES:
        return None
    architecture, libraries = ARCHITECTURES[machine]
    root = recipe.qemu(architecture).place(folder)
    if not root.is_dir():
        return None
    system, storage, image = (command(root, f"usr/bin/{program}", libraries) for program in _PROGRAMS)
    modules = {"QEMU_MODULE_DIR": str(root / "usr/lib" / libraries / "qemu")}
    system = (*system, "-L", str(root / "usr/share/qemu"))
    return Qemu(_version(system), system, storage, image, str(root), modules)


def _on_path(path: str) -> tuple[Qemu | None, str]:
    """The distribution's QEMU, or why it is none."""
    found = [shutil.which(program, path=path) for program in _PROGRAMS]
    for program, place in zip(_PROGRAMS, found, strict=True):
        if place is None:
            return None, f"{program} is neither on the path nor in the cache"
    system, storage, image = ((str(place),) for place in found)
    version = _version(system)
    if not version:
        return None, f"{system[0]} --version does not tell a version"
    return Qemu(version, system, storage, image, system[0]), ""


def _version(system: tuple[str, ...]) -> tuple[int, ...]:
    return _asked(system, os.stat(system[0]).st_mtime_ns)


@functools.cache
def _asked(system: tuple[str, ...], changed: int) -> tuple[int, ...]:
    """Asked once for a process; ``changed`` makes a program that was replaced another one. () when it cannot tell."""
    asked = subprocess.run([*system, "--version"], capture_output=True, text=True, check=False)
    found = re.search(r"version (\d+(?:\.\d+)+)", asked.stdout)
    return tuple(map(int, found[1].split("."))) if found else ()
