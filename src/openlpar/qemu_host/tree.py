"""A folder that holds another system's files: its links lead into itself, and its programs run with its own libraries."""

from __future__ import annotations

from pathlib import Path

from openlpar.qemu_host import elf

# How Debian names an architecture's folder of libraries, by the name that the kernel gives the machine, with Debian's name.
ARCHITECTURES = {
    "x86_64": ("amd64", "x86_64-linux-gnu"),
    "aarch64": ("arm64", "aarch64-linux-gnu"),
    "ppc64le": ("ppc64el", "powerpc64le-linux-gnu"),
}


def inside(root: Path, name: str) -> Path:
    """The file that ``name`` is for a system whose root folder is ``root``; an absolute link starts there, not here."""
    place = root / name.lstrip("/")
    for _ in range(16):
        if not place.is_symlink():
            return place
        target = place.readlink()
        place = root / str(target).lstrip("/") if target.is_absolute() else place.parent / target
    raise FileNotFoundError(f"{name} is a chain of links in {root}")


def command(root: Path, program: str, libraries: str) -> tuple[str, ...]:
    """How to run a program of the folder on this host: through its own loader, with its own libraries.

    libraries: name of the architecture's folder in usr/lib.
    """
    binary = inside(root, program)
    loader = inside(root, elf.wants(binary).interpreter)
    search = ("--library-path", str(root / "usr/lib" / libraries))
    return str(loader.resolve()), "--argv0", Path(program).name, *search, str(binary)
