"""Kernel modules of an unpacked kernel package, in the order in which they can be loaded."""

from __future__ import annotations

import lzma
import re
from collections.abc import Sequence
from pathlib import Path

_DEPENDS = re.compile(rb"\0depends=([^\0]*)\0")


def version(root: Path) -> str:
    """Of the kernel whose modules lie in ``root``/usr/lib/modules; there is one."""
    return next((root / "usr/lib/modules").iterdir()).name


def content(module: Path) -> bytes:
    """The module itself; later kernels are packaged with compressed ones."""
    data = module.read_bytes()
    return lzma.decompress(data) if module.suffix == ".xz" else data


def in_order(root: Path, wanted: Sequence[str]) -> list[Path]:
    """The files of the wanted modules and of those they depend on, each after what it depends on.

    A wanted one that the kernel has built in is left out.
    """
    files = {_name(path): path for path in (root / "usr/lib/modules").rglob("*.ko*")}
    ordered: dict[str, Path] = {}

    def visit(name: str) -> None:
        if name in ordered or name not in files:
            return
        found = _DEPENDS.search(content(files[name]))
        for needed in found[1].decode().split(",") if found else ():
            visit(needed.replace("-", "_"))
        ordered[name] = files[name]

    for name in wanted:
        visit(name.replace("-", "_"))
    return list(ordered.values())


def _name(path: Path) -> str:
    return path.name.partition(".")[0].replace("-", "_")
