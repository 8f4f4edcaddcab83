"""Disks that a partition boots from: GRUB in a PReP partition, a Linux system in an ext4 one. Made without root.

The same packages give the same bytes: times, owners and identifiers are fixed, names are in order.
"""

from __future__ import annotations

import io
import os
import struct
import subprocess
import tarfile
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from openlpar.messages import qemu_host as say
from openlpar.qemu_host.newc import Entry
from openlpar.qemu_host.tree import command

_SECTOR = 512
_MIB = 1 << 20
# Start and length in sectors. PReP is where the firmware looks for a program; the system takes the rest.
_PREP = (2048, 8192)
_SYSTEM = 16384
_TYPE_PREP, _TYPE_LINUX = 0x41, 0x83
_GRUB_MODULES = (
    *("normal", "linux", "gzio", "ext2", "part_msdos", "configfile", "search", "search_label", "boot"),
    *("echo", "ls", "cat", "test", "halt", "reboot"),
)
_GRUB_TARGET = "powerpc-ieee1275"
_NAMESPACE = uuid.UUID("6f1d9a52-5d0e-5b53-9a5e-2d1c0c8f4b7e")
_TIME = 1_700_000_000  # a moment of our own: 0 lets programs think that the clock is not set


@dataclass(frozen=True)
class Tools:
    """The host's programs, unpacked from packages. root: their folder. libraries: name of its folder of libraries."""

    root: Path
    libraries: str

    def run(self, program: str, *words: str | Path, **environment: str) -> None:
        """Raises TOOL_FAILED."""
        line = [*command(self.root, program, self.libraries), *map(str, words)]
        ran = subprocess.run(line, capture_output=True, text=True, env={**os.environ, **environment}, check=False)
        if ran.returncode:
            name = Path(program).name
            raise say.TOOL_FAILED.error(tool=name, cause=ran.stderr.strip() or f"exit status {ran.returncode}")


def build(disk: Path, size_mib: int, label: str, files: Iterable[Entry], grub: Path, tools: Tools) -> None:
    """Writes the raw, sparse disk.

    label: of the file system, at most 16 characters. files: its content, folders before what is in them; GRUB reads
    /boot/grub/grub.cfg. grub: folder with GRUB's modules for the guest. Raises TOOL_FAILED.
    """
    core, content = disk.with_suffix(".core"), disk.with_suffix(".tar")
    try:
        _pack(files, content)
        # A prefix without a device is completed with the disk that the firmware booted.
        prefix = "(,msdos2)/boot/grub"
        tools.run("usr/bin/grub-mkimage", "-O", _GRUB_TARGET, "-d", grub, "-p", prefix, "-o", core, *_GRUB_MODULES)
        with disk.open("wb") as out:
            out.truncate(size_mib * _MIB)
            out.write(_partition_table(size_mib * _MIB // _SECTOR, label))
            out.seek(_PREP[0] * _SECTOR)
            out.write(core.read_bytes())
        fixed = str(uuid.uuid5(_NAMESPACE, label))
        extended = f"offset={_SYSTEM * _SECTOR},hash_seed={fixed},root_owner=0:0,lazy_itable_init=1"
        length = f"{size_mib - _SYSTEM * _SECTOR // _MIB}M"
        options = ("-q", "-F", "-t", "ext4", "-m", "1", "-L", label, "-U", fixed, "-E", extended, "-d", content)
        configuration = str(tools.root / "etc/mke2fs.conf")
        tools.run("usr/sbin/mke2fs", *options, disk, length, SOURCE_DATE_EPOCH=str(_TIME), MKE2FS_CONFIG=configuration)
    finally:
        core.unlink(missing_ok=True)
        content.unlink(missing_ok=True)


def _partition_table(sectors: int, label: str) -> bytes:
    """A master boot record with the two partitions; its identifier comes from the label."""
    identifier = uuid.uuid5(_NAMESPACE, label).bytes[:4]
    partitions = ((0x80, _TYPE_PREP, *_PREP), (0, _TYPE_LINUX, _SYSTEM, sectors - _SYSTEM))
    # Cylinders, heads and sectors are given as "beyond what can be said".
    entries = [struct.pack("<B3sB3sII", a, b"\xfe\xff\xff", t, b"\xfe\xff\xff", s, n) for a, t, s, n in partitions]
    return b"".join([bytes(440), identifier, bytes(2), *entries, bytes(32), b"\x55\xaa"])


def _pack(files: Iterable[Entry], archive: Path) -> None:
    """Writes the files as a tar archive of root's, which mke2fs fills a file system from."""
    with tarfile.open(archive, "w", format=tarfile.GNU_FORMAT) as out:
        for entry in files:
            member = tarfile.TarInfo(entry.name)
            member.mode, member.mtime = entry.mode & 0o7777, _TIME
            if entry.is_folder:
                member.type = tarfile.DIRTYPE
            elif entry.is_link:
                member.type, member.linkname = tarfile.SYMTYPE, entry.data.decode()
            else:
                member.size = len(entry.data)
            out.addfile(member, io.BytesIO(entry.data) if member.isreg() else None)
