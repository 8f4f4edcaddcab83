"""A CD with one file on it, in the form of ISO 9660 (ECMA-119), level 1."""

from __future__ import annotations

import struct

_SECTOR = 2048
_TABLE, _TABLE_BIG, _ROOT, _DATA = 18, 19, 20, 21
_DATE = bytes((126, 1, 1, 0, 0, 0, 0))


def image(volume: str, name: str, content: bytes) -> bytes:
    """The bytes of the CD. name: eight capitals or digits, a dot and three more at most."""
    sectors = -(-len(content) // _SECTOR)
    root = _record(b"\0", _ROOT, _SECTOR, folder=True)
    parent = _record(b"\1", _ROOT, _SECTOR, folder=True)
    listing = root + parent + _record(f"{name};1".encode(), _DATA, len(content), folder=False)
    tables = [struct.pack(f"{order}BBIH", 1, 0, _ROOT, 1) + b"\0\0" for order in "<>"]
    parts = [bytes(16 * _SECTOR), _descriptor(volume, _DATA + sectors, root, len(tables[0])), b"\xffCD001\x01"]
    return b"".join(_padded(part) for part in (*parts, *tables, listing, content))


def _descriptor(volume: str, sectors: int, root: bytes, table: int) -> bytes:
    parts = [
        b"\x01CD001\x01\0" + b" " * 32 + volume.encode().ljust(32) + bytes(8) + _both("I", sectors) + bytes(32),
        _both("H", 1) + _both("H", 1) + _both("H", _SECTOR) + _both("I", table),
        struct.pack("<II", _TABLE, 0) + struct.pack(">II", _TABLE_BIG, 0) + root,
        b" " * (4 * 128 + 3 * 37) + (b"0" * 16 + b"\0") * 4 + b"\x01\0",
    ]
    return b"".join(parts)


def _record(name: bytes, sector: int, length: int, *, folder: bool) -> bytes:
    body = b"\0" + _both("I", sector) + _both("I", length) + _DATE + bytes((2 if folder else 0, 0, 0)) + _both("H", 1)
    body += bytes((len(name),)) + name
    body += bytes(-(len(body) + 1) % 2)
    return bytes((len(body) + 1,)) + body


def _both(form: str, number: int) -> bytes:
    """As the standard wants most numbers: little end first, then big end first."""
    return struct.pack(f"<{form}", number) + struct.pack(f">{form}", number)


def _padded(part: bytes) -> bytes:
    return part + bytes(-len(part) % _SECTOR)
