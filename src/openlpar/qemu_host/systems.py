"""What is on the disks: the smallest Linux system, and a Debian system with the tools of a partition."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from openlpar.qemu_host import modules, newc, recipe
from openlpar.qemu_host.initramfs import script
from openlpar.qemu_host.newc import Entry

MINIMAL, DEBIAN = "openlpar-minimal", "openlpar-debian"

# Kept of the kernel's modules: what can be there in a partition. Drivers of other machines' devices are nine tenths of all.
_DRIVERS = (
    "block",
    "cdrom",
    "char",
    "crypto",
    "dax",
    "md",
    "pci",
    "scsi",
    "target",
    "tty",
    "vfio",
    "vhost",
    "virtio",
    "watchdog",
)
_NETWORKS = (
    *("bonding", "ethernet/ibm", "ipvlan", "macvlan.ko", "macvtap.ko", "tap.ko", "team", "tun.ko", "veth.ko"),
    *("virtio_net.ko", "vxlan"),
)
# Left out of the tree: what the image has of its own, or nobody needs there.
_LEFT_OUT = (
    recipe.MANIFEST,
    "boot",
    "dev",
    "proc",
    "run",
    "sys",
    "usr/lib/modules",
    "usr/lib/grub",
    "usr/share/grub",
    "usr/share/zsh",
)
# With two VIOSes every disk has two paths; a disk with one is left alone. QEMU itself answers TEST UNIT READY: only a read goes to
# the server. When both servers are away, requests wait for one of them for a minute.
_MULTIPATH = """defaults {
	user_friendly_names yes
	find_multipaths yes
	uid_attribute "ID_SERIAL"
	path_checker directio
	path_grouping_policy multibus
	polling_interval 2
	no_path_retry 30
}
"""
_GROUPS = "kvm:x:105:\ninput:x:106:\nrender:x:107:\nsgx:x:108:\nnetdev:x:109:\n"
_FILES = {
    "etc/fstab": "proc /proc proc defaults 0 0\n",
    "etc/hosts": "127.0.0.1 localhost\n::1 localhost ip6-localhost\n",
    "etc/hostname": "debian\n",
    "etc/issue": "Debian GNU/Linux 12 \\n \\l (root, no password)\n\n",
    "etc/nsswitch.conf": "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n",
    "etc/multipath.conf": _MULTIPATH,
    # What pam-auth-update would write.
    "etc/pam.d/common-auth": "auth required pam_unix.so nullok\n",
    "etc/pam.d/common-account": "account required pam_unix.so\n",
    "etc/pam.d/common-password": "password required pam_unix.so obscure yescrypt\n",
    "etc/pam.d/common-session": "session required pam_unix.so\n",
    "etc/pam.d/common-session-noninteractive": "session required pam_unix.so\n",
    "var/lib/servicelog/servicelog.db": "",
}
_LINKS = {"usr/bin/awk": "mawk", "usr/sbin/init": "../lib/openlpar/init"}
_LINKS |= {f"usr/sbin/{action}": "../lib/openlpar/shutdown" for action in ("poweroff", "reboot", "halt", "shutdown")}


def kernel(root: Path) -> Path:
    return root / "boot" / f"vmlinux-{modules.version(root)}"


def minimal(root: Path, initrd: bytes) -> Iterator[Entry]:
    """A kernel and its initial RAM disk, which is the whole system."""
    yield from _boot(root, initrd, "")


def debian(root: Path, module_tree: Path, initrd: bytes) -> Iterator[Entry]:
    """The unpacked packages, with what their scripts would have made of them where a service needs it.

    module_tree: what ``kept_modules`` chose, with the lists that depmod made of it.
    """
    yield from _boot(root, initrd, f"root=LABEL={DEBIAN} ")
    own = _configuration(root)
    for entry in [*_tree(root, _LEFT_OUT), *_tree(module_tree, ())]:
        if entry.name not in own and entry.name not in ("bin", "sbin", "lib", "lib64"):
            yield entry
    yield from (newc.folder(name) for name in ("dev", "proc", "run", "sys", "usr/lib/openlpar", "var/lib/servicelog"))
    yield from (newc.link(name, f"usr/{name}") for name in ("bin", "sbin", "lib", "lib64"))
    yield from own.values()


def kept_modules(root: Path, into: Path) -> str:
    """Lays the modules that a partition can use into another tree, for depmod. Returns the kernel's version."""
    version = modules.version(root)
    source, target = root / "usr/lib/modules" / version, into / "usr/lib/modules" / version
    kernel = source / "kernel"
    kept = [*(kernel / "drivers" / name for name in _DRIVERS), *(kernel / "drivers/net" / name for name in _NETWORKS)]
    kept += (kernel / name for name in ("arch", "block", "crypto", "fs", "lib", "mm", "net"))
    kept += source.glob("modules.*")
    files = [file for place in kept for file in (place.rglob("*") if place.is_dir() else [place]) if file.is_file()]
    for file in {*files, *modules.in_order(root, [file.name for file in files if ".ko" in file.name])}:
        place = target / file.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        os.link(file, place)
    (into / "lib").symlink_to("usr/lib")
    return version


def _boot(root: Path, initrd: bytes, options: str) -> Iterator[Entry]:
    """Kernel, RAM disk and GRUB's configuration. options: for the kernel, with a space behind."""
    menu = f"linux /boot/vmlinux {options}console=hvc0\ninitrd /boot/initrd.gz\nboot\n"
    yield newc.folder("boot")
    yield newc.folder("boot/grub")
    yield newc.file("boot/grub/grub.cfg", menu.encode())
    yield newc.file("boot/initrd.gz", initrd)
    yield newc.file("boot/vmlinux", kernel(root).read_bytes())


def _configuration(root: Path) -> dict[str, Entry]:
    """By name, the files that replace or complete those of the packages."""
    master = root / "usr/share/base-passwd"
    users = (master / "passwd.master").read_text().replace("root:*:", "root::", 1)
    texts = {"etc/passwd": users, "etc/group": (master / "group.master").read_text() + _GROUPS, **_FILES}
    made = {name: newc.file(name, text.encode()) for name, text in texts.items()}
    made |= {name: newc.link(name, target) for name, target in _LINKS.items()}
    for name in ("init", "shutdown"):
        made[f"usr/lib/openlpar/{name}"] = newc.file(f"usr/lib/openlpar/{name}", script(f"debian-{name}"), 0o755)
    return made


def _tree(root: Path, left_out: tuple[str, ...]) -> Iterator[Entry]:
    """All below a folder, in the order of names."""
    for place in sorted(root.rglob("*")):
        name = str(place.relative_to(root))
        if name.startswith(tuple(f"{path}/" for path in left_out)) or name in left_out:
            continue
        mode = place.lstat().st_mode
        if stat.S_ISLNK(mode):
            yield newc.link(name, str(place.readlink()))
        elif stat.S_ISDIR(mode):
            yield newc.folder(name, stat.S_IMODE(mode))
        elif stat.S_ISREG(mode):
            yield newc.file(name, place.read_bytes(), stat.S_IMODE(mode))
