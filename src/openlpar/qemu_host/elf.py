"""What an ELF file asks for: its loader and its shared libraries, of any architecture, without running it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_PT_LOAD, _PT_DYNAMIC, _PT_INTERP = 1, 2, 3
_DT_NEEDED, _DT_STRTAB = 1, 5


@dataclass(frozen=True, slots=True)
class Wants:
    """interpreter: path of the loader, "" for a library or a static program. libraries: DT_NEEDED, in order."""

    interpreter: str
    libraries: tuple[str, ...]


def wants(path: Path) -> Wants:
    """Raises ValueError when the file is not a 64-bit ELF file."""
    data = path.read_bytes()
    if data[:5] != b"\x7fELF\x02":
        raise ValueError(f"{path} is not a 64-bit ELF file")
    order = "<" if data[5] == 1 else ">"
    (first,) = struct.unpack_from(f"{order}Q", data, 32)
    size, count = struct.unpack_from(f"{order}HH", data, 54)
    headers = [struct.unpack_from(f"{order}IIQQQQ", data, first + n * size) for n in range(count)]
    loads = [(address, offset, length) for kind, _, offset, address, _, length in headers if kind == _PT_LOAD]
    interpreter = next((data[o : o + n].rstrip(b"\0").decode() for k, _, o, _, _, n in headers if k == _PT_INTERP), "")
    entries: list[tuple[int, int]] = []
    for kind, _, offset, _, _, length in headers:
        if kind == _PT_DYNAMIC:
            entries = list(struct.iter_unpack(f"{order}QQ", data[offset : offset + length]))
    names = next((_offset(value, loads) for tag, value in entries if tag == _DT_STRTAB), 0)
    libraries = tuple(_text(data, names + value) for tag, value in entries if tag == _DT_NEEDED)
    return Wants(interpreter, libraries)


def _offset(address: int, loads: list[tuple[int, int, int]]) -> int:
    return next(offset + address - start for start, offset, length in loads if start <= address < start + length)


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode()


def closure(programs: list[Path], folders: list[Path]) -> dict[str, Path]:
    """Shared libraries that programs need, with those that the libraries need: name to file.

    folders: where libraries lie. Raises FileNotFoundError for one that lies in none of them.
    """
    found: dict[str, Path] = {}
    open_ends = [name for program in programs for name in wants(program).libraries]
    while open_ends:
        name = open_ends.pop()
        if name in found:
            continue
        place = next((folder / name for folder in folders if (folder / name).exists()), None)
        if place is None:
            raise FileNotFoundError(f"{name} is in none of {', '.join(map(str, folders))}")
        found[name] = place
        open_ends += wants(place).libraries
    return found
