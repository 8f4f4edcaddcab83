"""What the kit is made of, without QEMU: RAM disks, modules in order, what ELF files want, disks."""

import lzma
import stat
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from openlpar.messages import Failure
from openlpar.messages import qemu_host as say
from openlpar.qemu_host import disk_image, elf, modules, newc
from openlpar.qemu_host.tree import command, inside


def test_ram_disk_reads_back_as_it_was_packed() -> None:
    entries = [
        newc.folder("bin"),
        newc.file("bin/tool", b"12345", 0o755),
        newc.link("bin/other", "tool"),
        newc.file("empty", b""),
        newc.file("odd", bytes(range(7))),
    ]
    archive = newc.packed(entries)
    assert list(newc.unpacked(archive)) == entries
    assert archive == newc.packed(entries), "the same content gives the same bytes"
    assert stat.S_ISLNK(entries[2].mode) and entries[0].is_folder


def module(path: Path, depends: str, compressed: bool = False) -> None:
    data = b"\x7fELF junk\0license=GPL\0depends=" + depends.encode() + b"\0retpoline=Y\0"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(lzma.compress(data) if compressed else data)


def test_modules_come_after_what_they_depend_on(tmp_path: Path) -> None:
    kernel = tmp_path / "usr/lib/modules/6.1.0/kernel"
    module(kernel / "drivers/scsi/sd_mod.ko", "t10-pi,scsi_mod")
    module(kernel / "block/t10-pi.ko.xz", "crc-t10dif", compressed=True)
    module(kernel / "lib/crc-t10dif.ko", "")
    module(kernel / "drivers/unwanted.ko", "")
    # scsi_mod is built in: there is no file of it.
    found = modules.in_order(tmp_path, ["sd-mod", "ext4"])
    assert [path.name for path in found] == ["crc-t10dif.ko", "t10-pi.ko.xz", "sd_mod.ko"]
    assert b"depends=crc-t10dif" in modules.content(found[1])
    assert modules.version(tmp_path) == "6.1.0"


def elf_file(path: Path, libraries: list[str], interpreter: str = "", order: str = "<") -> Path:
    """The least that has program headers, a dynamic section and names."""
    base, names = 0x10000, b"\0"
    at = {}
    for name in libraries:
        at[name] = len(names)
        names += name.encode() + b"\0"
    count = 3 if interpreter else 2
    start = 64 + 56 * count
    text = interpreter.encode() + b"\0"
    entries = [(5, base + start + len(text)), *((1, at[name]) for name in libraries), (0, 0)]
    dynamic = b"".join(struct.pack(f"{order}QQ", *entry) for entry in entries)
    place = start + len(text) + len(names)

    def header(kind: int, offset: int, size: int) -> bytes:
        return struct.pack(f"{order}IIQQQQQQ", kind, 5, offset, base + offset, base + offset, size, size, 8)

    headers = [header(1, 0, place + len(dynamic)), header(2, place, len(dynamic))]
    if interpreter:
        headers.append(header(3, start, len(text)))
    identity = b"\x7fELF\x02" + (b"\x01" if order == "<" else b"\x02") + b"\x01" + bytes(9)
    rest = struct.pack(f"{order}HHIQQQIHHHHHH", 3, 21, 1, 0, 64, 0, 0, 64, 56, count, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(identity + rest + b"".join(headers) + text + names + dynamic)
    return path


@pytest.mark.parametrize("order", ["<", ">"], ids=["little endian", "big endian"])
def test_elf_tells_its_loader_and_libraries(tmp_path: Path, order: str) -> None:
    program = elf_file(tmp_path / "tool", ["liba.so.1", "libc.so.6"], "/lib64/ld64.so.2", order)
    assert elf.wants(program) == elf.Wants("/lib64/ld64.so.2", ("liba.so.1", "libc.so.6"))


def test_elf_of_this_interpreter_is_readable() -> None:
    listed = subprocess.run(["ldd", sys.executable], capture_output=True, text=True, check=False).stdout
    wanted = elf.wants(Path(sys.executable).resolve())
    assert "ld-" in wanted.interpreter or "ld64" in wanted.interpreter
    assert all(name in listed for name in wanted.libraries)


def test_libraries_of_libraries_are_found(tmp_path: Path) -> None:
    libraries = tmp_path / "lib"
    elf_file(libraries / "liba.so.1", ["libb.so.1"])
    elf_file(libraries / "libb.so.1", ["liba.so.1"])
    program = elf_file(tmp_path / "tool", ["liba.so.1"])
    assert sorted(elf.closure([program], [libraries])) == ["liba.so.1", "libb.so.1"]
    with pytest.raises(FileNotFoundError, match=r"libz\.so\.1"):
        elf.closure([elf_file(tmp_path / "other", ["libz.so.1"])], [libraries])
    (tmp_path / "script").write_text("#!/bin/sh\n")
    with pytest.raises(ValueError, match="not a 64-bit ELF"):
        elf.wants(tmp_path / "script")


def test_links_of_another_system_lead_into_itself(tmp_path: Path) -> None:
    (tmp_path / "usr/lib").mkdir(parents=True)
    (tmp_path / "lib64").mkdir()
    (tmp_path / "usr/lib/ld-real.so").write_text("loader")
    (tmp_path / "lib64/ld.so").symlink_to("/usr/lib/ld.so")
    (tmp_path / "usr/lib/ld.so").symlink_to("ld-real.so")
    assert inside(tmp_path, "/lib64/ld.so").read_text() == "loader"
    program = elf_file(tmp_path / "usr/bin/tool", ["liba.so.1"], "/lib64/ld.so")
    loader, *middle, binary = command(tmp_path, "usr/bin/tool", "x86_64-linux-gnu")
    assert (loader, binary) == (str(tmp_path / "usr/lib/ld-real.so"), str(program))
    assert middle == ["--argv0", "tool", "--library-path", str(tmp_path / "usr/lib/x86_64-linux-gnu")]


def tools(tmp_path: Path, script: str) -> disk_image.Tools:
    """Programs whose loader is a shell script."""
    root = tmp_path / "tools"
    for name in ("usr/bin/grub-mkimage", "usr/sbin/mke2fs"):
        elf_file(root / name, [], "/ld.so")
    (root / "ld.so").write_text(f"#!/bin/sh\n{script}\n")
    (root / "ld.so").chmod(0o755)
    return disk_image.Tools(root, "any")


def test_disk_has_a_prep_partition_with_grub_before_the_system(tmp_path: Path) -> None:
    # grub-mkimage is told its output by -o; mke2fs is content with what there is.
    fake = tools(tmp_path, 'while [ $# -gt 0 ]; do [ "$1" = -o ] && printf GRUB >"$2"; shift; done')
    disk = tmp_path / "a.raw"
    disk_image.build(disk, 32, "label", [newc.folder("boot")], tmp_path, fake)
    data = disk.read_bytes()
    assert (len(data), data[510:512], data[1 << 20 : (1 << 20) + 4]) == (32 << 20, b"\x55\xaa", b"GRUB")
    entries = [struct.unpack("<B3sB3sII", data[446 + 16 * n : 462 + 16 * n]) for n in range(2)]
    assert [(entry[0], entry[2], entry[4], entry[5]) for entry in entries] == [
        (0x80, 0x41, 2048, 8192),
        (0, 0x83, 16384, (32 << 20) // 512 - 16384),
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.raw", "tools"], "drafts are gone"


def test_tool_that_fails_is_named(tmp_path: Path) -> None:
    fake = tools(tmp_path, "echo no such module >&2; exit 3")
    with pytest.raises(Failure, match="grub-mkimage failed: no such module") as caught:
        disk_image.build(tmp_path / "a.raw", 32, "label", [], tmp_path, fake)
    assert caught.value.message is say.TOOL_FAILED
