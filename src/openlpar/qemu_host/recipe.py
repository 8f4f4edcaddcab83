"""Of what the parts of the cache are made: which packages of which suites. A part that is made otherwise is another part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

GUEST = ("ppc64el", "powerpc64le-linux-gnu")

# In a folder of the cache, says what it was made of: versions by package, and when.
MANIFEST = "manifest.json"

# QEMU is Debian's newest backport; the tools that make disks are of the release that it was ported to.
HOST_SUITES = ("trixie", "trixie-backports")
_GUEST_SUITES = ("bookworm",)

_QEMU = ("qemu-system-ppc", "qemu-utils")
_TOOLS = ("e2fsprogs", "grub-common", "kmod", "libarchive13t64")
_GUEST_SYSTEM = (
    *("linux-image-powerpc64le", "grub-ieee1275-bin", "busybox-static", "base-files", "base-passwd"),
    *("bash", "coreutils", "dash", "findutils", "grep", "gzip", "hostname", "mawk", "sed", "tar", "util-linux"),
    *(
        "login",
        "mount",
        "ncurses-base",
        "debianutils",
        "passwd",
        "procps",
        "kmod",
        "udev",
        "e2fsprogs",
        "fdisk",
        "iproute2",
        "iputils-ping",
        "less",
        "perl-base",
    ),
    *("multipath-tools", "sg3-utils", "sg3-utils-udev", "powerpc-utils", "ppc64-diag", "qemu-guest-agent"),
)


@dataclass(frozen=True)
class Unpacked:
    """A folder of the cache with the content of packages. suite: the one that is preferred, "" for none."""

    name: str
    architecture: str
    suites: tuple[str, ...]
    packages: tuple[str, ...]
    suite: str = ""

    def place(self, cache: Path) -> Path:
        return cache / f"{self.name}-{digest([repr(self).encode()])}"


def qemu(architecture: str) -> Unpacked:
    return Unpacked("qemu", architecture, HOST_SUITES, _QEMU, HOST_SUITES[-1])


def tools(architecture: str) -> Unpacked:
    return Unpacked("tools", architecture, HOST_SUITES, _TOOLS)


def guest() -> Unpacked:
    return Unpacked("guest", GUEST[0], _GUEST_SUITES, _GUEST_SYSTEM)


def images(cache: Path) -> Path:
    """The folder of what guests start from: it is of these programs and scripts as much as of the packages."""
    here = Path(__file__).parent
    made_by = [*sorted((here / "guest").iterdir()), *(here / f"{name}.py" for name in _MAKERS)]
    sources = [path.read_bytes() for path in made_by if path.is_file()]
    return cache / f"images-{digest([guest().place(cache).name.encode(), *sources])}"


_MAKERS = ("disk_image", "initramfs", "modules", "newc", "systems")


def digest(parts: Iterable[bytes]) -> str:
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:8]
