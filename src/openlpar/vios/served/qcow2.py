"""The little of a qcow2 file that has to be known before QEMU opens it."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_MAGIC = b"QFI\xfb"
_HEADER = struct.Struct(">4sIQIIQIIQ")
_FEATURES_AT, _EXTERNAL_DATA = 72, 1 << 2


@dataclass(frozen=True, slots=True)
class Header:
    """size: bytes of the disk in it. is_whole: nothing of it lies in another file."""

    size: int
    is_whole: bool
    is_encrypted: bool


def read(path: Path) -> Header | None:
    """None when it is no qcow2 file. Raises OSError."""
    with path.open("rb") as file:
        start = file.read(_FEATURES_AT + 8)
    if len(start) < _HEADER.size or not start.startswith(_MAGIC):
        return None
    _, version, backing, _, _, size, encryption, _, _ = _HEADER.unpack_from(start)
    external = version >= 3 and len(start) == _FEATURES_AT + 8 and start[-1] & _EXTERNAL_DATA
    return Header(size, is_whole=not backing and not external, is_encrypted=bool(encryption))


def is_written(path: Path) -> bool:
    """Whether a qcow2 file of our own holds data beside those of its base. Raises OSError.

    The table of the first level has an entry for each 512 MB; in a clone that was never written to all are 0.
    """
    with path.open("rb") as file:
        *_, entries, table = _HEADER.unpack(file.read(_HEADER.size))
        file.seek(table)
        return any(file.read(entries * 8))
