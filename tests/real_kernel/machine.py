"""A virtual machine with a whole kernel of Debian: device-mapper and control groups of version 2, which the host may not have.

It has the host's files, read-only, so that it runs this checkout with the Python of its environment; udevd and LVM are Debian's. It
is emulated, wherever it runs: what runs in it takes ten times as long as on the host.
"""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path

from openlpar.qemu_host import modules, newc, recipe, set_up
from openlpar.qemu_host.recipe import Unpacked
from openlpar.qemu_host.tree import ARCHITECTURES, command

MACHINE = "x86_64"
_ARCHITECTURE, _LIBRARIES = ARCHITECTURES[MACHINE]
_QEMU = Unpacked("qemu-x86", _ARCHITECTURE, recipe.HOST_SUITES, ("qemu-system-x86",), recipe.HOST_SUITES[-1])
_SYSTEM = Unpacked(
    "real-kernel",
    _ARCHITECTURE,
    recipe.HOST_SUITES[:1],
    ("linux-image-amd64", "busybox-static", "base-files", "coreutils", "udev", "lvm2", "thin-provisioning-tools"),
)
_MODULES = ("crc32c_generic", "virtio_blk", "9p", "9pnet_virtio", "dm_mod", "dm_thin_pool", "loop", "tun")
_DISK_MIB = 2048
DISK = "/dev/vda"
"""The machine's only disk, which is empty."""


class Unfit(Exception):
    """This host cannot run it. Says why."""


@dataclass(frozen=True)
class Outcome:
    """status: the last command's, None when the machine ended before it; said: all that was printed; console: the kernel's."""

    status: int | None
    said: str
    console: str


def run(script: str, folder: Path, within_s: float) -> Outcome:
    """Starts the machine and runs a shell's script in it, as root, which finds ``folder`` as EXCHANGE, and may write there.

    Raises Unfit, Failure when packages cannot be had, TimeoutExpired.
    """
    if platform.machine() != MACHINE:
        raise Unfit(f"the machine is of type {MACHINE}, and this host is of type {platform.machine()}")
    qemu, system = set_up.unpacked((_QEMU, _SYSTEM))
    initrd, disk = folder / "initrd", folder / "disk"
    initrd.write_bytes(_initrd(system))
    disk.touch()
    os.truncate(disk, _DISK_MIB << 20)
    exchange = folder / "exchange"
    exchange.mkdir()
    (exchange / "job").write_text(script, encoding="utf-8")
    (kernel,) = (system / "boot").glob("vmlinuz-*")
    words = [
        *command(qemu, "usr/bin/qemu-system-x86_64", _LIBRARIES),
        *("-L", str(qemu / "usr/share/qemu"), "-L", str(qemu / "usr/share/seabios")),
        *("-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-serial", "stdio"),
        *("-M", "pc", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max", "-smp", "2", "-m", "2G"),
        *("-kernel", str(kernel), "-initrd", str(initrd)),
        *("-append", f"console=ttyS0 quiet panic=-1 openlpar.system={system}"),
        *_share("host", Path("/"), "readonly=on"),
        *_share("exchange", exchange, "readonly=off"),
        *("-drive", f"file={disk},format=raw,if=none,id=disk,cache=unsafe", "-device", "virtio-blk-pci,drive=disk"),
        *("-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"),
    ]
    environment = {**os.environ, "QEMU_MODULE_DIR": str(qemu / "usr/lib" / _LIBRARIES / "qemu")}
    with (folder / "console").open("wb") as console:
        subprocess.run(
            words,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=console,
            stderr=console,
            timeout=within_s,
        )
    status, said = (_text(exchange / name) for name in ("status", "said"))
    return Outcome(int(status) if status else None, said, _text(folder / "console"))


def _share(name: str, folder: Path, access: str) -> tuple[str, ...]:
    return (
        *("-fsdev", f"local,id={name},path={folder},security_model=none,multidevs=remap,{access}"),
        *("-device", f"virtio-9p-pci,fsdev={name},mount_tag={name}"),
    )


def _initrd(system: Path) -> bytes:
    loaded = modules.in_order(system, _MODULES)
    names = [path.name.removesuffix(".xz") for path in loaded]
    return newc.packed(
        [
            newc.folder("bin"),
            newc.folder("modules"),
            newc.file("init", (Path(__file__).parent / "init").read_bytes(), 0o755),
            newc.file("bin/busybox", (system / "usr/bin/busybox").read_bytes(), 0o755),
            newc.file("modules/order", "".join(f"{name}\n" for name in names).encode()),
            *(newc.file(f"modules/{name}", modules.content(path)) for name, path in zip(names, loaded, strict=True)),
        ]
    )


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""
