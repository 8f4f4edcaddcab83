"""The initial RAM disk of a guest: busybox, the modules of its virtual devices, and the genuine QEMU guest agent."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from openlpar.qemu_host import elf, modules, newc, recipe
from openlpar.qemu_host.tree import inside

# By use: disks and optical media, their file systems, networks, DLPAR of adapters, virtio devices with their consoles.
_MODULES = (
    *("ibmvscsi", "sd_mod", "sr_mod", "virtio_pci", "virtio_scsi", "virtio_blk"),
    *("crc32c_generic", "ext4", "isofs"),
    *("ibmveth", "virtio_net", "8021q"),
    "rpadlpar_io",
    *("virtio_console", "pseries-rng", "virtio-rng"),
)
_LIBRARIES = f"usr/lib/{recipe.GUEST[1]}"
_FOLDERS = (
    *(
        "bin",
        "sbin",
        "dev",
        "proc",
        "sys",
        "run",
        "tmp",
        "mnt",
        "etc",
        "root",
        "var",
        "lib",
        "lib/modules",
        "lib64",
    ),
    *("usr", "usr/bin", "usr/sbin", "usr/lib", _LIBRARIES),
)
_AGENT = "usr/sbin/qemu-ga"


def build(root: Path) -> bytes:
    """The compressed archive. root: the guest's unpacked packages. Needs no program of the host."""
    loaded = modules.in_order(root, _MODULES)
    loader = elf.wants(root / _AGENT).interpreter.removeprefix("/")
    libraries = elf.closure([root / _AGENT], [root / _LIBRARIES])
    libraries.pop(Path(loader).name, None)
    release = inside(root, "etc/os-release").read_bytes()
    return newc.packed(
        [
            *map(newc.folder, _FOLDERS),
            newc.file("init", script("initramfs-init"), 0o755),
            newc.file("bin/busybox", (root / "usr/bin/busybox").read_bytes(), 0o755),
            newc.file("etc/os-release", release),
            newc.file("etc/passwd", b"root::0:0:root:/:/bin/sh\n"),
            newc.file("etc/group", b"root:x:0:\n"),
            newc.file("lib/modules/order", "".join(f"{_plain(path)}\n" for path in loaded).encode()),
            *(newc.file(f"lib/modules/{_plain(path)}", modules.content(path)) for path in loaded),
            newc.file(_AGENT, (root / _AGENT).read_bytes(), 0o755),
            newc.file(loader, inside(root, loader).read_bytes(), 0o755),
            *(newc.file(f"{_LIBRARIES}/{name}", path.read_bytes()) for name, path in sorted(libraries.items())),
        ]
    )


def script(name: str) -> bytes:
    """A script of a guest, of the folder ``guest`` beside this module."""
    return (resources.files("openlpar.qemu_host") / "guest" / name).read_bytes()


def _plain(module: Path) -> str:
    return module.name.removesuffix(".xz")
